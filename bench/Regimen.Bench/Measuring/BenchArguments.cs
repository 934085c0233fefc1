using System.Globalization;

namespace Regimen.Bench.Measuring;

/// <summary>The parsed command line.</summary>
/// <param name="Sections">The sections to run; all if none is named.</param>
/// <param name="Pairs">The number of pairs per row; null for each row's default.</param>
/// <param name="Only">A text that the work or the peer of a row must contain; null for all rows.</param>
/// <param name="Json">Whether to write one JSON document instead of lines.</param>
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
