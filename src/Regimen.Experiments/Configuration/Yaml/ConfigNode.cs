using System.Text;

namespace Regimen.Configuration;

/// <summary>Where a part of a config was written: a place in a file, or an option as typed.</summary>
/// <param name="Source">The file as a person finds it, or the option.</param>
/// <param name="Line">From 1; 0 for an option.</param>
/// <param name="Column">From 1; 0 for an option.</param>
internal readonly record struct ConfigPlace(string Source, long Line = 0, long Column = 0)
{
    /// <summary>Whether it was typed on the command line.</summary>
    public bool IsOption => Line == 0;

    public override string ToString() => IsOption ? Source : $"{Source}({Line},{Column})";
}

/// <summary>A part of a config as it was written, before anything is known of the types wanted.</summary>
internal abstract record ConfigNode(ConfigPlace Place)
{
    /// <summary>What it is, in the words of an error.</summary>
    public abstract string Received { get; }

    /// <summary>Text of a config for an error: one line, not endless, nothing that a terminal would act on.</summary>
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
/// <param name="Place">Where it stands.</param>
/// <param name="Text">As written, without quotes.</param>
/// <param name="IsPlain">Whether it stands without quotes; else it is text, whatever it looks like.</param>
internal sealed record ScalarNode(ConfigPlace Place, string Text, bool IsPlain) : ConfigNode(Place)
{
    /// <summary>Whether nothing is left of what was written, as an environment variable that it refers to is empty.</summary>
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

/// <summary>Keys with their values, each key once.</summary>
internal sealed record MappingNode(ConfigPlace Place, IReadOnlyList<MappingEntry> Entries) : ConfigNode(Place)
{
    public override string Received => Entries.Count == 0 ? "no keys" : $"the keys {Printable(string.Join(", ", Entries.Select(e => e.Key)))}";
}

/// <summary>A key with its value.</summary>
internal sealed record MappingEntry(string Key, ConfigPlace KeyPlace, ConfigNode Value);
