namespace Regimen.FineTuning;

/// <summary>Describes why the tensors of a file do not fit a model, with the nearest names and the setting that helps.</summary>
internal static class InitProblems
{
    private const int Shown = 6;

    /// <param name="path">The file.</param>
    /// <param name="missing">The missing names.</param>
    /// <param name="plan">The pairs.</param>
    public static IEnumerable<Problem> Of(string path, IReadOnlyList<string> missing, InitPlan plan)
    {
        if (PrefixHint(missing, plan.Unexpected) is { } prefix)
        {
            // One reason for all names.
            yield return new Problem($"{Count(missing.Count)} of the model {(missing.Count == 1 ? "is" : "are")} not in the file under the same name")
            {
                Where = path,
                Expected = NamePattern.Listed(missing),
                Received = NamePattern.Listed(plan.Unexpected),
                Hint = prefix,
            };
            yield break;
        }

        if (plan.Misfits.Count > 0)
        {
            bool isHead = plan.Misfits.All(m => m.IsOtherOutputs);
            string modules = string.Join(", ", plan.Misfits.Select(m => Module(m.Name)).Distinct());
            yield return new Problem($"{Count(plan.Misfits.Count)} of the model {(plan.Misfits.Count == 1 ? "has" : "have")} another shape or type in the file: {NamePattern.Listed([.. plan.Misfits.Select(m => m.Name)])}")
            {
                Where = path,
                Expected = $"{plan.Misfits[0].Expected} for {plan.Misfits[0].Name}",
                Received = plan.Misfits[0].Received,
                Hint = isHead
                    ? $"If this is the last layer of a model with another number of outputs, keep the new one: init.skip=[{modules}]."
                    : $"init.skip=[{modules}] keeps the new values of these; init.strict=false of everything that does not fit.",
            };
        }

        foreach (string name in missing.Take(Shown))
        {
            yield return new Problem($"The file has no tensor '{name}'")
            {
                Where = path,
                Hint = Spelling.Nearest(name, plan.Unexpected) is { } near ? $"The file has '{near}': init.rename={{{Rename(near, name)}}}." : null,
            };
        }

        foreach (string name in plan.Unexpected.Take(Shown))
        {
            yield return new Problem($"The model has no tensor '{name}'")
            {
                Where = path,
                Hint = Spelling.Nearest(name, missing) is { } near ? $"The model has '{near}'." : null,
            };
        }

        int more = Math.Max(0, missing.Count - Shown) + Math.Max(0, plan.Unexpected.Count - Shown);
        if (more > 0)
        {
            yield return new Problem($"{Count(more)} more in the file or in the model alone")
            {
                Where = path,
                Hint = plan.Loaded.Count > 0 ? $"init.strict=false loads the {plan.Loaded.Count} that fit." : "Nothing in the file fits this model.",
            };
        }
        else if (plan.Loaded.Count == 0)
        {
            yield return new Problem("Nothing in the file fits this model") { Where = path };
        }
    }

    /// <summary>Returns the setting that removes or adds a first part of the names, if most names fit with it.</summary>
    private static string? PrefixHint(IReadOnlyList<string> missing, IReadOnlyList<string> unexpected)
    {
        foreach (string first in unexpected.Select(First).OfType<string>().Distinct())
        {
            if (IsMost(unexpected.Where(u => First(u) == first).Select(u => u[(first.Length + 1)..])))
            {
                return $"The file's names begin with '{first}.': init.rename={{{first}: \"\"}}.";
            }
        }

        foreach (string first in missing.Select(First).OfType<string>().Distinct())
        {
            if (IsMost(unexpected.Select(u => $"{first}.{u}")))
            {
                return $"The model's names begin with '{first}.': init.rename={{\"*\": \"{first}.*\"}}.";
            }
        }

        return null;

        bool IsMost(IEnumerable<string> renamed) => renamed.Count(missing.Contains) is > 0 and var fitting && 2 * fitting > missing.Count;
    }

    /// <summary>Returns the shortest pair that renames one name to another: their last parts are the same.</summary>
    private static string Rename(string from, string to)
    {
        string[] a = from.Split('.');
        string[] b = to.Split('.');
        int same = 0;
        while (same < Math.Min(a.Length, b.Length) - 1 && a[^(same + 1)] == b[^(same + 1)])
        {
            same++;
        }

        return $"{string.Join('.', a[..^same])}: {string.Join('.', b[..^same])}";
    }

    private static string? First(string name) => name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? name[..dot] : null;

    private static string Module(string name) => name.LastIndexOf('.') is > 0 and var dot ? $"{name[..dot]}.*" : name;

    private static string Count(int number) => number == 1 ? "1 tensor" : $"{number} tensors";
}
