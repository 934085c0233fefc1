using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Regimen.Configuration;

/// <summary>Builds an options record from settings.</summary>
/// <param name="shape">The record's keys.</param>
/// <param name="prefix">The prefix of the full keys, for example <c>model.</c></param>
/// <param name="settings">The settings by path.</param>
/// <param name="problems">The list that problems are added to. If it is not empty, no record is created.</param>
internal sealed class OptionsBuilder(
    OptionsShape shape, string prefix, IReadOnlyDictionary<string, Setting> settings, List<Problem> problems)
{
    /// <summary>Builds the record; null if there are problems.</summary>
    /// <param name="place">The location of the choice, used for problems that belong to no key.</param>
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
                    ? $"Set it next to the name: {key.Path}: VALUE."
                    : $"Set it with {name}=VALUE.",
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
            // Thrown by a property that checks its value.
            problems.Add(new Problem(exception.Message.Split('\n')[0]) { Where = place.ToString() });
            return null;
        }
    }

    /// <summary>Runs the record's own validation of its combined values, if it has one.</summary>
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
