using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using Regimen.Optimization;

namespace Regimen.Tests.Configuration;

public enum FakeMode
{
    Slow,
    VeryFast,
}

/// <summary>An optimizer with a key of every type; see <see cref="FakeBlock"/>.</summary>
[Optimizer("fake_optimizer")]
public sealed record FakeOptimizer : OptimizerOptions, IValidatableObject
{
    /// <summary>The count.</summary>
    [Range(1, 100)]
    public int Count { get; init; } = 3;

    public long Big { get; init; }

    [LegacyDefault("old")]
    public string Added { get; init; } = "new";

    public ulong Huge { get; init; }

    public float Single { get; init; } = 0.1f;

    public bool Flag { get; init; }

    public FakeMode Mode { get; init; } = FakeMode.VeryFast;

    public FakeMode? MaybeMode { get; init; }

    public string Text { get; init; } = "some";

    public string? MaybeText { get; init; }

    [StringLength(5, MinimumLength = 2)]
    public string Short { get; init; } = "abc";

    [Range(0, 10, MinimumIsExclusive = true)]
    public double? MaybeRate { get; init; }

    [MinLength(1)]
    public IReadOnlyList<int> Sizes { get; init; } = [1, 2];

    public ImmutableArray<string> Words { get; init; } = ["a"];

    public bool[] Flags { get; init; } = [];

    public int TMax { get; init; } = 10;

    public FakeBlock Block { get; init; } = FakeBlock.Usual;

    [ConfigIgnore]
    public int Ignored { get; init; }

    public int Computed => Count * 2;

    protected internal override void Update(OptimizerStep step) => throw new NotSupportedException();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Big > 0 && Count == 1)
        {
            yield return new ValidationResult("Nothing big is counted once", [nameof(Big)]);
        }
    }
}

/// <summary>A nested record.</summary>
public sealed record FakeBlock
{
    public static FakeBlock Usual { get; } = new() { Width = 5 };

    [Range(1, 9)]
    public int Width { get; init; } = 1;

    public FakeInnerBlock Inner { get; init; } = new();
}

public sealed record FakeInnerBlock
{
    public double Slope { get; init; } = 0.5;
}
