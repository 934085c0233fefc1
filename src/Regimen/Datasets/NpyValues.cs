using System.Globalization;
using System.Runtime.InteropServices;

namespace Regimen.Datasets;

/// <summary>Whole npy arrays, checked and converted.</summary>
internal static class NpyValues
{
    private const int Together = 1 << 18;

    /// <summary>Every value as float32.</summary>
    public static float[] Floats(NpyFile file)
    {
        var values = new float[file.Elements];
        file.CopyTo(0, values);
        GC.KeepAlive(file);
        return values;
    }

    /// <summary>Every value of an array of whole numbers.</summary>
    public static long[] Longs(NpyFile file)
    {
        int count = (int)file.Elements;
        long[] values = file.Type switch
        {
            NpyType.UInt8 => Array.ConvertAll(file.Values<byte>(0, count).ToArray(), v => (long)v),
            NpyType.Int32 => Array.ConvertAll(file.Values<int>(0, count).ToArray(), v => (long)v),
            _ => file.Values<long>(0, count).ToArray(),
        };
        GC.KeepAlive(file);
        return values;
    }

    /// <summary>Refuses values that are not finite as float32, and names the first.</summary>
    /// <exception cref="RequestException">There is one.</exception>
    public static void RequireFinite(NpyFile file)
    {
        if (file.Type is not (NpyType.Float32 or NpyType.Float64))
        {
            return;
        }

        long wrong = long.MaxValue;
        Parallel.For(0L, (file.Elements + Together - 1) / Together, part =>
        {
            long first = part * Together;
            int count = (int)Math.Min(Together, file.Elements - first);
            int at = file.Type == NpyType.Float32 ? FirstWrong(file.Values<float>(first, count)) : FirstWrong(file.Values<double>(first, count));
            for (long before = Interlocked.Read(ref wrong); at >= 0 && first + at < before; before = Interlocked.Read(ref wrong))
            {
                Interlocked.CompareExchange(ref wrong, first + at, before);
            }
        });
        GC.KeepAlive(file);
        if (wrong != long.MaxValue)
        {
            double value = file.Type == NpyType.Float32 ? file.Values<float>(wrong, 1)[0] : file.Values<double>(wrong, 1)[0];
            throw new RequestException(new Problem("A value is not a finite float32")
            {
                Where = $"{file.Path}[{Indices(file, wrong)}]",
                Expected = "a finite number",
                Received = value.ToString(CultureInfo.InvariantCulture),
            });
        }
    }

    private static int FirstWrong(ReadOnlySpan<float> values)
    {
        // All bits of the exponent: infinite or not a number.
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        for (int i = 0; i < bits.Length; i++)
        {
            if ((bits[i] & 0x7F800000) == 0x7F800000)
            {
                return i;
            }
        }

        return -1;
    }

    private static int FirstWrong(ReadOnlySpan<double> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite((float)values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static string Indices(NpyFile file, long element)
    {
        var indices = new List<string>();
        foreach (int dimension in file.Shape.Reverse())
        {
            indices.Insert(0, (element % dimension).ToString(CultureInfo.InvariantCulture));
            element /= dimension;
        }

        return string.Join(", ", indices);
    }
}
