namespace Regimen.Configuration;

/// <summary>The input of <see cref="ConfigComposer"/>: arguments and folders.</summary>
public sealed record ConfigRequest
{
    /// <summary>The folder that contains <c>configs/</c>, and that <see cref="ConfigFile"/> is relative to.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The file of <c>--config</c>; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The settings: <c>experiment=NAME</c>, <c>debug=NAME</c>, choices such as <c>model=cnn</c> and keys such as <c>model.hidden=256</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Returns the value of an environment variable, or null. Resolves <c>${env:NAME}</c>.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The folder of the configs shipped with the program, used for files that the working directory does not have.</summary>
    public string ShippedConfigs { get; init; } = Path.Combine(AppContext.BaseDirectory, "configs");
}

/// <summary>A config and the source of each of its values.</summary>
/// <param name="Config">The config, complete and validated.</param>
/// <param name="Values">Every value, in the order of a config file.</param>
public sealed record ComposedConfig(RunConfig Config, IReadOnlyList<ConfigValue> Values);

/// <summary>A value of a config.</summary>
/// <param name="Key">The full key, for example <c>seed</c>, <c>model.name</c> or <c>model.hidden</c>.</param>
/// <param name="Text">The value as YAML. A value from the environment is its reference, <c>${env:NAME}</c>.</param>
/// <param name="Source">Where the value was set: <c>configs/model/mlp.yaml(3,9)</c>, the option as typed, or <c>default</c>.</param>
public sealed record ConfigValue(string Key, string Text, string Source);
