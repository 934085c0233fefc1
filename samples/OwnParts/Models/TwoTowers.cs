using System.ComponentModel.DataAnnotations;
using Regimen.Models;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;

namespace OwnParts.Models;

/// <summary>Two inputs: a tower for the user, a tower for the item, and a rating from both.</summary>
[Model("two_towers")]
public sealed class TwoTowers : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Linear user;
    private readonly Linear item;
    private readonly Linear rating;

    public sealed record Options
    {
        /// <summary>Units of each tower.</summary>
        [Range(1, 4096)]
        public int Width { get; init; } = 16;
    }

    public TwoTowers(Options options, ModelContext context)
        : base(nameof(TwoTowers))
    {
        user = nn.Linear(context.Input("user").Shape.Elements, options.Width);
        item = nn.Linear(context.Input("item").Shape.Elements, options.Width);
        rating = nn.Linear(2 * options.Width, context.Outputs);
        RegisterComponents();
    }

    /// <summary>One rating for each pair, <c>[batch, 1]</c>.</summary>
    /// <param name="users">Float32 <c>[batch, user features]</c>.</param>
    /// <param name="items">Float32 <c>[batch, item features]</c>.</param>
    public override Tensor forward(Tensor users, Tensor items)
        => rating.call(cat([user.call(users).relu(), item.call(items).relu()], 1));
}
