using Regimen.Catalog;
using Regimen.FineTuning;
using Regimen.Loading;
using Regimen.Optimization;
using Regimen.Recording;
using Regimen.Tracking;
using Regimen.Training;
using Regimen.Transforms;

namespace Regimen.Configuration;

/// <summary>Builds the records of a config from the values set by its layers.</summary>
internal sealed class ConfigBuilder(
    IReadOnlyDictionary<string, GroupState> groups, IReadOnlyDictionary<string, Setting> top, List<Problem> problems)
{
    private readonly List<ConfigValue> _values = [];
    private readonly WrittenReferences _references = new();

    /// <exception cref="RequestException">There are problems; the exception lists all of them.</exception>
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
            Init = (InitOptions)options[ConfigGroups.Init]!,
            Transforms = (TransformsOptions)options[ConfigGroups.Transforms]!,
            Loader = (LoaderOptions)options[ConfigGroups.Loader]!,
            Objective = Component<Objective>(CatalogGroup.Objective),
            Optimizer = Component<OptimizerOptions>(CatalogGroup.Optimizer),
            Schedule = Component<Schedule>(CatalogGroup.Schedule),
            Average = options[CatalogGroup.Average] is null ? null : Component<WeightAverage>(CatalogGroup.Average),
            Trainer = (TrainOptions)options[ConfigGroups.Trainer]!,
            EarlyStopping = (EarlyStoppingOptions?)options[ConfigGroups.EarlyStopping],
            Checkpoint = (CheckpointOptions)options[ConfigGroups.Checkpoint]!,
            TensorBoard = (TensorBoardOptions)options[ConfigGroups.TensorBoard]!,
            References = _references,
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
                _values.Add(new ConfigValue(name, Write(key, name, setting), setting.Place.ToString()));
            }
            else if (!key.IsRequired)
            {
                _values.Add(new ConfigValue(name, key.Write(key.Default), "default"));
            }
        }

        return new OptionsBuilder(shape, prefix, settings, problems).Build(place);
    }

    /// <summary>Writes a value as YAML. A value from the environment is written as its reference.</summary>
    private string Write(OptionKey key, string name, Setting setting)
    {
        string value = key.Write(setting.Value);
        if (setting.Written is null)
        {
            return value;
        }

        _references.Add(name, setting.Written, value);
        return YamlText.Flow(_references.Find(name, value));
    }
}
