using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Regimen.Datasets;

/// <summary>Checks and converts whole npy arrays.</summary>
internal static class NpyValues
{
    private const int Together = 1 << 18;

    /// <summary>Returns all values as float32.</summary>
    public static float[] Floats(NpyFile file)
    {
        var values = new float[file.Elements];
        file.CopyTo(0, values);
        return values;
    }

    /// <summary>Returns all values as float64.</summary>
    public static double[] Doubles(NpyFile file)
    {
        var values = new double[file.Elements];
        file.CopyTo(0, values);
        return values;
    }

    /// <summary>Returns all values of an integer array.</summary>
    public static long[] Longs(NpyFile file)
    {
        var values = new long[file.Elements];
        file.CopyTo(0, values);
        return values;
    }

    /// <summary>Throws if a value is not finite as float32. The message names the first.</summary>
    /// <exception cref="RequestException">A value is not finite.</exception>
    public static void RequireFinite(NpyFile file)
    {
        if (file.Type is not (NpyType.Float32 or NpyType.Float64))
        {
            return;
        }

        long wrong = long.MaxValue;
        try
        {
            Parallel.For(0L, (file.Elements + Together - 1) / Together, part =>
            {
                long first = part * Together;
                int count = (int)Math.Min(Together, file.Elements - first);
                int at = file.Type == NpyType.Float32 ? FirstWrongFloat(file, first, count) : FirstWrongDouble(file, first, count);
                for (long before = Interlocked.Read(ref wrong); at >= 0 && first + at < before; before = Interlocked.Read(ref wrong))
                {
                    Interlocked.CompareExchange(ref wrong, first + at, before);
                }
            });
        }
        catch (AggregateException exception) when (exception.InnerExceptions[0] is RequestException unreadable)
        {
            throw unreadable;
        }

        if (wrong != long.MaxValue)
        {
            double[] value = new double[1];
            file.CopyTo(wrong, value);
            throw new RequestException(new Problem("A value is not a finite float32")
            {
                Where = Place(file, wrong),
                Expected = "a finite number",
                Received = value[0].ToString(CultureInfo.InvariantCulture),
            });
        }
    }

    /// <summary>Formats the position of a value for messages.</summary>
    public static string Place(NpyFile file, long element) => $"{file.Path}[{Indices(file, element)}]";

    private static int FirstWrongFloat(NpyFile file, long first, int count)
    {
        float[] values = ArrayPool<float>.Shared.Rent(count);
        file.CopyTo(first, values.AsSpan(0, count));
        int at = FirstWrong(values.AsSpan(0, count));
        ArrayPool<float>.Shared.Return(values);
        return at;
    }

    private static int FirstWrongDouble(NpyFile file, long first, int count)
    {
        double[] values = ArrayPool<double>.Shared.Rent(count);
        file.CopyTo(first, values.AsSpan(0, count));
        int at = FirstWrong(values.AsSpan(0, count));
        ArrayPool<double>.Shared.Return(values);
        return at;
    }

    private static int FirstWrong(ReadOnlySpan<float> values)
    {
        // All exponent bits are set for infinity and NaN.
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
