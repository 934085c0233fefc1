using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Regimen.Files;

namespace Regimen.Curves;

/// <summary>Reads <c>steps.f32</c> in one piece, also while another process appends to it.</summary>
internal static class StepLosses
{
    /// <summary>The largest number of steps that are read: the file of a run of a billion steps would fill the memory.</summary>
    public const int Most = 1 << 27;

    /// <summary>Reads the complete losses of a file; an incomplete last one is left out.</summary>
    /// <exception cref="RequestException">It can't be read, or has more than <see cref="Most"/> losses.</exception>
    public static double[] Read(string path)
    {
        using FileStream file = InputFile.OpenRegular(path);
        try
        {
            long count = file.Length / sizeof(float);
            if (count > Most)
            {
                throw new RequestException(new Problem("The file of step losses is too large to be drawn") { Where = path, Expected = $"at most {Most} losses", Received = $"{count}" });
            }

            var raw = new float[count];
            int read = file.ReadAtLeast(MemoryMarshal.AsBytes(raw.AsSpan()), raw.Length * sizeof(float), throwOnEndOfStream: false);

            // Fewer bytes were read if a resumed run cut the file meanwhile.
            return Widen(raw.AsSpan(0, read / sizeof(float)));
        }
        catch (IOException exception)
        {
            throw InputFile.Unreadable(path, exception);
        }
    }

    private static double[] Widen(Span<float> raw)
    {
        if (!BitConverter.IsLittleEndian)
        {
            Span<int> bits = MemoryMarshal.Cast<float, int>(raw);
            BinaryPrimitives.ReverseEndianness(bits, bits);
        }

        var values = new double[raw.Length];
        for (int i = 0; i < raw.Length; i++)
        {
            values[i] = raw[i];
        }

        return values;
    }
}
