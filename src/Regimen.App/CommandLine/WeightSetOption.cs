using System.CommandLine;
using Regimen.Experiments;

namespace Regimen.App.CommandLine;

/// <summary>The option that chooses between the averaged and the raw weights of a run.</summary>
internal static class WeightSetOption
{
    private static readonly string[] Names = ["averaged", "raw"];

    public static Option<string?> Build() => new("--weights")
    {
        Description = "For a run that averaged its weights: the averaged ones, or the raw ones as trained; default: the averaged ones if there are any.",
        HelpName = "averaged|raw",
    };

    /// <exception cref="RequestException">The value is neither.</exception>
    public static WeightSet Read(string? value) => value switch
    {
        null => WeightSet.Final,
        "averaged" => WeightSet.Averaged,
        "raw" => WeightSet.Raw,
        _ => throw new RequestException(new Problem("Unknown set of weights") { Where = "--weights", Expected = "averaged or raw", Received = value, Hint = Spelling.DidYouMean(value, Names) }),
    };
}
