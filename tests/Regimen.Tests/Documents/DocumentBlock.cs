using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

/// <summary>A code block of a document.</summary>
/// <param name="Document">The document's path below the repository's root.</param>
/// <param name="Line">The number of its first line, from 1.</param>
/// <param name="Language">The language of a fenced block; empty for an indented one.</param>
/// <param name="File">The file whose content the block is, from a line such as "`new.csv`:" before it; null for none.</param>
/// <param name="Lines">Its lines, without the indentation.</param>
internal sealed partial record DocumentBlock(string Document, int Line, string Language, string? File, IReadOnlyList<string> Lines)
{
    /// <summary>The documents whose blocks are run.</summary>
    public static IEnumerable<(string Name, string Text)> Documents() => Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
        .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
        .Append(Path.Combine(Repository.Root, "workshop", "README.md"))
        .Order(StringComparer.Ordinal)
        .Select(f => (Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'), System.IO.File.ReadAllText(f)));

    public string Text => string.Join('\n', Lines);

    public string Place => $"{Document}:{Line}";

    /// <summary>Whether it shows commands with their output.</summary>
    public bool IsTranscript => Language.Length == 0 && Lines[0].StartsWith("$ ", StringComparison.Ordinal);

    /// <summary>The commands of a transcript, each with the lines of output below it.</summary>
    public IEnumerable<(string Command, IReadOnlyList<string> Output)> Transcript()
    {
        int[] starts = [.. Enumerable.Range(0, Lines.Count).Where(i => Lines[i].StartsWith("$ ", StringComparison.Ordinal))];
        foreach ((int start, int end) in starts.Zip(starts[1..].Append(Lines.Count)))
        {
            yield return (Lines[start][2..].Trim(), [.. Lines.Take(end).Skip(start + 1).Reverse().SkipWhile(l => l.Length == 0).Reverse()]);
        }
    }

    /// <summary>All code blocks of all documents.</summary>
    public static IEnumerable<DocumentBlock> All() => Documents().SelectMany(d => Of(d.Name, d.Text));

    /// <summary>The code blocks of a document. An indented line is code if it follows a blank line, a heading or other code, outside of lists.</summary>
    public static IEnumerable<DocumentBlock> Of(string document, string text)
    {
        string[] lines = text.Split('\n');
        bool inList = false;
        string before = "";
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                int end = Array.IndexOf(lines, "```", i + 1);
                Assert.True(end > 0, $"{document}:{i + 1}: the block does not end");
                yield return new(document, i + 1, lines[i][3..].Trim(), FileOf(before), lines[(i + 1)..end]);
                i = end;
                before = "";
                continue;
            }

            bool mayBegin = i == 0 || lines[i - 1].Length == 0 || lines[i - 1].StartsWith('#');
            if (lines[i].StartsWith("    ", StringComparison.Ordinal) && mayBegin && !inList)
            {
                int end = i;
                while (end < lines.Length && (lines[end].StartsWith("    ", StringComparison.Ordinal) || lines[end].Length == 0))
                {
                    end++;
                }

                while (lines[end - 1].Length == 0)
                {
                    end--;
                }

                yield return new(document, i + 1, "", FileOf(before), [.. lines[i..end].Select(l => l.Length == 0 ? l : l[4..])]);
                i = end - 1;
                before = "";
                continue;
            }

            inList = ListItem().IsMatch(lines[i]) || (inList && (lines[i].Length == 0 || lines[i].StartsWith(' ')));
            before = lines[i].Length == 0 ? before : lines[i];
        }
    }

    private static string? FileOf(string before) => NamedFile().Match(before) is { Success: true } match ? match.Groups["file"].Value : null;

    [GeneratedRegex(@"^\s*(?:[-*]|\d+\.) ")]
    private static partial Regex ListItem();

    [GeneratedRegex(@"`(?<file>[^`\s]+\.[a-z]+)`:$")]
    private static partial Regex NamedFile();
}
