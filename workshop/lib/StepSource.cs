using System.Text.RegularExpressions;

namespace Workshop;

/// <summary>A part of a step's source: either text or code.</summary>
/// <param name="FirstLine">Its first line in the file, from 1.</param>
/// <param name="LastLine">Its last line.</param>
internal abstract record SourcePart(int FirstLine, int LastLine)
{
    /// <summary>A comment <c>/* … */</c> that begins a line: Markdown for the page.</summary>
    public sealed record Prose(int FirstLine, int LastLine, string Markdown) : SourcePart(FirstLine, LastLine);

    /// <summary>Code, without the comments that state its output.</summary>
    /// <param name="FirstLine">Its first line in the file.</param>
    /// <param name="LastLine">Its last line.</param>
    /// <param name="Text">The code.</param>
    /// <param name="Output">The lines that it prints: the comments that begin with <c>//&gt;</c>, or <c>//~</c> if their
    /// counts are not exact.</param>
    /// <param name="BrokenOutput">The lines that it prints with <c>--break</c>: the comments that begin with <c>//!</c>.</param>
    public sealed record Code(int FirstLine, int LastLine, string Text, IReadOnlyList<string> Output, IReadOnlyList<string> BrokenOutput)
        : SourcePart(FirstLine, LastLine);
}

/// <summary>The source of a step, split into text and code.</summary>
internal sealed partial class StepSource
{
    private StepSource(string path, IReadOnlyList<SourcePart> parts) => (Path, Parts) = (path, parts);

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    /// <summary>The parts, in the order of the file.</summary>
    public IReadOnlyList<SourcePart> Parts { get; }

    /// <summary>The number of the step: the digits that begin the file's name.</summary>
    public string Number => Digits().Match(System.IO.Path.GetFileName(Path)).Value;

    /// <summary>The first heading of the text.</summary>
    public string Title => Texts.SelectMany(p => p.Split('\n')).FirstOrDefault(l => l.StartsWith("# ", StringComparison.Ordinal))?[2..]
        ?? System.IO.Path.GetFileNameWithoutExtension(Path);

    private IEnumerable<string> Texts => Parts.OfType<SourcePart.Prose>().Select(p => p.Markdown);

    public static StepSource Read(string path) => Parse(path, File.ReadAllLines(path));

    public static StepSource Parse(string path, string[] lines)
    {
        var parts = new List<SourcePart>();
        int at = 0;
        while (at < lines.Length)
        {
            int first = at;
            if (IsProse(lines[at]))
            {
                while (!lines[at].TrimEnd().EndsWith("*/", StringComparison.Ordinal))
                {
                    at++;
                    if (at == lines.Length)
                    {
                        throw new FormatException($"{path}:{first + 1}: This comment has no end.");
                    }
                }

                at++;
                parts.Add(new SourcePart.Prose(first + 1, at, Markdown(lines[first..at])));
                continue;
            }

            while (at < lines.Length && !IsProse(lines[at]))
            {
                at++;
            }

            AddCode(parts, lines, first, at);
        }

        return new StepSource(path, parts);
    }

    /// <summary>Returns the Markdown below a heading of level two, up to the next heading; empty if there is none.</summary>
    public string Section(string heading)
    {
        foreach (string text in Texts)
        {
            string[] lines = text.Split('\n');
            int at = Array.IndexOf(lines, $"## {heading}");
            if (at >= 0)
            {
                return string.Join('\n', lines[(at + 1)..].TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal))).Trim();
            }
        }

        return string.Empty;
    }

    private static bool IsProse(string line) => line.StartsWith("/*", StringComparison.Ordinal);

    private static string Markdown(string[] lines)
    {
        string text = string.Join('\n', lines).Trim();
        return string.Join('\n', text[2..^2].Split('\n').Select(l => l.StartsWith("   ", StringComparison.Ordinal) ? l[3..] : l.TrimStart())).Trim();
    }

    private static void AddCode(List<SourcePart> parts, string[] lines, int first, int end)
    {
        var code = new List<string>();
        var output = new List<string>();
        var broken = new List<string>();
        foreach (string line in lines[first..end])
        {
            Match stated = OutputComment().Match(line);
            if (stated.Success)
            {
                string kind = stated.Groups["kind"].Value;
                (kind == "!" ? broken : output).Add((kind == "~" ? StatedOutput.About : "") + stated.Groups["text"].Value.TrimEnd());
            }
            else
            {
                code.Add(line);
            }
        }

        string text = string.Join('\n', code).Trim('\n', ' ');
        if (text.Length > 0)
        {
            parts.Add(new SourcePart.Code(first + 1, end, text, output, broken));
        }
    }

    [GeneratedRegex(@"^\d+")]
    private static partial Regex Digits();

    [GeneratedRegex(@"^\s*//(?<kind>[>~!]) ?(?<text>.*)$")]
    private static partial Regex OutputComment();
}
