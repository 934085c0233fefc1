using System.Text.RegularExpressions;

namespace Regimen.FineTuning;

/// <summary>Renames the tensors of a file by the rules of <see cref="InitOptions.Rename"/>.</summary>
internal sealed class NameMapping
{
    private readonly (string From, string To, Regex? Pattern)[] _rules;

    public NameMapping(IReadOnlyDictionary<string, string> rename)
        => _rules = [.. rename.Select(r => (r.Key, r.Value, r.Key.Contains('*', StringComparison.Ordinal)
            ? new Regex($@"\A{NamePattern.Body(r.Key, "([\\s\\S]*)")}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)
            : null))];

    /// <summary>Returns a problem for each rule that can't be applied, renames nothing, or gives two tensors the same name.</summary>
    public IEnumerable<Problem> Check(IReadOnlyCollection<string> names)
    {
        foreach ((string from, string to, Regex? pattern) in _rules)
        {
            if (to.Count(c => c == '*') > from.Count(c => c == '*'))
            {
                yield return new Problem($"`{from}: {to}` has more * on its right than on its left") { Where = "init.rename", Hint = "Each * on the right is the text of one on the left, in their order." };
            }
            else if (!names.Any(n => Matches(n, from, pattern)))
            {
                yield return new Problem($"`{from}` matches no tensor of the file")
                {
                    Where = "init.rename",
                    Expected = $"a prefix of its names, or a pattern with *: {NamePattern.Listed(names)}",
                    Received = from,
                };
            }
        }

        foreach (IGrouping<string, string> same in names.GroupBy(Apply).Where(g => g.Count() > 1 || g.Key.Length == 0))
        {
            yield return new Problem(same.Key.Length == 0 ? $"'{same.First()}' would have no name" : $"Two tensors would be named '{same.Key}'")
            {
                Where = "init.rename",
                Received = string.Join(" and ", same.Take(2)),
            };
        }
    }

    /// <summary>Returns a name after the first rule that matches it.</summary>
    public string Apply(string name)
    {
        foreach ((string from, string to, Regex? pattern) in _rules)
        {
            if (!Matches(name, from, pattern))
            {
                continue;
            }

            if (pattern is null)
            {
                string rest = name[from.Length..];
                return to.Length == 0 ? rest.TrimStart('.') : to + rest;
            }

            Match match = pattern.Match(name);
            int star = 0;
            return string.Concat(to.Select(c => c == '*' ? match.Groups[++star].Value : c.ToString()));
        }

        return name;
    }

    private static bool Matches(string name, string from, Regex? pattern)
        => pattern?.IsMatch(name) ?? (name == from || name.StartsWith($"{from}.", StringComparison.Ordinal));
}
