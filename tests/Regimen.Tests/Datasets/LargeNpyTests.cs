using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Datasets;

/// <summary>An npy file that is too large for memory gives the same data as one in memory. Both must not change while in use.</summary>
public sealed class LargeNpyTests : IDisposable
{
    private const int Samples = 50;
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Types => ["byte", "int", "long", "float", "double"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Types))]
    public void Batches_and_fingerprint_are_the_same_as_in_memory(string type)
    {
        string path = _folder.Write("x.npy", Content(type));
        NpyDataset small = Open(path, large: long.MaxValue);
        NpyDataset large = Open(path, large: 0);
        Assert.Equal(Fingerprint(small), Fingerprint(large));
        Assert.Equal(Batches(small, workers: 0), Batches(large, workers: 0));
        Assert.Equal(Batches(small, workers: 0), Batches(large, workers: 3));
    }

    [Fact]
    public void A_value_that_is_not_finite_is_found_in_a_large_file()
    {
        float[] values = new float[1_000_000];
        values[^3] = float.NaN;
        using NpyFile file = NpyFile.Open(_folder.Write("x.npy", NpyBytes.Of(values, values.Length)), large: 0);
        Assert.EndsWith("[999997]", Assert.Throws<RequestException>(() => NpyValues.RequireFinite(file)).Problems[0].Where, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0)]
    [InlineData(0, long.MaxValue)]
    [InlineData(2, long.MaxValue)]
    public void A_file_truncated_while_in_use_is_an_error_that_names_it(int workers, long large)
    {
        string path = _folder.Write("x.npy", Content("float"));
        NpyDataset data = Open(path, large);
        Change(path, file => file.SetLength(file.Length - 1));
        Assert.Equal(path, Error(data, workers).Problem.Where);

        // The error persists between two checks of the file.
        WorkFailedException again = Error(data, workers);
        Assert.Contains("was changed while it was in use", again.Problem.Message, StringComparison.Ordinal);
        Assert.StartsWith("1327 bytes", again.Problem.Received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void A_file_written_to_while_in_use_is_an_error(long large)
    {
        string path = _folder.Write("x.npy", Content("float"));
        NpyDataset data = Open(path, large);
        Change(path, file =>
        {
            file.Position = file.Length - 4;
            file.Write([0, 0, 0, 1]);
        });
        File.SetLastWriteTimeUtc(path, new DateTime(2031, 7, 13, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(path, Error(data, workers: 1).Problem.Where);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void A_file_replaced_by_another_is_still_read(long large)
    {
        string path = _folder.Write("x.npy", Content("float"));
        NpyDataset data = Open(path, large);
        float[] before = Batches(data, workers: 0);
        File.Move(_folder.Write("y.npy", Content("byte")), path, overwrite: true);
        Assert.Equal(before, Batches(data, workers: 0));
    }

    private static WorkFailedException Error(NpyDataset data, int workers) => Assert.Throws<WorkFailedException>(() => Batches(data, workers));

    private static void Change(string path, Action<FileStream> change)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        change(file);
    }

    private static byte[] Content(string type)
    {
        int[] values = [.. Enumerable.Range(0, Samples * 6).Select(i => i * 7 % 251)];
        return type switch
        {
            "byte" => NpyBytes.Of(Array.ConvertAll(values, v => (byte)v), Samples, 3, 1, 2),
            "int" => NpyBytes.Of(values, Samples, 3, 1, 2),
            "long" => NpyBytes.Of(Array.ConvertAll(values, v => (long)v), Samples, 3, 1, 2),
            "float" => NpyBytes.Of(Array.ConvertAll(values, v => v / 3f), Samples, 3, 1, 2),
            _ => NpyBytes.Of(Array.ConvertAll(values, v => v / 3.0), Samples, 3, 1, 2),
        };
    }

    private static NpyDataset Open(string path, long large)
        => new(NpyFile.Open(path, large), new NpyTargets(Field.ClassIndex, ["a", "b"], [.. Enumerable.Range(0, Samples).Select(i => i % 2)], []));

    private static string Fingerprint(IDataset data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        data.AppendTo(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static float[] Batches(NpyDataset data, int workers)
    {
        using DataLoader loader = DataLoader.ForTraining(
            data, new LoaderOptions { BatchSize = 8, Workers = workers }, [new Normalize([0.1, 0.2, 0.3], [1, 2, 3])]);
        return [.. loader.Epoch(3, 1).SelectMany(b => (float[])[.. TensorMemory.Span<float>(b.Input), .. TensorMemory.Span<long>(b.Target).ToArray().Select(t => (float)t)])];
    }
}
