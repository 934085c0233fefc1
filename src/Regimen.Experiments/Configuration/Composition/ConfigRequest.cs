namespace Regimen.Configuration;

/// <summary>What was asked for, as typed.</summary>
public sealed record ConfigRequest
{
    /// <summary>Where <c>configs/</c> is looked for, and what <see cref="ConfigFile"/> is relative to.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The file of <c>--config</c>; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary><c>experiment=NAME</c>, <c>debug=NAME</c>, choices as <c>model=cnn</c> and keys as <c>model.hidden=256</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The value of an environment variable, or null: what <c>${env:NAME}</c> stands for.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The configs that come with the program, for what the working directory does not have.</summary>
    public string ShippedConfigs { get; init; } = Path.Combine(AppContext.BaseDirectory, "configs");
}

/// <summary>A config with where each of its values comes from.</summary>
/// <param name="Config">The config: whole, typed, within its bounds.</param>
/// <param name="Values">Every value, in the order of a config file.</param>
public sealed record ComposedConfig(RunConfig Config, IReadOnlyList<ConfigValue> Values);

/// <summary>A value of a config.</summary>
/// <param name="Key">The whole key: <c>seed</c>, <c>model.name</c>, <c>model.hidden</c>.</param>
/// <param name="Text">The value as YAML; as it was written, where it came from the environment.</param>
/// <param name="Source">Where it was set: <c>configs/model/mlp.yaml(3,9)</c>, the option as typed, or <c>default</c>.</param>
public sealed record ConfigValue(string Key, string Text, string Source);
