using System.Text;
using Regimen.Engine;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.WeightFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.WeightFiles;

public sealed class WeightFileTests : IDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_state_dict_is_read_with_its_views()
    {
        using WeightFile file = WeightFile.Open(_folder.Write("w.pth", TorchBytes.StateDict()));
        Assert.Equal(["fc.weight", "fc.bias", "back.weight", "empty"], file.Entries.Select(e => e.Name));
        Assert.Equal([1f, 2, 3, 4, 5, 6], Floats(file, "fc.weight"));
        Assert.Equal([2f, 4], Floats(file, "fc.bias"));
        Assert.Equal([7f, 10, -8, 11, 9, 12], Floats(file, "back.weight"));
        Assert.Empty(Floats(file, "empty"));
    }

    [Theory]
    [InlineData("data/1", "checksum of 'archive/data/1' is wrong")]
    [InlineData("data.pkl", "checksum of 'archive/data.pkl' is wrong")]
    public void A_changed_byte_is_found_by_the_checksum(string entry, string message)
    {
        byte[] bytes = TorchBytes.StateDict();
        int name = Encoding.Latin1.GetString(bytes).IndexOf(entry, StringComparison.Ordinal);
        bytes[name + entry.Length + 3] ^= 4;
        string path = _folder.Write("w.pth", bytes);
        string refusal = Assert.Throws<RequestException>(() =>
        {
            using WeightFile file = WeightFile.Open(path);
            file.Digest();
        }).Message;
        Assert.Contains(message, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_are_one_file()
    {
        using DisposeScope scope = NewDisposeScope();
        KeyValuePair<string, Tensor>[] all = [new("a", arange(3, float32)), new("b", ones(2, 2)), new("c", zeros(5))];
        SafetensorsWriter.Write(_folder["one.safetensors"], all[..2], NoMetadata);
        SafetensorsWriter.Write(_folder["two.safetensors"], all[2..], NoMetadata);
        WriteIndex("""{"metadata":{"total_size":48},"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"two.safetensors"}}""");
        using WeightFile file = WeightFile.Open(_folder.FullPath);
        Assert.Equal(Weights.Digest(all), file.Digest());
        Assert.Equal([0f, 1, 2], Floats(file, "a"));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "not the name of a file beside it")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "not the name of a file beside it")]
    [InlineData("""{"weight_map":{"a":"none.safetensors"}}""", "There is no such file")]
    [InlineData("""{"weight_map":{"z":"one.safetensors"}}""", "'z', which its file does not have")]
    [InlineData("""{"weight_map":{"a":"one.safetensors"}}""", "'b', which the index does not name")]
    [InlineData("""{"weight_map":{}}""", "empty")]
    [InlineData("""{"weight_map":{"a":7}}""", "damaged")]
    [InlineData("{}", "no weight_map")]
    [InlineData("nonsense", "damaged")]
    public void A_wrong_index_is_refused(string index, string message)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(_folder["one.safetensors"], [new("a", ones(1)), new("b", ones(1))], NoMetadata);
        WriteIndex(index);
        Assert.Contains(message, Assert.Throws<RequestException>(() => WeightFile.Open(_folder.FullPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Types_that_can_not_be_read_are_listed()
    {
        string path = _folder.Write("a", SafetensorsBytes.Of("""{"q":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 1, 2, 3, 4, 0, 0, 128, 63));
        using WeightFile file = WeightFile.Open(path);
        Assert.Equal([("q", "F8_E4M3", false), ("w", "F32", true)], file.Entries.Select(e => (e.Name, e.Type, e.IsReadable)));
        Assert.Contains("F8_E4M3", Assert.Throws<RequestException>(() => file.Digest()).Message, StringComparison.Ordinal);
        WeightStatistics statistics = WeightStatistics.Of(file);
        Assert.Equal(("w", 1.0, null), (Assert.Single(statistics.ByName).Key, statistics.ByName["w"].Mean, statistics.Digest));
        Assert.Contains("F8_E4M3", Assert.Throws<RequestException>(() => SafetensorsFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_count_what_is_not_finite()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = tensor(new[] { 3f, float.NaN, -4f, 0f, float.PositiveInfinity, 0f, 1f });
        SafetensorsWriter.Write(_folder["a"], [new("f", values), new("h", values.to(float16)), new("b", values.to(bfloat16)), new("n", tensor(new[] { -5L, 2 }))], NoMetadata);
        using WeightFile file = WeightFile.Open(_folder["a"]);
        WeightStatistics all = WeightStatistics.Of(file);
        foreach (string name in (string[])["f", "h", "b"])
        {
            Assert.Equal(new TensorStatistics(-4, double.PositiveInfinity, 0, Math.Sqrt(26), 1, 1, 2), all.ByName[name]);
        }

        Assert.Equal((-5, 2, -1.5), (all.ByName["n"].Min, all.ByName["n"].Max, all.ByName["n"].Mean));
        Assert.Equal(file.Digest(), all.Digest);
    }

    [Fact]
    public void A_folder_with_several_files_asks_for_one()
    {
        File.WriteAllBytes(_folder["a.safetensors"], SafetensorsBytes.Of("{}"));
        File.WriteAllBytes(_folder["b.pth"], TorchBytes.StateDict());
        Assert.Contains("Name the file", Assert.Throws<RequestException>(() => WeightFile.Open(_folder.FullPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_file_is_opened_by_its_header_alone()
    {
        // A sparse file of 64 GB: more than this machine's memory.
        const long length = 1L << 36;
        byte[] head = SafetensorsBytes.Of($$$"""{"big":{"dtype":"F32","shape":[{{{length / 4}}}],"data_offsets":[0,{{{length}}}]}}""");
        string path = _folder.Write("big", head);
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(head.Length + length);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        using WeightFile file = WeightFile.Open(path);
        Assert.Equal(length / 4, file.Entries[0].Elements);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    public void Dispose() => _folder.Dispose();

    private void WriteIndex(string json) => File.WriteAllText(_folder["model.safetensors.index.json"], json);

    private static float[] Floats(WeightFile file, string name)
    {
        using Tensor tensor = file.ToTensor(file.Find(name)!);
        return TensorMemory.Span<float>(tensor).ToArray();
    }
}
