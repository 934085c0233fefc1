using System.Globalization;
using Regimen.Data;
using Regimen.Loading;
using Regimen.Transforms;

namespace Regimen.Experiments;

/// <summary>A report on the contents of a data set: counts, value ranges and first samples.</summary>
internal sealed record DataReport
{
    private const int ReadTogether = 256;

    /// <summary>The shape of a sample's input, before transforms.</summary>
    public required SampleShape SampleShape { get; init; }

    /// <summary>The inputs of a sample, as the data set has them.</summary>
    public required IReadOnlyList<Field> Inputs { get; init; }

    /// <summary>The inputs' names and shapes as text: the shape alone where there is one named <c>input</c>.</summary>
    public string Samples => Describe(Inputs);

    /// <summary>The shape of the model's input, after transforms.</summary>
    public required SampleShape InputShape { get; init; }

    /// <summary>The target.</summary>
    public required DatasetTarget Target { get; init; }

    /// <summary>The classes or labels, in the order of their indices.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The splits of the data set: train, val, test.</summary>
    public required IReadOnlyList<PartReport> Parts { get; init; }

    /// <summary>The first samples of the training set.</summary>
    public required IReadOnlyList<SampleReport> First { get; init; }

    /// <summary>What the splits have in common and how they differ.</summary>
    public required SplitComparison Splits { get; init; }

    /// <summary>Creates the report. Reads every sample once, and a second time with the evaluation transforms if there are any.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="rows">The number of first training samples to include.</param>
    public static DataReport Of(DataSplits data, int rows)
    {
        using var survey = new SplitSurvey(data);
        PartReport[] parts = [.. data.Parts.Select(part => Measure(part.Name, part.Data, data.EvalTransforms, survey))];
        return Of(data, rows, parts, survey.Compare());
    }

    private static DataReport Of(DataSplits data, int rows, PartReport[] parts, SplitComparison splits) => new()
    {
        SampleShape = data.Train.SampleShape,
        Inputs = [.. data.Train.Fields.Where(f => !f.IsTarget)],
        InputShape = data.EvalTransforms.Aggregate(data.Train.SampleShape, (shape, transform) => transform.Transformed(shape)),
        Target = DatasetTarget.Of(data.Train),
        Classes = data.Train.Classes,
        Parts = parts,
        Splits = splits,
        First = Read(data.Train, Math.Min(rows, data.Train.Count)),
    };

    /// <summary>Inputs as text: <c>[1, 28, 28]</c>, or <c>user [5], item [3]</c>.</summary>
    internal static string Describe(IEnumerable<Field> inputs) => string.Join(", ", inputs.Select(f => f.Name == Field.Input ? $"{f.Shape}" : $"{f.Name} {f.Shape}"));

    private static PartReport Measure(string name, IDataset part, IReadOnlyList<ITransform> transforms, SplitSurvey survey)
    {
        survey.Begin(name, part);
        DatasetTarget target = DatasetTarget.Of(part);
        bool hasClasses = target.Kind == TargetKind.ClassIndex && part.Classes.Count > 0;
        TargetScale? scale = TargetScale.Of(part);
        bool hasValues = target.Kind is TargetKind.Values or TargetKind.MultiHot;
        long[] counts = new long[target.Kind == TargetKind.MultiHot || hasClasses ? part.Classes.Count : 0];
        long[] pixels = new long[target.Kind == TargetKind.Mask ? 256 : 0];
        var targets = new RunningStatistics[target.Kind == TargetKind.Values ? target.Size : 0];
        RunningStatistics input = default;

        // Values that float32 can't represent are gathered scaled and converted back in double precision.
        ChannelScale inputScale = transforms switch
        {
            [Normalize { NeedsDouble: true } normalize, ..] => normalize.Scale,
            [Standardize { NeedsDouble: true } standardize, ..] => standardize.Scale,
            _ => ChannelScale.Identity,
        };
        using (var buffer = new BatchBuffer(part.Fields, Math.Clamp(part.Count, 1, ReadTogether)))
        {
            foreach (int[] indices in Enumerable.Range(0, part.Count).Chunk(ReadTogether))
            {
                part.Gather(indices, inputScale, buffer);
                survey.Add(indices[0], indices.Length, buffer);
                if (HasFloatInput(part))
                {
                    Add(ref input, buffer.Floats(Field.Input)[..(indices.Length * part.SampleShape.Elements)], inputScale, part.SampleShape.Elements);
                }
                else
                {
                    for (int row = 0; row < indices.Length; row++)
                    {
                        input.Add(InputValues(buffer, part.Fields, row));
                    }
                }

                if (target.Kind == TargetKind.Mask)
                {
                    PixelCounts.Add(buffer, indices.Length, pixels);
                }

                for (int i = 0; hasClasses && i < indices.Length; i++)
                {
                    counts[buffer.Longs(Field.Target)[i]]++;
                }

                for (int i = 0; hasValues && i < indices.Length * target.Size; i++)
                {
                    float value = buffer.Floats(Field.Target)[i];
                    if (target.Kind == TargetKind.Values)
                    {
                        targets[i % target.Size].Add(scale?.From(value, i % target.Size) ?? value);
                    }
                    else if (value == 1)
                    {
                        counts[i % target.Size]++;
                    }
                }
            }
        }

        return new PartReport(
            name, part.Count, target.Kind == TargetKind.Mask ? pixels[..part.Classes.Count] : counts, ValueRange.Of(input), transforms.Count == 0 ? null : Prepared(part, transforms), [.. targets.Select(ValueRange.Of)])
        {
            Ignored = target.Kind == TargetKind.Mask ? pixels[MaskTarget.Ignored] : null,
        };
    }

    private static bool HasFloatInput(IDataset data) => data.Fields.Where(f => !f.IsTarget).ToArray() is [{ Name: Field.Input, Type: ElementType.Float32, IsVariable: false }];

    /// <summary>The values of all inputs of a sample, field by field, without the padding.</summary>
    private static float[] InputValues(BatchBuffer buffer, IReadOnlyList<Field> fields, int row)
    {
        var values = new List<float>();
        foreach (Field field in fields.Where(f => !f.IsTarget))
        {
            int count = field.IsVariable ? buffer.Lengths(field.Name)[row] * (field.Shape.Elements / field.Shape.Dimensions[0]) : field.Shape.Elements;
            int first = row * field.Shape.Elements;
            for (int i = first; i < first + count; i++)
            {
                values.Add(field.Type switch
                {
                    ElementType.Float32 => buffer.Floats(field.Name)[i],
                    ElementType.Int64 => buffer.Longs(field.Name)[i],
                    _ => buffer.Bytes(field.Name)[i],
                });
            }
        }

        return [.. values];
    }

    private static void Add(ref RunningStatistics moments, ReadOnlySpan<float> values, ChannelScale scale, int size)
    {
        if (ReferenceEquals(scale, ChannelScale.Identity))
        {
            moments.Add(values);
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            moments.Add(scale.Undo(values[i], i % size, size));
        }
    }

    private static ValueRange Prepared(IDataset part, IReadOnlyList<ITransform> transforms)
    {
        RunningStatistics moments = default;
        using DataLoader loader = DataLoader.ForEvaluation(part, new LoaderOptions { EvalBatchSize = ReadTogether }, transforms);
        foreach (Batch batch in loader.InOrder())
        {
            moments.Add(Engine.TensorMemory.Span<float>(batch.Input));
        }

        return ValueRange.Of(moments);
    }

    private static List<SampleReport> Read(IDataset data, int rows)
    {
        var samples = new List<SampleReport>();
        DatasetTarget target = DatasetTarget.Of(data);
        TargetScale? scale = TargetScale.Of(data);
        using var buffer = new BatchBuffer(data.Fields, 1);
        for (int i = 0; i < rows; i++)
        {
            data.Gather([i], ChannelScale.Identity, buffer);
            samples.Add(new SampleReport(
                i,
                data.Origin(i),
                target.Kind switch
                {
                    TargetKind.ClassIndex when data.Classes.Count > 0 => [data.Classes[(int)buffer.Longs(Field.Target)[0]]],
                    TargetKind.Mask => [.. data.Classes.Where((_, index) => buffer.Bytes(Field.Target).Contains((byte)index))],
                    TargetKind.MultiHot => [.. data.Classes.Where((_, label) => buffer.Floats(Field.Target)[label] == 1)],
                    TargetKind.Values => [.. buffer.Floats(Field.Target).ToArray().Select((v, output) => InUnits(scale, v, output))],
                    _ => [],
                },
                HasFloatInput(data) ? buffer.Floats(Field.Input).ToArray() : InputValues(buffer, data.Fields, 0)));
        }

        return samples;
    }

    /// <summary>Returns a target in its original units, with the precision of its scaled float32 value.</summary>
    private static string InUnits(TargetScale? scale, float value, int output) => scale is null
        ? value.ToString(CultureInfo.InvariantCulture)
        : ((float)scale.From(value, output)).ToString(CultureInfo.InvariantCulture);
}

/// <summary>The report on one split of a data set.</summary>
/// <param name="Name">train, val or test.</param>
/// <param name="Samples">The number of samples.</param>
/// <param name="PerClass">The number of samples of each class or with each label, or of pixels of each class of masks, in the order of their indices.</param>
/// <param name="Input">The range of the values in the data set (images: 0 to 1).</param>
/// <param name="Prepared">The range of the model's input in evaluation; null if it is the same.</param>
/// <param name="Targets">The range of each target value of a regression; empty for other tasks.</param>
internal sealed record PartReport(string Name, int Samples, IReadOnlyList<long> PerClass, ValueRange Input, ValueRange? Prepared, IReadOnlyList<ValueRange> Targets)
{
    /// <summary>The number of pixels without a class, of masks; null for other targets.</summary>
    public long? Ignored { get; init; }
}

/// <summary>The report on one sample.</summary>
/// <param name="Index">The index in its split, from 0.</param>
/// <param name="Origin">The origin of the sample, such as its file.</param>
/// <param name="Target">The class, the labels, or the target values.</param>
/// <param name="Input">All input values, before transforms.</param>
internal sealed record SampleReport(int Index, string Origin, IReadOnlyList<string> Target, IReadOnlyList<float> Input);
