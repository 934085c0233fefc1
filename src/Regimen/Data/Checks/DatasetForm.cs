using System.Globalization;

namespace Regimen.Data;

/// <summary>The properties of a data set that a loader relies on: the number of samples, their fields and the number of classes.</summary>
/// <param name="Count">The number of samples.</param>
/// <param name="SampleShape">The shape of an input.</param>
/// <param name="Fields">The fields of a sample.</param>
/// <param name="Classes">The number of classes or labels.</param>
internal readonly record struct DatasetForm(int Count, SampleShape SampleShape, IReadOnlyList<Field> Fields, int Classes)
{
    /// <summary>Returns the form of a data set.</summary>
    /// <exception cref="RequestException">Its input field has another shape than its <see cref="IDataset.SampleShape"/>.</exception>
    public static DatasetForm Of(IDataset dataset)
    {
        var form = new DatasetForm(dataset.Count, dataset.SampleShape, [.. dataset.Fields], dataset.Classes.Count);
        return form.Fields.FirstOrDefault(f => f.Name == Field.Input) is { } input && input.Shape != form.SampleShape
            ? throw new RequestException(new Problem("The SampleShape and the Fields of a data set disagree")
            {
                Where = NameOf(dataset),
                Expected = $"the field named {Field.Input} to have the SampleShape {form.SampleShape}",
                Received = $"{input.Shape}",
                Hint = "Return the same shape from SampleShape and from Fields.",
            })
            : form;
    }

    /// <summary>Checks that a data set still has this form.</summary>
    /// <exception cref="WorkFailedException">It has changed; the message says what.</exception>
    public void ThrowIfChanged(IDataset dataset)
    {
        if (dataset.Count != Count)
        {
            throw Changed(dataset, "samples", Count.ToString(CultureInfo.InvariantCulture), dataset.Count.ToString(CultureInfo.InvariantCulture));
        }

        if (dataset.SampleShape != SampleShape)
        {
            throw Changed(dataset, "SampleShape", $"{SampleShape}", $"{dataset.SampleShape}");
        }

        if (dataset.Classes.Count != Classes)
        {
            throw Changed(dataset, "classes", Classes.ToString(CultureInfo.InvariantCulture), dataset.Classes.Count.ToString(CultureInfo.InvariantCulture));
        }

        if (!Fields.SequenceEqual(dataset.Fields))
        {
            throw Changed(dataset, "fields", Names(Fields), Names(dataset.Fields));
        }
    }

    /// <summary>Checks that the number of samples of a data set has not changed.</summary>
    /// <param name="dataset">The source of another data set.</param>
    /// <param name="count">The number of its samples before.</param>
    public static void ThrowIfCountChanged(IDataset dataset, int count)
    {
        if (dataset.Count != count)
        {
            throw Changed(dataset, "samples", count.ToString(CultureInfo.InvariantCulture), dataset.Count.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static WorkFailedException Changed(IDataset dataset, string what, string expected, string received)
        => new(new Problem($"A data set changed while it was being read: its {what}")
        {
            Where = NameOf(dataset),
            Expected = $"{expected}, as before the first epoch",
            Received = received,
            Hint = "A data set must not change while it is in use: copy data that may change.",
        });

    private static string NameOf(IDataset dataset) => dataset.GetType().Name;

    private static string Names(IReadOnlyList<Field> fields) => string.Join(", ", fields.Select(f => $"{f.Name} {f.Shape} {f.Type}"));
}
