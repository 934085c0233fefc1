using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Data;

public sealed class DataFingerprintTests
{
    private static readonly ArrayDataset Five = ArrayDataset.ForClassification(
        [.. Enumerable.Range(0, 10).Select(i => 0.5f * i)], [0, 1, 1, 0, 1], new SampleShape(2), ["no", "yes"]);

    /// <summary>Expected: Python's hashlib over the bytes that docs/run-folder.md describes.</summary>
    [Fact]
    public void The_fingerprint_is_a_SHA256_of_indices_and_source_digests()
        => Assert.Equal(
            "e6715d1f5331c81af89409115dea58e45b729b43f4502bbffcf4d135b573f428",
            DataFingerprint.Of(new DataSplits { Train = new Subset(Five, [0, 2, 3]), Validation = new Subset(Five, [1, 4]) }));

    [Fact]
    public void Each_source_is_read_once()
    {
        var one = new CountingSet(Five);
        var other = new CountingSet(Five);
        var both = new ConcatDataset(one, other);
        var doubled = new MapDataset(new Subset(both, [0, 7]), new SampleShape(2), (from, to) => from.CopyTo(to));
        _ = DataFingerprint.Of(new DataSplits { Train = new Subset(new Subset(both, [1, 2, 3, 8]), [0, 3]), Validation = new Subset(both, [4]), Test = doubled });
        Assert.Equal((1, 1), (one.Hashed, other.Hashed));
        Assert.Equal((1, 1), (one.Gathered, other.Gathered));
    }

    [Fact]
    public void The_fingerprint_depends_on_values_order_and_parts()
    {
        var splits = new DataSplits { Train = new Subset(Five, [0, 2, 3]), Validation = new Subset(Five, [1, 4]) };
        ArrayDataset changed = ArrayDataset.ForClassification(
            [.. Enumerable.Range(0, 10).Select(i => i == 9 ? 4 : 0.5f * i)], [0, 1, 1, 0, 1], new SampleShape(2), ["no", "yes"]);
        DataSplits[] others =
        [
            splits with { Validation = new Subset(changed, [1, 4]) },
            splits with { Validation = new Subset(Five, [4, 1]) },
            splits with { Validation = null, Test = splits.Validation },
            splits with { Validation = new ConcatDataset(new Subset(Five, [1]), new Subset(Five, [4])) },
            splits with { Train = new MapDataset(splits.Train, new SampleShape(2), (from, to) => to.Fill(from[0])) },
        ];
        string[] all = [DataFingerprint.Of(splits), .. others.Select(DataFingerprint.Of)];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public void Verify_accepts_a_fingerprint_of_the_first_version()
    {
        using var project = new ProjectFolder();
        project.Train("trainer.epochs=1", "--quiet").Ends(0);
        string manifest = Path.Combine(project.Run, "run.json");
        DataSplits data = Mnist.Load(new() { Root = project.Data }, new DatasetContext(42));
        string recorded = File.ReadAllText(manifest);
        Assert.Contains(DataFingerprint.Of(data), recorded, StringComparison.Ordinal);

        // The first version hashes the bytes of every part, one after the other.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, IDataset part) in data.Parts)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{name}\0{part.Count}\0"));
            part.AppendTo(hash);
        }

        string first = Convert.ToHexStringLower(hash.GetHashAndReset());
        File.WriteAllText(manifest, recorded.Replace(DataFingerprint.Of(data), first, StringComparison.Ordinal));
        project.Do("verify", project.Run).Ends(0);
        File.WriteAllText(manifest, Regex.Replace(recorded, "[0-9a-f]{64}", new string('0', 64)));
        Assert.Contains("The data is not the data that the run was trained on", project.Do("verify", project.Run).Ends(1).Out, StringComparison.Ordinal);
    }

    private sealed class CountingSet(IDataset inner) : IDataset
    {
        public int Hashed { get; private set; }

        public int Gathered { get; private set; }

        public int Count => inner.Count;

        public IReadOnlyList<Field> Fields => inner.Fields;

        public SampleShape SampleShape => inner.SampleShape;

        public IReadOnlyList<string> Classes => inner.Classes;

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
        {
            Gathered += indices.Length;
            inner.Gather(indices, scale, into);
        }

        public void AppendTo(IncrementalHash hash)
        {
            Hashed++;
            inner.AppendTo(hash);
        }
    }
}
