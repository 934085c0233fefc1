using System.Globalization;

namespace Regimen.Data;

/// <summary>What a loader counts on: how many samples a data set has, and what they consist of.</summary>
/// <param name="Count">Samples.</param>
/// <param name="SampleShape">The shape of an input.</param>
/// <param name="Fields">What a sample consists of.</param>
/// <param name="Classes">How many classes or labels.</param>
internal readonly record struct DatasetForm(int Count, SampleShape SampleShape, IReadOnlyList<Field> Fields, int Classes)
{
    /// <summary>The form of a data set.</summary>
    /// <exception cref="RequestException">Its input field has another shape than the set says.</exception>
    public static DatasetForm Of(IDataset dataset)
    {
        var form = new DatasetForm(dataset.Count, dataset.SampleShape, [.. dataset.Fields], dataset.Classes.Count);
        return form.Fields.FirstOrDefault(f => f.Name == Field.Input) is { } input && input.Shape != form.SampleShape
            ? throw new RequestException(new Problem("A data set contradicts itself about the shape of its samples")
            {
                Where = NameOf(dataset),
                Expected = $"the field named {Field.Input} to have the SampleShape {form.SampleShape}",
                Received = $"{input.Shape}",
                Hint = "Return the same shape from SampleShape and from Fields.",
            })
            : form;
    }

    /// <summary>Refuses to go on with a data set that has become another.</summary>
    /// <exception cref="WorkFailedException">It has; what has changed is named.</exception>
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

    /// <summary>Refuses to read from a set whose number of samples has changed.</summary>
    /// <param name="dataset">A set that another one is made of.</param>
    /// <param name="count">How many it had.</param>
    public static void ThrowIfCountChanged(IDataset dataset, int count)
    {
        if (dataset.Count != count)
        {
            throw Changed(dataset, "samples", count.ToString(CultureInfo.InvariantCulture), dataset.Count.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static WorkFailedException Changed(IDataset dataset, string what, string expected, string received)
        => new(new Problem($"A data set has changed while it was read: its {what}")
        {
            Where = NameOf(dataset),
            Expected = $"{expected}, as before the first epoch",
            Received = received,
            Hint = "A data set stays the same while it is used: copy what may change.",
        });

    private static string NameOf(IDataset dataset) => dataset.GetType().Name;

    private static string Names(IReadOnlyList<Field> fields) => string.Join(", ", fields.Select(f => $"{f.Name} {f.Shape} {f.Type}"));
}
