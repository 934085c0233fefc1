using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Runs;

public sealed class WeightsDigestTests
{
    // Computed with hashlib.sha256 over struct.pack of the same values, as docs/run-folder.md describes the digest.
    private const string Pinned = "0892ccc5749011fd23d608976adeda96fe66f9084f8e5502bc05c83c071755b2";

    [Fact]
    public void The_digest_is_the_documented_hash_from_memory_and_from_a_file()
    {
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        Assert.Equal(Pinned, Weights.Digest(Tensors()));
        Assert.Equal(Pinned, Weights.Digest(Tensors().Reverse()));
        SafetensorsWriter.Write(folder["a"], Tensors(), new Dictionary<string, string> { ["k"] = "v" });
        Assert.Equal(Pinned, WeightsDigest.Of(SafetensorsFile.Read(folder["a"])));
    }

    [Fact]
    public void The_digest_without_tensors_is_that_of_no_bytes()
        => Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Weights.Digest([]));

    [Fact]
    public void The_digest_depends_on_values_name_shape_and_type()
    {
        using DisposeScope scope = NewDisposeScope();
        KeyValuePair<string, Tensor>[] tensors = Tensors();
        Assert.Equal(4, tensors.Length);
        Tensor weight = tensors[0].Value;
        Tensor flipped = weight.clone();
        flipped.bytes[0] ^= 1;
        Tensor asInteger = zeros([2, 3], int32);
        weight.bytes.CopyTo(asInteger.bytes);
        KeyValuePair<string, Tensor>[] changed =
        [
            new("fc1.weight", flipped), new("fc1.weighT", weight), new("fc1.weight", weight.reshape(3, 2)), new("fc1.weight", weight.reshape(6)), new("fc1.weight", asInteger),
        ];
        string[] digests = [Pinned, .. changed.Select(c => Weights.Digest([c, .. tensors.Skip(1)]))];
        Assert.Equal(digests.Length, digests.Distinct().Count());
    }

    private static KeyValuePair<string, Tensor>[] Tensors() =>
    [
        new("fc1.weight", tensor(new[] { 0f, 1, -2, 0.5f, 1e-8f, 3e8f }).reshape(2, 3)),
        new("bn.num_batches_tracked", tensor(-7L)),
        new("fc1.bias", tensor(new[] { 0.1f, -0f })),
        new("Schicht.größe", tensor(new short[] { 1, -1, 300 })),
    ];
}
