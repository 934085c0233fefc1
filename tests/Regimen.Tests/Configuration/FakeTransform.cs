using System.ComponentModel.DataAnnotations;
using Regimen.Data;
using Regimen.Reproducibility;
using Regimen.Transforms;

namespace Regimen.Tests.Configuration;

/// <summary>A transform with a required key and nested transforms.</summary>
[Transform("fake_pad")]
public sealed record FakePad : Transform, IValidatableObject
{
    /// <summary>Pixels on each side.</summary>
    [Range(1, 64)]
    public required int Padding { get; init; }

    public FakeMode Mode { get; init; }

    public IReadOnlyList<double> Fill { get; init; } = [0];

    public FakeBlock Block { get; init; } = new();

    [MaxLength(2)]
    public IReadOnlyList<Transform> Inner { get; init; } = [];

    public override void Apply(ReadOnlySpan<float> input, Span<float> output, SampleShape shape, ref RandomStream random) => input.CopyTo(output);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Padding == 13)
        {
            yield return new ValidationResult("Thirteen brings bad luck", [nameof(Padding)]);
        }
    }
}
