using System.Globalization;
using Regimen.Data;
using Regimen.Loading;
using Regimen.Reproducibility;
using Regimen.Transforms;

namespace Regimen.Imaging;

/// <summary>A sample of a contact sheet.</summary>
/// <param name="Index">The index in the training set.</param>
/// <param name="Label">The name of the class, or the target values.</param>
/// <param name="Before">The image as stored.</param>
/// <param name="After">The image as transformed in the first epoch, without normalisation; null if there are no other transforms.</param>
internal sealed record SheetSample(int Index, string Label, SheetImage Before, SheetImage? After);

/// <summary>An image to draw.</summary>
/// <param name="Values">The values, <c>[channels, height, width]</c>.</param>
/// <param name="Shape">The shape.</param>
internal sealed record SheetImage(float[] Values, SampleShape Shape);

/// <summary>The samples of a contact sheet and the transforms applied to them.</summary>
/// <param name="Samples">The samples in drawing order.</param>
/// <param name="Transforms">The names of the transforms other than normalisation.</param>
internal sealed record SheetSamples(IReadOnlyList<SheetSample> Samples, IReadOnlyList<string> Transforms)
{
    private const int FirstEpoch = 1;

    public static SheetSamples Choose(DataSplits data, ulong seed, int count)
    {
        IDataset set = data.Train;
        if (set.SampleShape.Rank != 3)
        {
            throw new RequestException(new Problem("A contact sheet needs images")
            {
                Expected = "samples of three dimensions: channels, height, width",
                Received = $"samples {set.SampleShape}",
            });
        }

        ITransform[] changing = [.. data.TrainTransforms.Where(t => t is not Normalize)];
        bool hasMasks = MaskTransforms.Of(set, changing) is not null;
        using var buffer = new BatchBuffer(set.Fields, 1);
        var samples = new List<SheetSample>();
        foreach (int index in FromClassesInTurn(set).Take(count))
        {
            set.Gather([index], ChannelScale.Identity, buffer);
            var before = new SheetImage(buffer.Floats(Field.Input).ToArray(), set.SampleShape);
            byte[]? mask = hasMasks ? buffer.Bytes(Field.Target).ToArray() : null;
            SheetImage? after = changing.Length == 0 ? null : Transform(before, mask, changing, RandomStream.For(seed, RandomPurpose.Augmentation, FirstEpoch, index));
            samples.Add(new SheetSample(index, Label(set, buffer), mask is null ? before : SheetMask.Over(before, mask), after));
        }

        return new SheetSamples(samples, [.. changing.Select(t => $"{t.Describe()["name"]}")]);
    }

    private static IEnumerable<int> FromClassesInTurn(IDataset set)
        => ClassLabels.Of(set) is not { } labels
            ? Enumerable.Range(0, set.Count)
            : Enumerable.Range(0, set.Count)
                .GroupBy(i => labels[i])
                .SelectMany(samples => samples.Select((index, place) => (index, place)))
                .OrderBy(s => s.place).ThenBy(s => labels[s.index])
                .Select(s => s.index);

    private static SheetImage Transform(SheetImage image, byte[]? mask, ITransform[] transforms, RandomStream random)
    {
        foreach (ITransform transform in transforms)
        {
            SampleShape shape = transform.Transformed(image.Shape);
            var output = new float[shape.Elements];
            if (mask is not null)
            {
                RandomStream same = random;
                byte[] moved = new byte[shape.Elements / shape.Channels];
                ((IMaskTransform)transform).ApplyToMask(mask, moved, image.Shape, ref same);
                mask = moved;
            }

            transform.Apply(image.Values, output, image.Shape, ref random);
            image = new SheetImage(output, shape);
        }

        return mask is null ? image : SheetMask.Over(image, mask);
    }

    private static string Label(IDataset set, BatchBuffer buffer)
    {
        Field? target = set.Fields.FirstOrDefault(f => f.Name == Field.Target);
        return target switch
        {
            null => "",
            { IsMask: true } => string.Join(", ", buffer.Bytes(Field.Target).ToArray().Distinct().Where(c => c > 0 && c < set.Classes.Count).Order().Select(c => set.Classes[c])),
            { Type: ElementType.Int64 } => Class(set.Classes, buffer.Longs(Field.Target)[0]),
            _ => string.Join(", ", buffer.Floats(Field.Target).ToArray().Take(4).Select(v => v.ToString("0.###", CultureInfo.InvariantCulture))),
        };
    }

    private static string Class(IReadOnlyList<string> classes, long label) => label < classes.Count ? classes[(int)label] : $"{label}";
}
