using System.Globalization;
using Regimen.Tests.TestKit;
using Regimen.Tuning;

namespace Regimen.Tests.Tuning;

public sealed class RateCurveTests
{
    private static readonly RateRange Range = new() { From = 1e-6, To = 1, Steps = 97 };

    [Fact]
    public void Rates_grow_by_the_same_factor_from_the_first_to_the_last()
    {
        Assert.Equal(1e-6, Range.At(1), 1e-20);
        Assert.Equal(1, Range.At(97), 1e-12);
        Assert.Equal(Range.At(2) / Range.At(1), Range.At(97) / Range.At(96), 1e-12);
    }

    /// <summary>The script has fastai's formulas, written for PyTorch.</summary>
    [Fact]
    public void Smoothing_and_suggestion_equal_those_of_the_formulas_in_pytorch()
    {
        PyTorch.SkipWhereMissing();
        double[] losses = [.. Enumerable.Range(0, 97).Select(i => 2.3 - (1.7 / (1 + Math.Exp((55 - i) / 6.0))) + (0.05 * Math.Sin(i * 1.3)) + Math.Pow(Math.Max(0, i - 85), 2))];
        var curve = RateCurve.Of(Range, losses, diverged: true);
        double[] expected = PyTorch.Numbers(PyTorch.Run(
            $$"""
            import torch
            losses = torch.tensor([{{string.Join(", ", losses.Select(l => l.ToString("R", CultureInfo.InvariantCulture)))}}], dtype=torch.float64)
            rates = torch.tensor([1e-6 * 1e6 ** (i / 96) for i in range(97)], dtype=torch.float64)
            mean, smoothed = 0.0, []
            for i, loss in enumerate(losses):
                mean = 0.98 * mean + 0.02 * loss
                smoothed.append(mean / (1 - 0.98 ** (i + 1)))
            smoothed = torch.stack(smoothed)
            r, s = rates[97 // 10:-5], smoothed[97 // 10:-5]
            grads = (s[1:] - s[:-1]) / (r[1:].log() - r[:-1].log())
            print(r[grads.argmin()].item(), rates[smoothed.argmin()].item(), *smoothed.tolist())
            """));
        Assert.Equal(expected[0], curve.Suggested!.Value, expected[0] * 1e-9);
        Assert.Equal(expected[1], curve.LowestAt, expected[1] * 1e-9);
        Assert.All(expected.Skip(2).Zip(curve.Smoothed), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    [Fact]
    public void A_loss_that_never_falls_suggests_nothing()
        => Assert.Null(RateCurve.Of(Range, [.. Enumerable.Range(0, 97).Select(i => 1 + (i * 0.01))], diverged: false).Suggested);

    [Fact]
    public void Too_few_losses_are_refused()
    {
        WorkFailedException failure = Assert.Throws<WorkFailedException>(() => RateCurve.Of(Range, [2, 9, 40], diverged: true));
        Assert.Contains("diverged before a curve could be seen", failure.Message, StringComparison.Ordinal);
    }
}
