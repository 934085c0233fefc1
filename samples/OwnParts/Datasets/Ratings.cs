using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Reproducibility;
using static TorchSharp.torch;

namespace OwnParts.Datasets;

/// <summary>Ratings of items by users: two inputs and a number.</summary>
public static class Ratings
{
    public sealed record Options
    {
        /// <summary>Pairs of a user and an item.</summary>
        [Range(10, 1_000_000)]
        public int Count { get; init; } = 1003;
    }

    [Dataset("ratings")]
    public static DataSplits Load(Options options, DatasetContext context)
    {
        RandomStream random = RandomStream.For(seed: 1, RandomPurpose.Split);
        var users = new float[options.Count, 5];
        var items = new float[options.Count, 3];
        var ratings = new float[options.Count];
        for (int i = 0; i < options.Count; i++)
        {
            for (int f = 0; f < 5; f++)
            {
                users[i, f] = (float)((2 * random.NextDouble()) - 1);
            }

            for (int f = 0; f < 3; f++)
            {
                items[i, f] = (float)((2 * random.NextDouble()) - 1);
            }

            ratings[i] = users[i, 0] + (items[i, 1] * items[i, 1]) + (0.5f * users[i, 2]);
        }

        var all = new TensorDataset([("user", tensor(users)), ("item", tensor(items)), ("target", tensor(ratings))]);
        IReadOnlyList<Subset> parts = all.Split([0.7, 0.15, 0.15], context.Seed);
        return new DataSplits { Train = parts[0], Validation = parts[1], Test = parts[2] };
    }
}
