using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Regimen.Configuration;

/// <summary>Makes one options record from what is set.</summary>
/// <param name="shape">The record's keys.</param>
/// <param name="prefix">What stands before a key in its whole name: <c>model.</c></param>
/// <param name="settings">What is set, by path.</param>
/// <param name="problems">Where problems go; where there are some already, nothing is made.</param>
internal sealed class OptionsBuilder(
    OptionsShape shape, string prefix, IReadOnlyDictionary<string, Setting> settings, List<Problem> problems)
{
    /// <summary>The record; null where something is wrong.</summary>
    /// <param name="place">Where it was chosen: the place of what belongs to no key of it.</param>
    public object? Build(ConfigPlace place)
    {
        foreach (OptionKey key in shape.Keys.Where(k => k.IsRequired && !settings.ContainsKey(k.Path)))
        {
            string name = prefix + key.Path;
            problems.Add(new Problem($"`{name}` must be set")
            {
                Where = place.ToString(),
                Expected = key.Expected,
                Hint = name.Contains('[', StringComparison.Ordinal)
                    ? $"Set it beside the name, as {key.Path}: VALUE."
                    : $"Set it, as {name}=VALUE.",
            });
        }

        if (problems.Count > 0)
        {
            return null;
        }

        try
        {
            object options = shape.Create(settings.ToDictionary(s => s.Key, s => s.Value.Value));
            Validate(options, place);
            return options;
        }
        catch (ArgumentException exception)
        {
            // Of a property that checks its own value.
            problems.Add(new Problem(exception.Message.Split('\n')[0]) { Where = place.ToString() });
            return null;
        }
    }

    /// <summary>What a record says of its values together, if it does.</summary>
    private void Validate(object options, ConfigPlace place)
    {
        if (options is not IValidatableObject checks)
        {
            return;
        }

        foreach (ValidationResult result in checks.Validate(new ValidationContext(options)))
        {
            string? key = result.MemberNames.Select(JsonNamingPolicy.SnakeCaseLower.ConvertName).FirstOrDefault(n => shape.Find(n) is not null);
            ConfigPlace where = key is not null && settings.TryGetValue(key, out Setting setting) ? setting.Place : place;
            string message = key is null ? result.ErrorMessage! : $"`{prefix}{key}`: {result.ErrorMessage}";
            problems.Add(new Problem(message) { Where = where.ToString() });
        }
    }
}
