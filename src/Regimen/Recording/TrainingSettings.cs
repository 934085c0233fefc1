using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Regimen.Loading;
using Regimen.Training;

namespace Regimen.Recording;

/// <summary>The settings of a training from code, as JSON. Together with the data, the code and the initial weights they determine its
/// result.</summary>
internal static class TrainingSettings
{
    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The keys that may differ when a run is resumed, because they do not change the remaining steps.</summary>
    private static readonly string[] Changeable = ["trainer.epochs", "trainer.max_minutes", "loader.workers", "loader.prefetch"];

    /// <summary>The keys that an earlier version did not have, and that 0 turns off.</summary>
    private static readonly string[] OffAtZero = ["schedule.warmup_steps", "loader.cutmix"];

    /// <summary>The keys that an earlier version did not have, with the value that stands for what it did.</summary>
    private static readonly Dictionary<string, string> AsBefore = new() { ["trainer.bits"] = "machine" };

    /// <summary>Returns the settings of a training.</summary>
    public static JsonObject Of(TrainSetup setup, int threads) => new()
    {
        ["seed"] = setup.Options.Seed,
        ["threads"] = threads,
        ["model"] = new JsonObject { ["name"] = setup.Model.GetType().Name },
        ["trainer"] = Plain(setup.Options),
        ["early_stopping"] = setup.Options.EarlyStopping is { } stopping ? Plain(stopping) : null,
        ["schedule"] = Named(setup.Options.Schedule),
        ["average"] = setup.Options.Average is { } average ? Named(average) : null,
        ["objective"] = Named(setup.Objective),
        ["optimizer"] = setup.Parts is { } parts ? new JsonObject(parts.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)Named(p.Value)))) : Named(setup.Optimizer),
        ["freeze"] = new JsonArray([.. setup.Options.Freeze.Select(Plain)]),
        ["metrics"] = new JsonArray([.. setup.Options.Metrics.Select(Named)]),
        ["loader"] = Loader(setup.Train),
        ["validation"] = setup.Validation is { } validation ? new JsonObject { ["transforms"] = Transforms(validation) } : null,
    };

    /// <summary>Returns the settings as YAML, with an explanatory comment.</summary>
    public static string ToYaml(JsonObject settings)
    {
        var yaml = new StringBuilder("# The settings of a run that a program recorded with the library. To repeat the run, run the program again.\n");
        foreach ((string key, JsonNode? value) in settings)
        {
            if (value is JsonObject { Count: > 0 } keys)
            {
                yaml.Append(key).Append(":\n");
                foreach ((string inner, JsonNode? item) in keys)
                {
                    yaml.Append("  ").Append(inner).Append(": ").Append(YamlText.Flow(item)).Append('\n');
                }
            }
            else
            {
                yaml.Append(key).Append(": ").Append(YamlText.Flow(value)).Append('\n');
            }
        }

        return yaml.ToString();
    }

    /// <summary>Returns a problem for each setting in which a resumed training differs from the recorded one.</summary>
    /// <param name="recorded">The settings of the record.</param>
    /// <param name="now">The settings now.</param>
    public static IEnumerable<Problem> Differences(JsonObject recorded, JsonObject now)
        => from key in recorded.Select(p => p.Key).Union(now.Select(p => p.Key))
           from difference in Differences(key, recorded[key], now[key])
           where !Changeable.Contains(difference.Key)
           select new Problem($"The training is not the one that was recorded: `{difference.Key}` differs")
           {
               Where = difference.Key,
               Expected = $"{difference.Recorded?.ToJsonString() ?? "null"} (the record's)",
               Received = difference.Now?.ToJsonString() ?? "null",
               Hint = "Set it to the recorded value, or begin a new run.",
           };

    private static IEnumerable<(string Key, JsonNode? Recorded, JsonNode? Now)> Differences(string key, JsonNode? recorded, JsonNode? now)
    {
        if (recorded is JsonObject a && now is JsonObject b)
        {
            return a.Select(p => p.Key).Union(b.Select(p => p.Key)).SelectMany(k => Differences($"{key}.{k}", a[k], b[k]));
        }

        // An earlier version did not have every key: one that turns something off (an empty list, 0 steps) has the same meaning as none.
        return JsonNode.DeepEquals(recorded, now) || (IsNone(recorded) && IsNone(now)) ? [] : [(key, recorded, now)];

        bool IsNone(JsonNode? value) => value is null or JsonArray { Count: 0 } || (OffAtZero.Contains(key) && value.ToJsonString() == "0")
            || (AsBefore.TryGetValue(key, out string? before) && value.ToJsonString().Trim('"') == before);
    }

    private static JsonObject Loader(DataLoader loader)
    {
        JsonObject json = Plain(loader.Options);
        if (loader.Stream is { } stream)
        {
            json["stream"] = Plain(stream.Options);
        }

        json["sampler_class"] = loader.SamplerName;
        json["transforms"] = Transforms(loader);
        return json;
    }

    private static JsonArray Transforms(DataLoader loader) => new([.. loader.Transforms.Select(t => (JsonNode)t.Describe())]);

    private static JsonObject Named(object options)
    {
        JsonObject json = Plain(options);
        json.Insert(0, "name", options.GetType().Name);
        return json;
    }

    /// <summary>Returns the properties of an options record that can be written as JSON. Others, such as functions, are omitted.</summary>
    private static JsonObject Plain(object options)
    {
        var json = new JsonObject();
        foreach (PropertyInfo property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0 && !p.IsDefined(typeof(ConfigIgnoreAttribute))))
        {
            try
            {
                json[JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)] = JsonSerializer.SerializeToNode(property.GetValue(options), property.PropertyType, SnakeCase);
            }
            catch (NotSupportedException)
            {
                // A function or a tensor is part of the program's code, which is not recorded.
            }
        }

        return json;
    }
}
