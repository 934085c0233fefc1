using System.Globalization;

namespace Regimen.Bench.Measuring;

/// <summary>What the command line asks for.</summary>
/// <param name="Sections">What to measure; without a name, everything.</param>
/// <param name="Pairs">How many pairs a row has; null for each row's own number.</param>
/// <param name="Only">Only rows whose work or peer has this text; null for all.</param>
/// <param name="Json">One JSON document instead of lines.</param>
internal sealed record BenchArguments(IReadOnlyList<string> Sections, int? Pairs, string? Only, bool Json)
{
    public static BenchArguments Parse(string[] args, IEnumerable<string> known)
    {
        var sections = new List<string>();
        (int? pairs, string? only, bool json) = (null, null, false);
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--json":
                    json = true;
                    break;
                case "--pairs":
                    pairs = int.Parse(args[++i], CultureInfo.InvariantCulture);
                    break;
                case "--only":
                    only = args[++i];
                    break;
                case var name when known.Contains(name):
                    sections.Add(name);
                    break;
                default:
                    throw new ArgumentException($"Expected one of {string.Join(", ", known)}, --pairs N, --only TEXT or --json; received {args[i]}.");
            }
        }

        return new(sections.Count > 0 ? sections : [.. known], pairs, only, json);
    }
}
