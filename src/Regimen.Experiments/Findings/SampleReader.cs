using Regimen.Data;
using Regimen.Reports;

namespace Regimen.Findings;

/// <summary>Reads samples of a split again, to show them: pictures, columns of a table, the files that they come from.</summary>
/// <param name="data">The split.</param>
/// <param name="encoder">The encoding of a table's rows; null for other data.</param>
internal sealed class SampleReader(IDataset data, TableRowEncoder? encoder)
{
    private const int WidestRow = 64;

    public IReadOnlyList<FoundSample> Read(IReadOnlyList<int> indices)
    {
        Field? image = data.Fields.FirstOrDefault(SamplePictures.IsImage);
        using var buffer = new BatchBuffer(data.Fields, 1);
        var samples = new List<FoundSample>();
        var thumbnails = new List<Thumbnail>();
        foreach (int index in indices)
        {
            data.Gather([index], ChannelScale.Identity, buffer);
            if (image is not null)
            {
                thumbnails.Add(SamplePictures.Shrink(image.Type == ElementType.UInt8 ? AsFloats(buffer.Bytes(image.Name), image) : buffer.Floats(image.Name), image.Shape));
            }

            samples.Add(new FoundSample(index) { Origin = Origin(index), Columns = image is null ? Columns(buffer) : [] });
        }

        IReadOnlyList<FoundPicture> pictures = SamplePictures.Draw(thumbnails);
        return image is null ? samples : [.. samples.Select((s, i) => s with { Picture = pictures[i] })];
    }

    private IReadOnlyList<FoundColumn> Columns(BatchBuffer buffer)
        => encoder is not null && encoder.Fields.All(f => data.Fields.Any(d => d.Name == f.Name && d.Shape.Elements == f.Shape.Elements)) ? TableColumns.Read(encoder, buffer)
        : data.Fields.FirstOrDefault(f => !f.IsTarget) is { Type: ElementType.Float32, Shape: { Rank: 1, Elements: <= WidestRow }, IsVariable: false } field ? TableColumns.Plain(buffer.Floats(field.Name))
        : [];

    /// <summary>The last two parts of the origin's path, which stay the same when the data is moved.</summary>
    private string? Origin(int index)
    {
        string origin = data.Origin(index);
        if (origin.StartsWith("sample ", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = origin.Replace('\\', '/').Split('/');
        return string.Join('/', parts.TakeLast(encoder is null ? 2 : 1));
    }

    private static float[] AsFloats(ReadOnlySpan<byte> bytes, Field field)
    {
        var values = new float[field.Shape.Elements];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = bytes[i] / 255f;
        }

        return values;
    }
}
