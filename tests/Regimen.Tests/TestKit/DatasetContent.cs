using Regimen.Data;

namespace Regimen.Tests.TestKit;

/// <summary>Reads the content of an image data set.</summary>
internal static class DatasetContent
{
    /// <summary>Returns every pixel from 0 to 255 and every class, in the set's order.</summary>
    public static (byte[] Pixels, int[] Labels) Of(IDataset set)
    {
        using var buffer = new BatchBuffer(set.Fields, set.Count);
        set.Gather([.. Enumerable.Range(0, set.Count)], ChannelScale.Identity, buffer);
        return (
            Array.ConvertAll(buffer.Floats(Field.Input).ToArray(), value => (byte)MathF.Round(value * 255)),
            Array.ConvertAll(buffer.Longs(Field.Target).ToArray(), label => (int)label));
    }
}
