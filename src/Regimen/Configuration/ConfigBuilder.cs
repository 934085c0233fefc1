using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Regimen.Catalog;
using Regimen.Data;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Training;

namespace Regimen.Configuration;

/// <summary>Makes the records of a config from what its layers have set.</summary>
internal sealed class ConfigBuilder(
    IReadOnlyDictionary<string, GroupState> groups, IReadOnlyDictionary<string, Setting> top, List<Problem> problems)
{
    private readonly List<ConfigValue> _values = [];

    /// <exception cref="RequestException">With every problem so far.</exception>
    public ComposedConfig Build(string defaults)
    {
        var outside = (RunConfig?)Create(ConfigState.Top, "", top, new ConfigPlace(defaults));
        var options = new Dictionary<string, object?>();
        foreach (ConfigGroup group in ConfigGroups.All)
        {
            options[group.Name] = Create(groups[group.Name], new ConfigPlace(defaults));
        }

        if (problems.Count > 0)
        {
            throw new RequestException(problems);
        }

        RunConfig config = outside! with
        {
            Model = Component<object>(CatalogGroup.Model),
            Data = Component<object>(CatalogGroup.Data),
            Loader = (LoaderOptions)options[ConfigGroups.Loader]!,
            Objective = Component<Objective>(CatalogGroup.Objective),
            Optimizer = Component<OptimizerOptions>(CatalogGroup.Optimizer),
            Schedule = Component<Schedule>(CatalogGroup.Schedule),
            Trainer = (TrainOptions)options[ConfigGroups.Trainer]!,
            EarlyStopping = (EarlyStoppingOptions?)options[ConfigGroups.EarlyStopping],
            Checkpoint = (CheckpointOptions)options[ConfigGroups.Checkpoint]!,
        };
        return new ComposedConfig(config, _values);

        Component<T> Component<T>(string group)
            where T : notnull
            => new(groups[group].Name!, (T)options[group]!);
    }

    private object? Create(GroupState state, ConfigPlace defaults)
    {
        string group = state.Group.Name;
        ConfigPlace place = state.ChosenAt ?? defaults;
        if (state.IsOff || state.IsBroken)
        {
            _values.Add(new ConfigValue(group, ConfigGroups.None, place.ToString()));
            return null;
        }

        if (state.Shape is null)
        {
            problems.Add(new Problem($"No {group} is chosen") { Where = defaults.ToString(), Expected = $"`{group}:` with a name" });
            return null;
        }

        if (state.Name is not null)
        {
            _values.Add(new ConfigValue($"{group}.{ConfigGroups.NameKey}", YamlText.Quote(state.Name), place.ToString()));
        }

        return Create(state.Shape, $"{group}.", state.Values, place);
    }

    private object? Create(OptionsShape shape, string prefix, IReadOnlyDictionary<string, Setting> settings, ConfigPlace place)
    {
        foreach (OptionKey key in shape.Keys)
        {
            string name = prefix + key.Path;
            if (settings.TryGetValue(key.Path, out Setting setting))
            {
                _values.Add(new ConfigValue(name, key.Write(setting.Value), setting.Place.ToString()));
            }
            else if (key.IsRequired)
            {
                problems.Add(new Problem($"`{name}` must be set")
                {
                    Where = place.ToString(),
                    Expected = key.Expected,
                    Hint = $"Set it, as {name}=VALUE.",
                });
            }
            else
            {
                _values.Add(new ConfigValue(name, key.Write(key.Default), "default"));
            }
        }

        if (problems.Count > 0)
        {
            return null;
        }

        try
        {
            object options = shape.Create(settings.ToDictionary(s => s.Key, s => s.Value.Value));
            Validate(options, shape, prefix, settings, place);
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
    private void Validate(object options, OptionsShape shape, string prefix, IReadOnlyDictionary<string, Setting> settings, ConfigPlace place)
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
