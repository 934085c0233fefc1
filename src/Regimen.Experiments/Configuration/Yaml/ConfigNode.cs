using System.Text;

namespace Regimen.Configuration;

/// <summary>The location of a part of a config: a position in a file, or a command-line option.</summary>
/// <param name="Source">The path of the file as shown in messages, or the option as typed.</param>
/// <param name="Line">From 1; 0 for an option.</param>
/// <param name="Column">From 1; 0 for an option.</param>
internal readonly record struct ConfigPlace(string Source, long Line = 0, long Column = 0)
{
    /// <summary>Whether this is a command-line option.</summary>
    public bool IsOption => Line == 0;

    public override string ToString() => IsOption ? Source : $"{Source}({Line},{Column})";
}

/// <summary>A part of a config as parsed, before it is converted to the type of its key.</summary>
internal abstract record ConfigNode(ConfigPlace Place)
{
    /// <summary>A description of the node for the "received" part of a message.</summary>
    public abstract string Received { get; }

    /// <summary>Makes text safe to print in a message: one line, at most 80 characters, control characters escaped.</summary>
    public static string Printable(string text)
    {
        const int longest = 80;
        var printable = new StringBuilder();
        foreach (char c in text.Length > longest ? text[..longest] : text)
        {
            _ = char.IsControl(c) || char.IsSurrogate(c) ? printable.Append($"\\u{(int)c:X4}") : printable.Append(c);
        }

        return text.Length > longest ? $"{printable}…" : printable.ToString();
    }
}

/// <summary>A single value.</summary>
/// <param name="Place">The location.</param>
/// <param name="Text">The text as written, without quotes.</param>
/// <param name="IsPlain">Whether the value is unquoted. A quoted value is always text.</param>
internal sealed record ScalarNode(ConfigPlace Place, string Text, bool IsPlain) : ConfigNode(Place)
{
    /// <summary>Whether the text is empty because the environment variable it refers to is empty.</summary>
    public bool IsEmptied { get; init; }

    public bool IsNull => IsPlain && Text is ("" or "null" or "~");

    public override string Received => (IsPlain, Text) switch
    {
        (true, "") => "nothing",
        (true, _) => Printable(Text),
        _ => $"\"{Printable(Text)}\"",
    };
}

/// <summary>A list.</summary>
internal sealed record SequenceNode(ConfigPlace Place, IReadOnlyList<ConfigNode> Items) : ConfigNode(Place)
{
    public override string Received => Items.Count <= 8 && Items.All(i => i is ScalarNode)
        ? $"[{string.Join(", ", Items.Select(i => i.Received))}]"
        : $"a list of {Items.Count}";
}

/// <summary>A mapping of keys to values. Keys are unique.</summary>
internal sealed record MappingNode(ConfigPlace Place, IReadOnlyList<MappingEntry> Entries) : ConfigNode(Place)
{
    public override string Received => Entries.Count == 0 ? "no keys" : $"the keys {Printable(string.Join(", ", Entries.Select(e => e.Key)))}";
}

/// <summary>A key with its value.</summary>
internal sealed record MappingEntry(string Key, ConfigPlace KeyPlace, ConfigNode Value);
