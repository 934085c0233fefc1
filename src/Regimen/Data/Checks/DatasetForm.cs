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
        Problem[] problems = [.. FieldProblems(dataset)];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }

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

    private static IEnumerable<Problem> FieldProblems(IDataset dataset)
    {
        IReadOnlyList<Field> fields = dataset.Fields;
        if (fields is null || fields.All(f => f.IsTarget))
        {
            yield return Wrong("A data set has no input", "at least one field that is not a target", fields is null ? "null" : $"{fields.Count} field(s)");
            yield break;
        }

        if (dataset.Count < 0)
        {
            yield return Wrong("A data set has a negative number of samples", "0 or more", $"{dataset.Count}");
        }

        foreach (string name in fields.GroupBy(f => f.Name).Where(g => g.Skip(1).Any()).Select(g => g.Key))
        {
            yield return Wrong($"Two fields of a data set are named '{name}'", "a different name for each field", Names(fields));
        }

        foreach (Field field in fields)
        {
            if (field.Name.Length == 0 || field.Name.Any(c => !char.IsLetterOrDigit(c) && c is not ('_' or '-' or '.')))
            {
                yield return Wrong("A field of a data set has no usable name", "letters, digits, `_`, `-` and `.`", $"'{string.Concat(field.Name.Select(c => char.IsControl(c) ? '?' : c))}'");
            }

            if (field.IsVariable && field.Shape.Rank == 0)
            {
                yield return Wrong($"The field '{field.Name}' has a variable length and no dimension", "a shape whose first dimension is the greatest length", $"{field.Shape}");
            }

            bool isPaddingValid = field.Type switch
            {
                ElementType.UInt8 => field.Padding is >= 0 and <= 255 && field.Padding == Math.Floor(field.Padding),
                ElementType.Int64 => double.IsFinite(field.Padding) && field.Padding == Math.Floor(field.Padding),
                _ => double.IsFinite(field.Padding),
            };
            if (!isPaddingValid)
            {
                yield return Wrong($"The padding of the field '{field.Name}' is not a value of its type", $"a finite {field.Type} value", field.Padding.ToString(CultureInfo.InvariantCulture));
            }

            if (field.AsIndices && (field.Type != ElementType.UInt8 || field.AsFloat is not null))
            {
                yield return Wrong($"The field '{field.Name}' can't be indices in a batch", "a UInt8 field that is not converted to floats", $"{field.Type}");
            }

            if (field.Cardinality is < 1 || (field.Cardinality is not null && field.Type != ElementType.Int64))
            {
                yield return Wrong($"The field '{field.Name}' can't have this cardinality", "an Int64 field, and at least 1", $"{field.Type}, {field.Cardinality}");
            }
        }

        Problem Wrong(string message, string expected, string received) => new(message) { Where = NameOf(dataset), Expected = expected, Received = received };
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
