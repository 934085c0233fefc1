namespace Regimen.FineTuning;

/// <summary>The weights that a training starts from, in place of random ones.</summary>
public sealed record InitOptions
{
    /// <summary>The source of the initial weights: a run (its folder, its name or latest), a checkpoint's folder, a safetensors file, a PyTorch
    /// state dict (.pth, .pt), or a folder with one of them. Null for random weights, which follow from the seed.</summary>
    public string? From { get; init; }

    /// <summary>Whether every tensor of the model and of the file must find its counterpart, of the same shape. If false, what fits is loaded,
    /// and all other tensors of the model keep the random values of the seed.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>Patterns of the model's tensors that are not loaded, such as fc.*: they keep the random values of the seed.</summary>
    public IReadOnlyList<string> Skip { get; init; } = [];

    /// <summary>Renames the file's tensors before they are compared with the model's: {backbone: encoder} replaces a prefix of whole parts,
    /// {module: ""} removes one, and {"*": "encoder.*"} adds one; each * stands for any characters and is kept. The first pair that
    /// matches applies.</summary>
    public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>();

    /// <summary>The digest that the source's weights must have, as `regimen inspect checkpoint` shows it; null for any. A run records it, so
    /// that its config means the same weights for ever.</summary>
    public string? Digest { get; init; }
}
