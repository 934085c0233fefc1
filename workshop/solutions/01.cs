using System.Buffers.Binary;

namespace Workshop.Solutions;

public static class Step01
{
    public static (int Count, int Height, int Width) ReadHeader(byte[] file)
    {
        if (BinaryPrimitives.ReadInt32BigEndian(file) != 0x803)
        {
            throw new InvalidDataException("not a file of pictures");
        }

        return (BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(4)), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(8)), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(12)));
    }

    public static int[] CountClasses(IReadOnlyList<long> labels, int classes)
    {
        var counts = new int[classes];
        foreach (long label in labels)
        {
            counts[label]++;
        }

        return counts;
    }

    public static (int[] Training, int[] HeldOut) Split(int count, int heldOut, int seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(seed).Shuffle(order);
        return (order[heldOut..], order[..heldOut]);
    }
}
