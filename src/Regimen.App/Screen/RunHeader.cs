namespace Regimen.App.Screen;

/// <summary>What a run says of itself before its first step.</summary>
internal sealed record RunHeader(string Data, string Model, string Training, string Device, string Folder)
{
    /// <summary>The metric that an epoch's line shows beside the loss.</summary>
    public string Metric { get; init; } = "accuracy";

    /// <summary>The positive class of a binary task; null for any other task.</summary>
    public string? PositiveClass { get; init; }

    /// <summary>How targets are scaled, and which numbers are in units; null where they are not scaled.</summary>
    public string? Targets { get; init; }

    public IEnumerable<(string Name, string Value)> Lines =>
    [
        ("data", Data),
        .. PositiveClass is { } positive ? [("positive", $"class '{positive}'")] : Array.Empty<(string, string)>(),
        .. Targets is { } targets ? [("targets", targets)] : Array.Empty<(string, string)>(),
        ("model", Model),
        ("training", Training),
        ("device", Device),
        ("run", Folder),
    ];
}
