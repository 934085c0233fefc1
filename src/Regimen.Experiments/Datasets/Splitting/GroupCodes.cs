using System.Globalization;

namespace Regimen.Datasets;

/// <summary>Numbers groups in the order of their names: by value where all are numbers, else in ordinal order.</summary>
internal static class GroupCodes
{
    /// <summary>Returns the number of each sample's group, from 0.</summary>
    /// <param name="names">The name of each sample's group.</param>
    public static int[] Of(IReadOnlyList<string> names)
    {
        string[] all = [.. names.Distinct(StringComparer.Ordinal)];
        double[] numbers = [.. all.Select(n => double.TryParse(n, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        IEnumerable<string> sorted = numbers.All(double.IsFinite)
            ? all.Zip(numbers).OrderBy(n => n.Second).ThenBy(n => n.First, StringComparer.Ordinal).Select(n => n.First)
            : all.Order(StringComparer.Ordinal);
        Dictionary<string, int> codeOf = sorted.Index().ToDictionary(n => n.Item, n => n.Index, StringComparer.Ordinal);
        return [.. names.Select(n => codeOf[n])];
    }
}
