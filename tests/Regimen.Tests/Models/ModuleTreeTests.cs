using Regimen.Data;
using Regimen.Inspection;
using Regimen.Layers;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class ModuleTreeTests
{
    [Fact]
    public void Modules_are_listed_below_the_module_that_they_are_in()
    {
        using var model = new Attending();
        var summary = ModelSummary.Of(model, new SampleShape(7, 4));
        Assert.Equal(
            ["0 embed Sequential 20", "1 embed.0 Linear 20", "0 attention Attention 24", "1 attention.query Linear 12", "1 attention.key Linear 12", "0 recurrent GRU 270", "0 head Linear 18"],
            summary.Modules.Select(m => $"{m.Depth} {m.Name} {m.Kind} {m.Parameters}"));
        Assert.Equal([1L, 7, 4], summary.Modules.Single(m => m.Name == "embed").OutputShape);
    }

    [Fact]
    public void A_block_counts_its_own_products_and_a_recurrent_layer_its_time_steps()
    {
        using var model = new Attending();
        var summary = ModelSummary.Of(model, new SampleShape(7, 4));
        Assert.Null(summary.Failure);
        Dictionary<string, long?> work = summary.Modules.ToDictionary(m => m.Name, m => m.MultiplyAdds);

        // Queries and keys: 7 positions with 4·3 products each. The block's own: 7·7·3 for the scores.
        Assert.Equal((84L, 84L, 84L + 84 + 147), (work["attention.query"], work["attention.key"], work["attention"]));

        // GRU: three gates, 7 time steps, weights [18, 7] and [18, 6].
        Assert.Equal(7L * 18 * (7 + 6), work["recurrent"]);
        Assert.Equal(summary.MultiplyAdds, summary.Modules.Where(m => m.Depth == 0).Sum(m => m.MultiplyAdds!.Value));
    }

    [Fact]
    public void A_layer_that_is_not_called_leaves_the_sum_unknown()
    {
        using var model = nn.Sequential(("outer", nn.Sequential(("used", nn.Linear(4, 2)))));
        var summary = ModelSummary.Of(model, new SampleShape(5));
        Assert.All(summary.Modules, m => Assert.Null(m.MultiplyAdds));
    }

    private sealed class Attending : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> embed;
        private readonly Attention attention;
        private readonly TorchSharp.Modules.GRU recurrent;
        private readonly nn.Module<Tensor, Tensor> head;

        public Attending()
            : base(nameof(Attending))
        {
            embed = nn.Sequential(nn.Linear(4, 4));
            attention = new Attention();
            recurrent = nn.GRU(7, 6, batchFirst: true);
            head = nn.Linear(6, 3, hasBias: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            (Tensor output, _) = recurrent.call(attention.call(embed.call(input)), null!);
            return head.call(output.select(1, -1));
        }
    }

    /// <summary>Returns the scores of queries and keys <c>[batch, 7, 7]</c>.</summary>
    private sealed class Attention : nn.Module<Tensor, Tensor>, ICountsMultiplyAdds
    {
        private readonly nn.Module<Tensor, Tensor> query;
        private readonly nn.Module<Tensor, Tensor> key;

        public Attention()
            : base(nameof(Attention))
        {
            query = nn.Linear(4, 3, hasBias: false);
            key = nn.Linear(4, 3, hasBias: false);
            RegisterComponents();
        }

        public long MultiplyAdds(Tensor input, Tensor output) => output.numel() * 3;

        public override Tensor forward(Tensor input) => query.call(input).matmul(key.call(input).transpose(1, 2));
    }
}
