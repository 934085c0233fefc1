using Regimen.Data;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Data;

/// <summary>Expected folds: those of scikit-learn 1.2.1 for the same samples.</summary>
public sealed class FoldsTests
{
    private static readonly int[] Classes = [2, 0, 1, 1, 0, 2, 2, 1, 1, 0, 1, 2, 1];
    private static readonly int[] Groups = [5, 5, 1, 2, 2, 2, 7, 7, 3, 3, 3, 9, 8];

    [Fact]
    public void Folds_are_those_of_scikit_learn()
    {
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3], Folds.Plain(11, 4));
        Assert.Equal([0, 0, 0, 0, 1, 0, 1, 1, 1, 2, 2, 2, 2], Folds.Stratified(Classes, 3));
        Assert.Equal([2, 2, 0, 1, 1, 1, 2, 2, 0, 0, 0, 0, 1], Folds.Grouped(Groups, 3));
        Assert.Equal([2, 2, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2], Folds.StratifiedGrouped(Classes, Groups, 3));
    }

    [Fact]
    public void Folds_of_random_samples_are_those_of_scikit_learn()
    {
        PyTorch.SkipWhereMissing("sklearn");
        RandomStream random = RandomStream.For(7, RandomPurpose.Split);
        var cases = new List<(int Folds, int[] Classes, int[] Groups)>();
        for (int i = 0; i < 60; i++)
        {
            // Up to 16 groups: NumPy's sort, which GroupKFold uses, keeps the order of more groups of one size by chance only.
            (int samples, int classes, int groups) = (41 + random.NextInt32(160), 2 + random.NextInt32(12), 6 + random.NextInt32(10));
            cases.Add((2 + random.NextInt32(4), Draw(samples, classes), Draw(samples, groups)));
        }

        const string script =
            """
            import sys, warnings, numpy as np
            from sklearn.model_selection import KFold, StratifiedKFold, GroupKFold, StratifiedGroupKFold
            warnings.simplefilter("ignore")
            for line in open(sys.argv[1]):
                k, y, g = [[int(v) for v in part.split()] for part in line.split(";")]
                y, g = np.array(y), np.array(g)
                for splitter in KFold, StratifiedKFold, GroupKFold, StratifiedGroupKFold:
                    fold = np.full(len(y), -1)
                    for i, (_, test) in enumerate(splitter(k[0]).split(np.zeros((len(y), 1)), y, g)):
                        fold[test] = i
                    print(*fold)
            """;
        using var folder = new TemporaryFolder();
        folder.Write("cases.txt", string.Join('\n', cases.Select(c => $"{c.Folds};{string.Join(' ', c.Classes)};{string.Join(' ', c.Groups)}")));
        string[] expected = PyTorch.Run(script, folder["cases.txt"]).TrimEnd().Split('\n');
        Assert.Equal(4 * cases.Count, expected.Length);
        for (int i = 0; i < cases.Count; i++)
        {
            (int folds, int[] classes, int[] groups) = cases[i];
            int[][] ours = [Folds.Plain(classes.Length, folds), Folds.Stratified(classes, folds), Folds.Grouped(groups, folds), Folds.StratifiedGrouped(classes, groups, folds)];
            Assert.Equal(expected[(4 * i)..((4 * i) + 4)], ours.Select(f => string.Join(' ', f)));
        }

        int[] Draw(int samples, int values) => [.. Enumerable.Range(0, samples).Select(i => i < values ? i : random.NextInt32(1 + random.NextInt32(values)))];
    }

    [Fact]
    public void A_repeat_is_the_folds_of_the_samples_in_another_order()
    {
        int[] first = Folds.Of(Classes.Length, 3, seed: 5, classes: Classes);
        Assert.Equal(first, Folds.Of(Classes.Length, 3, seed: 5, repeat: 1, Classes));
        Assert.NotEqual(first, Folds.Of(Classes.Length, 3, seed: 5, repeat: 2, Classes));
        Assert.NotEqual(first, Folds.Of(Classes.Length, 3, seed: 6, repeat: 1, Classes));

        int[] order = [.. Enumerable.Range(0, Classes.Length)];
        RandomStream.For(5, RandomPurpose.Split, epoch: 2).Shuffle(order);
        int[] inOrder = Folds.Stratified([.. order.Select(i => Classes[i])], 3);
        int[] second = Folds.Of(Classes.Length, 3, seed: 5, repeat: 2, Classes);
        Assert.Equal(inOrder, order.Select(i => second[i]));

        Assert.Equal(Folds.Grouped(Groups, 3), Folds.Of(Groups.Length, 3, seed: 5, groups: Groups));
        Assert.NotEqual(Folds.Grouped(Groups, 3), Folds.Of(Groups.Length, 3, seed: 5, repeat: 2, groups: Groups));
    }

    [Fact]
    public void A_data_set_is_divided_into_training_and_test_samples()
    {
        var set = ArrayDataset.ForClassification([.. Enumerable.Range(0, 13).Select(i => (float)i)], Classes, new SampleShape(1), ["a", "b", "c"]);
        IReadOnlyList<(Subset Train, Subset Test)> folds = Folds.Split(set, 3, seed: 1, stratified: true, groups: Groups);
        Assert.Equal(Enumerable.Range(0, 13), folds.SelectMany(f => f.Test.Indices.ToArray()).Order());
        Assert.All(folds, f =>
        {
            Assert.Equal(Enumerable.Range(0, 13), f.Train.Indices.ToArray().Concat(f.Test.Indices.ToArray()).Order());
            Assert.Empty(f.Train.Indices.ToArray().Select(i => Groups[i]).Intersect(f.Test.Indices.ToArray().Select(i => Groups[i])));
        });
    }

    [Fact]
    public void Too_few_samples_are_refused()
    {
        Assert.Contains("at least 4 samples, one for each fold; received 3", Assert.Throws<ArgumentException>(() => Folds.Plain(3, 4)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 7 samples of the largest class", Assert.Throws<ArgumentException>(() => Folds.Stratified(Classes, 7)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 8 groups", Assert.Throws<ArgumentException>(() => Folds.Grouped(Groups, 8)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Folds.Plain(3, 1));
        var set = ArrayDataset.ForRegression(new float[5], new float[5], new SampleShape(1), SampleShape.Scalar);
        Assert.Throws<ArgumentException>(() => Folds.Split(set, 2, seed: 1, groups: [1, 2]));
        Assert.Throws<ArgumentException>(() => set.Split([0.5, 0.5], seed: 1, groups: [1]));
    }

    [Theory]
    [InlineData(11, 0.2, 0.2)]
    [InlineData(200, 0.15, 0.1)]
    [InlineData(40, 0.3, 0)]
    public void No_group_is_in_two_parts(int groups, double validation, double test)
    {
        RandomStream random = RandomStream.For(3, RandomPurpose.Split);
        int[] groupOf = [.. Enumerable.Range(0, 7 * groups).Select(i => i < groups ? i : random.NextInt32(groups))];
        int[] classes = [.. groupOf.Select((g, i) => (g + (i % 3)) % 4)];
        var seen = new HashSet<string>();
        for (ulong seed = 0; seed < 20; seed++)
        {
            int[][] parts = RandomSplit.Parts(groupOf.Length, [test, validation, 1 - test - validation], seed, classes, training: 2, groupOf);
            Assert.Equal(Enumerable.Range(0, groupOf.Length), parts.SelectMany(p => p).Order());
            Assert.Equal(groups, parts.Sum(p => p.Select(i => groupOf[i]).Distinct().Count()));
            Assert.All(parts.Zip([test, validation, 1 - test - validation]), p =>
            {
                // As near as the smallest groups allow.
                Assert.InRange(p.First.Length, (groupOf.Length * p.Second) - 12, (groupOf.Length * p.Second) + 12);
                Assert.Equal(p.Second > 0, p.First.Length > 0);
            });
            Assert.Equal(parts, RandomSplit.Parts(groupOf.Length, [test, validation, 1 - test - validation], seed, classes, training: 2, groupOf));
            seen.Add(string.Join(' ', parts[1]));
        }

        Assert.InRange(seen.Count, 2, 20);
    }

    [Fact]
    public void Groups_are_numbered_in_the_order_of_their_names()
    {
        Assert.Equal([2, 0, 1, 2], Regimen.Datasets.GroupCodes.Of(["10", "2", "3.5", "10"]));
        Assert.Equal([1, 2, 0, 1], Regimen.Datasets.GroupCodes.Of(["p10", "p2", "Z", "p10"]));
    }
}
