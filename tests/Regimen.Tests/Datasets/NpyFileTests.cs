using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

public sealed class NpyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // Written by NumPy 1.24 with numpy.lib.format.write_array, one file per version of the format.
    [Theory]
    [InlineData(
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAg"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAEAAAAAAAAAIQAAAAAAAABBA"
        + "AAAAAAAAFEA=",
        nameof(NpyType.Float64), "2 3", "0 1 2 3 4 5")]
    [InlineData(
        "k05VTVBZAgB0AAAAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAg"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAP7/////////AwAAAAAAAAA=",
        nameof(NpyType.Int64), "3", "1 -2 3")]
    [InlineData(
        "k05VTVBZAwB0AAAAeydkZXNjcic6ICd8dTEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAg"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAvoE",
        nameof(NpyType.UInt8), "2 2", "1 2 250 4")]
    public void Files_written_by_NumPy_are_read(string base64, string type, string shape, string values)
    {
        using NpyFile file = Open(Convert.FromBase64String(base64));
        Assert.Equal((type, shape, values), (file.Type.ToString(), string.Join(' ', file.Shape), string.Join(' ', Floats(file))));
    }

    [Fact]
    public void Every_supported_type_is_converted_to_float()
    {
        foreach (byte[] bytes in (byte[][])[
            NpyBytes.Of((byte[])[0, 7, 255], 3), NpyBytes.Of((int[])[0, 7, 255], 3), NpyBytes.Of((long[])[0, 7, 255], 3),
            NpyBytes.Of((float[])[0, 7, 255], 3), NpyBytes.Of((double[])[0, 7, 255], 3)])
        {
            using NpyFile file = Open(bytes);
            Assert.Equal([0f, 7, 255], Floats(file));
            float[] part = new float[2];
            file.CopyTo(1, part);
            Assert.Equal([7f, 255], part);
            Assert.Throws<ArgumentOutOfRangeException>(() => file.CopyTo(2, part));
            Assert.Throws<ArgumentOutOfRangeException>(() => file.CopyTo(-1, part));
        }

        using NpyFile doubles = Open(NpyBytes.Of((double[])[0.1], 1));
        double[] one = new double[1];
        doubles.CopyTo(0, one);
        Assert.Equal(0.1, one[0]);
        Assert.Throws<InvalidOperationException>(() => doubles.CopyTo(0, new long[1]));
        using NpyFile single = Open(NpyBytes.WithHeader("{'shape':(),\"fortran_order\":False,'descr':'|u1'}", [9]));
        Assert.Empty(single.Shape);
        Assert.Equal([9f], Floats(single));
    }

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "dtype '>f4'", "byte 20")]
    [InlineData("{'descr': '<U8', 'fortran_order': False, 'shape': (1,), }", "dtype '<U8'", "byte 20")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "an array of records", "byte 20")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", "fortran_order", "byte")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", "The array is empty", "")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }", "shape (0, 5)", "")]
    [InlineData("{'descr': '<i8', 'fortran_order': False, 'shape': (7, 0, 3), }", "shape (7, 0, 3)", "")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "dimensions from 0", "byte")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483648,), }", "dimensions from 0", "byte")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2000000000, 2000000000), }", "32000000000000000000000000", "")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}", "fewer", "byte")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "each once", "byte 27")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "no text after", "byte")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,", "dimensions from 0", "byte")]
    [InlineData("import os", "'{'", "byte 10")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "The file ends before the end of its array", "")]
    [InlineData("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", "The file is longer than its array", "")]
    public void An_unsupported_or_damaged_file_is_rejected_with_its_location(string header, string says, string place)
    {
        RequestException refused = Refused(NpyBytes.WithHeader(header, [0, 0, 0, 0]));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.Contains(place, refused.Problems[0].Where, StringComparison.Ordinal);
        Assert.StartsWith(_folder["a.npy"], refused.Problems[0].Where, StringComparison.Ordinal);
    }

    // Each line was run in NumPy 1.24 on an array of the dtype. The saved array has the type in the second column and the same values.
    [Theory]
    [InlineData("<i2", "array.astype('<i4')")]
    [InlineData("|i1", "array.astype('<i4')")]
    [InlineData("<u2", "array.astype('<i4')")]
    [InlineData(">i4", "array.astype('<i4')")]
    [InlineData("<u4", "array.astype('<i8')")]
    [InlineData("<u8", "array.astype('<i8')")]
    [InlineData(">i8", "array.astype('<i8')")]
    [InlineData("<f2", "array.astype('<f4')")]
    [InlineData(">f4", "array.astype('<f4')")]
    [InlineData(">f8", "array.astype('<f8')")]
    [InlineData("<f16", "array.astype('<f8')")]
    [InlineData("<M8[ns]", "array.astype('<i8')")]
    [InlineData("<U8", "numpy.unique(array, return_inverse=True)[1].astype('<i8')")]
    [InlineData("|S3", "numpy.unique(array, return_inverse=True)[1].astype('<i8')")]
    [InlineData("<c8", "numpy.stack([array.real, array.imag], -1).astype('<f4')")]
    [InlineData("|O", "numpy.array(array.tolist(), '<f4')")]
    public void The_suggested_conversion_of_an_unsupported_dtype_keeps_its_values(string descr, string line)
    {
        RequestException refused = Refused(NpyBytes.WithHeader($"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}", [0, 0, 0, 0]));
        Assert.Contains($"numpy.save(file, {line})", refused.Problems[0].Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_files_and_files_of_other_formats_are_rejected()
    {
        byte[] whole = NpyBytes.Of((float[])[1, 2, 3], 3);
        for (int length = 0; length < whole.Length; length++)
        {
            Refused(whole[..length]);
        }

        Refused([.. whole, 0]);
        Refused("PK\x03\x04 an npz file"u8.ToArray());
        byte[] version = [.. whole];
        version[6] = 4;
        Assert.Contains("4.0", Refused(version).Message, StringComparison.Ordinal);
        Assert.Contains("There is no such file", Assert.Throws<RequestException>(() => NpyFile.Open(_folder["none.npy"])).Message, StringComparison.Ordinal);
        Assert.Contains("folder", Assert.Throws<RequestException>(() => NpyFile.Open(_folder.FullPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mutated_file_is_rejected_or_read_consistently()
    {
        foreach ((int number, byte[] bytes) in Mutations.Of(NpyBytes.Of([.. Enumerable.Range(0, 64).Select(i => (float)i)], 16, 4)))
        {
            try
            {
                using NpyFile file = Open(bytes);
                Assert.Equal(bytes.Length, file.DataOffset + (file.Elements * file.ElementSize));
                Assert.Equal(file.Elements, Floats(file).Length);
            }
            catch (RequestException refused)
            {
                Assert.True(refused.Problems[0].Where!.StartsWith(_folder["a.npy"], StringComparison.Ordinal), $"mutation {number}");
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static float[] Floats(NpyFile file)
    {
        var values = new float[file.Elements];
        file.CopyTo(0, values);
        return values;
    }

    private NpyFile Open(byte[] bytes) => NpyFile.Open(_folder.Write("a.npy", bytes));

    private RequestException Refused(byte[] bytes)
    {
        string path = _folder.Write("a.npy", bytes);
        return Assert.Throws<RequestException>(() => NpyFile.Open(path));
    }
}
