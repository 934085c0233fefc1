using System.Globalization;
using System.Text.Json.Nodes;

namespace Regimen.Data;

/// <summary>How the targets of a regression are scaled for the objective.</summary>
public enum TargetScaling
{
    /// <summary>No scaling.</summary>
    None,

    /// <summary>Minus the mean, divided by the standard deviation.</summary>
    Standard,

    /// <summary>The logarithm of 1 + value, then <see cref="Standard"/>; for values above −1 that span orders of magnitude.</summary>
    Log,
}

/// <summary>Scales the targets of a regression: <c>(value − mean) / std</c> for each target value, of the values themselves or of
/// <c>log(1 + value)</c>.</summary>
/// <remarks>Mean and standard deviation (divided by the count) are those of the training samples. A constant value gets a standard deviation
/// of 1, as in scikit-learn's <c>StandardScaler</c>. All arithmetic is in double precision; only the scaled value is rounded to float32. A
/// model's metadata holds the scale, so the model's file alone is enough to predict in the targets' own units.</remarks>
public sealed record TargetScale
{
    /// <summary>The name of <see cref="Describe"/>'s result among a model's pre-processing steps.</summary>
    public const string StepName = "scale_target";

    private readonly double[] _mean;
    private readonly double[] _std;

    /// <summary>Creates a scale from means and standard deviations.</summary>
    /// <param name="type">Whether the values or their logarithms are standardised.</param>
    /// <param name="mean">One mean for all target values of a sample, or one for each.</param>
    /// <param name="std">As many standard deviations, above 0.</param>
    /// <exception cref="ArgumentException">The lists differ in length or are empty, a standard deviation is not above 0, or the type is
    /// <see cref="TargetScaling.None"/>.</exception>
    public TargetScale(TargetScaling type, IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        if (type == TargetScaling.None || mean.Count == 0 || mean.Count != std.Count || !mean.All(double.IsFinite) || !std.All(s => double.IsFinite(s) && s > 0))
        {
            throw new ArgumentException("A target scale needs a type other than none, and as many finite means as standard deviations above 0.", nameof(std));
        }

        Type = type;
        _mean = [.. mean];
        _std = [.. std];
    }

    /// <summary>Whether the values or their logarithms are standardised.</summary>
    public TargetScaling Type { get; }

    /// <summary>The means: one for all target values of a sample, or one for each.</summary>
    public IReadOnlyList<double> Mean => _mean;

    /// <summary>The standard deviations, one for each mean.</summary>
    public IReadOnlyList<double> Std => _std;

    /// <summary>A description for the screen and the log.</summary>
    public string Summary => Type == TargetScaling.Log
        ? "log(1 + target), standardised; losses are of scaled targets, metrics in the targets' own units"
        : "standardised; losses are of scaled targets, metrics in the targets' own units";

    /// <summary>Returns the scale of a data set's targets; null if they are in their own units.</summary>
    public static TargetScale? Of(IDataset data) => data.Fields.FirstOrDefault(f => f.Name == Field.Target)?.Scale;

    /// <summary>Computes the scale of the training samples' targets.</summary>
    /// <param name="type">Whether the values or their logarithms are standardised; for <see cref="TargetScaling.None"/> null is returned.</param>
    /// <param name="targets">The target values of the training samples, one sample after the other.</param>
    /// <param name="groups">The number of means: 1 for one over all values, or the number of target values of a sample.</param>
    /// <exception cref="ArgumentException">There are no targets, or one is outside the logarithm's domain.</exception>
    public static TargetScale? Fit(TargetScaling type, IEnumerable<double> targets, int groups)
    {
        if (type == TargetScaling.None)
        {
            return null;
        }

        var moments = new RunningStatistics[groups];
        int at = 0;
        foreach (double target in targets)
        {
            double value = type == TargetScaling.Log ? Logarithm.OfOnePlus(target) : target;
            if (!double.IsFinite(value))
            {
                throw new ArgumentException($"Expected targets {Domain(type)}; received {target.ToString(CultureInfo.InvariantCulture)}.", nameof(targets));
            }

            moments[at++ % groups].Add(value);
        }

        return moments.All(m => m.Count > 0)
            ? new TargetScale(type, [.. moments.Select(m => m.Mean)], [.. moments.Select(m => m.Std > 0 ? m.Std : 1)])
            : throw new ArgumentException("Expected at least one sample.", nameof(targets));
    }

    /// <summary>Whether a target can be scaled.</summary>
    public static bool IsInDomain(TargetScaling type, double value) => type != TargetScaling.Log || value > -1;

    /// <summary>Returns the problem of a target that can't be scaled.</summary>
    internal static Problem OutsideDomain(TargetScaling type, double value, string where) => new("A target is outside the domain of data.scale_target")
    {
        Where = where,
        Expected = $"a number {Domain(type)}, for data.scale_target={type.ToString().ToLowerInvariant()}",
        Received = value.ToString(CultureInfo.InvariantCulture),
        Hint = "data.scale_target=standard accepts every number.",
    };

    /// <summary>Refuses a logarithm requested for targets that are not numbers. The default is allowed, because it applies to numbers only.</summary>
    /// <exception cref="RequestException">The logarithm of classes or labels is requested.</exception>
    internal static void RequireNumbers(TargetScaling type, bool areNumbers)
    {
        if (type == TargetScaling.Log && !areNumbers)
        {
            throw new RequestException(new Problem("Only numeric targets can be scaled")
            {
                Where = "data.scale_target",
                Expected = "standard or none where targets are classes or labels",
                Received = "log",
                Hint = "For numeric targets choose objective=mse or objective=huber.",
            });
        }
    }

    /// <summary>Scales a target for the objective.</summary>
    /// <param name="value">A target in its own units.</param>
    /// <param name="output">Its index among the target values of a sample.</param>
    public float To(double value, int output)
    {
        int group = Group(output);
        return (float)(((Type == TargetScaling.Log ? Logarithm.OfOnePlus(value) : value) - _mean[group]) / _std[group]);
    }

    /// <summary>Converts a prediction or a scaled target back to the targets' own units.</summary>
    /// <param name="scaled">A prediction or a scaled target.</param>
    /// <param name="output">Its index among the target values of a sample.</param>
    public double From(double scaled, int output)
    {
        int group = Group(output);
        double value = (scaled * _std[group]) + _mean[group];
        return Type == TargetScaling.Log ? Logarithm.ExpLessOne(value) : value;
    }

    /// <summary>Returns the scale for a model's metadata; <see cref="Parse"/> reads it.</summary>
    public JsonObject Describe() => new()
    {
        ["name"] = StepName,
        ["type"] = Type.ToString().ToLowerInvariant(),
        ["mean"] = new JsonArray([.. _mean.Select(m => JsonValue.Create(m))]),
        ["std"] = new JsonArray([.. _std.Select(s => JsonValue.Create(s))]),
    };

    /// <summary>Reads the result of <see cref="Describe"/>.</summary>
    /// <exception cref="RequestException">It is not a target scale.</exception>
    public static TargetScale Parse(JsonObject step)
    {
        try
        {
            return step["name"]!.GetValue<string>() == StepName
                ? new TargetScale(Enum.Parse<TargetScaling>(step["type"]!.GetValue<string>(), ignoreCase: true), Numbers(step["mean"]!), Numbers(step["std"]!))
                : throw new FormatException($"not the name '{StepName}'");
        }
        catch (Exception exception) when (exception is NullReferenceException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new RequestException(new Problem("This is not a target scale") { Received = step.ToJsonString() }, exception);
        }

        static double[] Numbers(JsonNode list) => [.. list.AsArray().Select(n => n!.GetValue<double>())];
    }

    /// <inheritdoc/>
    public bool Equals(TargetScale? other) => other is not null && Type == other.Type && _mean.SequenceEqual(other._mean) && _std.SequenceEqual(other._std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, _mean[0], _std[0]);

    private static string Domain(TargetScaling type) => type == TargetScaling.Log ? "above -1" : "that is finite";

    private int Group(int output) => _mean.Length == 1 ? 0 : output;
}
