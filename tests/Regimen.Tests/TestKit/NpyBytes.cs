using System.Runtime.InteropServices;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>Creates npy files as NumPy writes them.</summary>
internal static class NpyBytes
{
    /// <summary>Returns an array with a shape.</summary>
    public static byte[] Of<T>(T[] values, params int[] shape)
        where T : unmanaged
        => Of(Descr<T>(), values, shape);

    /// <summary>Returns an array with another dtype in its header.</summary>
    public static byte[] Of<T>(string descr, T[] values, params int[] shape)
        where T : unmanaged
        => WithHeader($"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({string.Concat(shape.Select(d => $"{d}, "))}), }}", MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>Returns a file with a given header.</summary>
    public static byte[] WithHeader(string header, ReadOnlySpan<byte> data)
    {
        int length = ((10 + header.Length + 1 + 63) / 64 * 64) - 10;
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.Latin1.GetBytes(header.PadRight(length - 1) + "\n"), .. data];
    }

    private static string Descr<T>() => typeof(T) switch
    {
        var t when t == typeof(byte) => "|u1",
        var t when t == typeof(int) => "<i4",
        var t when t == typeof(long) => "<i8",
        var t when t == typeof(float) => "<f4",
        _ => "<f8",
    };
}
