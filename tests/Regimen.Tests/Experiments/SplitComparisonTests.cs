using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Experiments;

/// <summary>Tests what <c>inspect data</c> says about the splits.</summary>
public sealed class SplitComparisonTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public void Samples_in_two_splits_are_found_with_their_places()
    {
        // Rows 3 and 9 of the test file are training rows, the second one with another class.
        _project.Folder.Write("train.csv", Table(40, i => i));
        _project.Folder.Write("test.csv", Table(11, i => i == 3 ? 17 : i == 9 ? 22 : i + 100).Replace(",c2", ",c1", StringComparison.Ordinal));
        string[] command = ["inspect", "data", "data=csv", $"data.path={_project.Folder["train.csv"]}", $"data.test_path={_project.Folder["test.csv"]}", "data.target=[class]", "data.validation_fraction=0"];
        JsonNode splits = _project.Do([.. command, "--json"]).Ends(0).Json["splits"]!;
        JsonNode repeated = Assert.Single(splits["repeated"]!.AsArray())!;
        Assert.Equal(("train", "test", 2, 1), ((string?)repeated["first"], (string?)repeated["second"], (int)repeated["samples"]!, (int)repeated["other_targets"]!));
        Assert.EndsWith("train.csv(19)", (string?)repeated["examples"]![0]!["first"], StringComparison.Ordinal);
        Assert.EndsWith("test.csv(5)", (string?)repeated["examples"]![0]!["second"], StringComparison.Ordinal);
        Assert.Equal(1.0, (double)splits["repeated_share"]!);
        Assert.Contains("2 samples of test have the inputs of a sample of train (1 with another target): ", _project.Do(command).Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_in_two_splits_are_found_whatever_their_format()
    {
        for (int i = 0; i < 9; i++)
        {
            _project.Folder.Write($"pictures/train/{(i % 2 == 0 ? "cat" : "dog")}/{i}.png", ImageBytes.GreyPng(2, 3, [(byte)i, 1, 2, 3, 4, 5]));
        }

        _project.Folder.Write("pictures/test/cat/same.bmp", ImageBytes.Bmp(2, 3, 7, 7, 7));
        _project.Folder.Write("pictures/test/cat/other.png", ImageBytes.GreyPng(2, 3, [90, 1, 2, 3, 4, 5]));
        _project.Folder.Write("pictures/train/dog/grey.png", ImageBytes.GreyPng(2, 3, [7, 7, 7, 7, 7, 7]));
        JsonNode splits = _project.Do("inspect", "data", "data=image_folder", $"data.root={_project.Folder["pictures"]}", "data.validation_fraction=0", "data.channels=1", "--json").Ends(0).Json["splits"]!;
        JsonNode repeated = Assert.Single(splits["repeated"]!.AsArray())!;
        Assert.EndsWith("same.bmp", (string?)repeated["examples"]![0]!["second"], StringComparison.Ordinal);
        Assert.EndsWith("grey.png", (string?)repeated["examples"]![0]!["first"], StringComparison.Ordinal);
        Assert.Equal(1, (int)repeated["other_targets"]!);
        Assert.Equal("dog", (string?)splits["missing_classes"]![0]!["classes"]![0]);
        Assert.Equal("test", (string?)splits["missing_classes"]![0]!["part"]);
    }

    [Fact]
    public void A_shifted_column_and_other_shares_of_classes_are_reported_and_equal_ones_are_not()
    {
        RandomStream random = RandomStream.For(3, RandomPurpose.Split);
        string train = Drifting(900, shift: 0, north: 0.5, ref random);
        _project.Folder.Write("train.csv", train);
        _project.Folder.Write("test.csv", Drifting(400, shift: 0.4, north: 0.1, ref random));
        string[] command = ["inspect", "data", "data=csv", $"data.path={_project.Folder["train.csv"]}", $"data.test_path={_project.Folder["test.csv"]}", "data.target=[class]", "data.validation_fraction=0.25"];
        JsonNode splits = _project.Do([.. command, "--json"]).Ends(0).Json["splits"]!;
        Assert.Equal(["test moved", "test place", "test target"], splits["drift"]!.AsArray().Where(d => (bool)d!["is_large"]!).Select(d => $"{d!["part"]} {d["column"]}").Order());
        Assert.Equal(8, splits["drift"]!.AsArray().Count);
        string text = _project.Do(command).Ends(0).Out;
        Assert.Contains("moved differs between train and test: Kolmogorov–Smirnov 0.", text, StringComparison.Ordinal);
        Assert.Contains("place differs between train and test: Cramér's V 0.", text, StringComparison.Ordinal);

        _project.Folder.Write("test.csv", Drifting(400, shift: 0, north: 0.5, ref random));
        Assert.Contains("splits  no sample is in two of them, no class is missing in one; the largest difference of a column is 0.0", _project.Do(command).Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_are_those_of_scipy()
    {
        PyTorch.SkipWhereMissing("scipy");
        RandomStream random = RandomStream.For(5, RandomPurpose.Split);
        (float[] First, float[] Second)[] samples = [.. Enumerable.Range(0, 12).Select(i => (Draw(31 + (i * 17), i, ref random), Draw(400 - (i * 29), 0, ref random)))];
        (long[] First, long[] Second)[] counts = [.. Enumerable.Range(0, 12).Select(i => (Counts(2 + i, ref random), Counts(2 + i, ref random)))];
        _project.Folder.Write("cases.txt", string.Join('\n', samples.Select(s => $"{Text(s.First)};{Text(s.Second)}").Concat(counts.Select(c => $"{string.Join(' ', c.First)};{string.Join(' ', c.Second)}"))));
        const string script =
            """
            import sys, numpy as np
            from scipy.stats import ks_2samp, chi2_contingency
            for i, line in enumerate(open(sys.argv[1])):
                a, b = [np.array([float(v) for v in part.split()]) for part in line.split(";")]
                if i < 12:
                    print(repr(float(ks_2samp(a, b).statistic)))
                else:
                    chi2, p, _, _ = chi2_contingency(np.stack([a, b]), correction=False)
                    print(repr(float(chi2)), repr(float(p)))
            """;
        double[] expected = PyTorch.Numbers(PyTorch.Run(script, _project.Folder["cases.txt"]));
        for (int i = 0; i < 12; i++)
        {
            Assert.Equal(expected[i], TwoSamples.KolmogorovSmirnov(samples[i].First, samples[i].Second), 14);
            (double statistic, double probability, double _) = TwoSamples.ChiSquare(counts[i].First, counts[i].Second);
            Assert.Equal(expected[12 + (2 * i)], statistic, expected[12 + (2 * i)] * 1e-12);
            Assert.Equal(expected[13 + (2 * i)], probability, expected[13 + (2 * i)] * 1e-9);
        }

        static string Text(float[] values) => string.Join(' ', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Known_values_of_the_statistics()
    {
        // Of the values at most 2, the first sample has 2 of 4, the second none of 3; of those at most 3, 4 of 4 and 1 of 3.
        Assert.Equal(1 - (1.0 / 3), TwoSamples.KolmogorovSmirnov([3, 1, 2, 3], [4, 3, 5]), 15);
        Assert.Equal(0, TwoSamples.KolmogorovSmirnov([1, 2], [2, 1, 1, 2]));

        // Equal shares; and nothing in common.
        Assert.Equal((0, 1, 0), TwoSamples.ChiSquare([2, 4, 0], [1, 2, 0]));
        Assert.Equal(30, TwoSamples.ChiSquare([10, 0], [0, 20]).Statistic, 12);
        Assert.Equal(1, TwoSamples.ChiSquare([10, 0], [0, 20]).CramersV, 12);

        // Q(1, x) = exp(−x); Q(1/2, x) = erfc(√x).
        Assert.Equal(Math.Exp(-0.3), TwoSamples.UpperGamma(1, 0.3), 14);
        Assert.Equal(Math.Exp(-30), TwoSamples.UpperGamma(1, 30), Math.Exp(-30) * 1e-12);
        Assert.Equal(0.15729920705028513, TwoSamples.UpperGamma(0.5, 1), 14);
    }

    [Fact]
    public void Of_many_samples_a_share_is_compared_and_equal_ones_are_still_found()
    {
        var train = ArrayDataset.ForRegression([.. Enumerable.Range(0, 4000).Select(i => (float)i)], new float[4000], new SampleShape(1), SampleShape.Scalar);
        var test = ArrayDataset.ForRegression([.. Enumerable.Range(0, 1500).Select(i => (float)(i + 3000))], new float[1500], new SampleShape(1), SampleShape.Scalar);
        using var hashes = new SampleHashes(5500, most: 1000);
        Assert.Equal(1.0 / 8, hashes.Share);
        foreach ((IDataset data, int part) in new (IDataset, int)[] { (train, 0), (test, 1) })
        {
            using var buffer = new BatchBuffer(data.Fields, data.Count);
            data.Gather([.. Enumerable.Range(0, data.Count)], ChannelScale.Identity, buffer);
            hashes.Add(part, 0, data.Count, data.Fields, buffer);
        }

        (int _, int _, int samples, int others, IReadOnlyList<(int First, int Second)> examples) = Assert.Single(hashes.Found);
        Assert.InRange(samples, 1000 / 8 / 2, 1000 / 8 * 2);
        Assert.Equal(0, others);
        Assert.All(examples, e => Assert.Equal(e.First, e.Second + 3000));
    }

    private static string Table(int rows, Func<int, int> value)
        => "a,b,class\n" + string.Concat(Enumerable.Range(0, rows).Select(value).Select(v => string.Create(CultureInfo.InvariantCulture, $"{v * 0.37:R},{v % 7},c{(v == 22 ? 2 : v % 2)}\n")));

    private static string Drifting(int rows, double shift, double north, ref RandomStream random)
    {
        var lines = new List<string> { "still,moved,place,class" };
        for (int i = 0; i < rows; i++)
        {
            bool isNorth = random.NextDouble() < north;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{random.NextDouble():R},{random.NextDouble() + shift:R},{(isNorth ? "north" : "south")},{(random.NextDouble() < north ? "a" : "b")}"));
        }

        return string.Join('\n', lines) + "\n";
    }

    private static float[] Draw(int count, int shift, ref RandomStream random)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            // With ties.
            values[i] = MathF.Round((float)((random.NextDouble() * 9) + (shift * 0.2)), 1);
        }

        return values;
    }

    private static long[] Counts(int categories, ref RandomStream random)
    {
        var counts = new long[categories];
        for (int i = 0; i < categories; i++)
        {
            counts[i] = 1 + random.NextInt32(60);
        }

        return counts;
    }
}
