using Regimen.Graphs;
using Regimen.Layers;
using Regimen.Onnx;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.Exporting;

public sealed class OnnxMetadataTests : IDisposable
{
    private readonly OnnxFolder _folder = new();
    private readonly TemporaryFolder _files = new();

    [Fact]
    public void Metadata_is_read_as_it_was_written() => Assert.Equal([("a", "ä"), ("b", "2")], OnnxMetadata.Read(Written()).Select(m => (m.Key, m.Value)));

    [Fact]
    public void A_mutated_file_is_refused_or_gives_texts_of_its_own_bytes()
    {
        byte[] original = File.ReadAllBytes(Written());
        (int refused, int read) = (0, 0);
        foreach ((int number, byte[] bytes) in Mutations.Of(original).Concat(Mutations.Of(original[^40..])))
        {
            string path = _files[$"{number}.onnx"];
            File.WriteAllBytes(path, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read += OnnxMetadata.Read(path).Count >= 0 ? 1 : 0;
            }
            catch (RequestException)
            {
                refused++;
            }

            // The buffer of a file stream, and no more than twice the file.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (2 * bytes.Length) + 32_768);
        }

        Assert.True(refused > 10 && read > 10, $"{refused} refused, {read} read");
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x72, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F })]
    [InlineData(new byte[] { 0x72, 0x80 })]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 })]
    [InlineData(new byte[] { 0x07 })]
    public void A_file_that_is_not_onnx_is_refused(byte[] bytes)
    {
        File.WriteAllBytes(_files["x.onnx"], bytes);
        RequestException refused = Assert.Throws<RequestException>(() => OnnxMetadata.Read(_files["x.onnx"]));
        Assert.Equal(_files["x.onnx"], refused.Problems[0].Where);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _files.Dispose();
    }

    private string Written()
    {
        using var layer = new Perceptron(5, 3);
        using Tensor input = zeros(1, 5);
        using Tensor output = zeros(1, 3);
        return _folder.Write(layer, GraphType.Float32, input, output);
    }
}
