namespace Regimen.App.Screen;

/// <summary>The description of a run that is shown before its first step.</summary>
internal sealed record RunHeader(string Data, string Model, string Training, string Device, string Folder)
{
    /// <summary>The metrics that an epoch's row shows besides the loss, as <c>val.accuracy</c>.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];

    /// <summary>The positive class of a binary task; null for any other task.</summary>
    public string? PositiveClass { get; init; }

    /// <summary>Changes to the data while it was read.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What became of each tensor of initial weights; empty for random ones.</summary>
    public IReadOnlyList<string> Init { get; init; } = [];

    /// <summary>The parameters that are frozen; null for none.</summary>
    public string? Frozen { get; init; }

    /// <summary>How targets are scaled, and which numbers are in the targets' own units; null if they are not scaled.</summary>
    public string? Targets { get; init; }

    /// <summary>The moment of another run that the run starts from; null for none.</summary>
    public string? Origin { get; init; }

    public IEnumerable<(string Name, string Value)> Lines =>
    [
        ("data", Data),
        .. Notes.Select(n => (string.Empty, n)),
        .. PositiveClass is { } positive ? [("positive", $"class '{positive}'")] : Array.Empty<(string, string)>(),
        .. Targets is { } targets ? [("targets", targets)] : Array.Empty<(string, string)>(),
        ("model", Model),
        .. Init.Select((line, i) => (i == 0 ? "init" : string.Empty, line)),
        .. Frozen is { } frozen ? [("frozen", frozen)] : Array.Empty<(string, string)>(),
        ("training", Training),
        ("device", Device),
        .. Origin is { } origin ? [("fork of", origin)] : Array.Empty<(string, string)>(),
        ("run", Folder),
    ];
}
