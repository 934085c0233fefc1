using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

public sealed partial class DocumentLinksTests
{
    [Fact]
    public void Links_between_documents_are_valid()
    {
        string[] broken = [.. Links().Where(l => l.Target.Length > 0 && !Path.Exists(l.File)).Select(l => $"{l.Document}: {l.Target}")];
        Assert.Empty(broken);
    }

    /// <summary>An anchor is a heading of the document, as GitHub names it.</summary>
    [Fact]
    public void Anchors_are_headings()
    {
        string[] broken = [.. from link in Links()
                              where link.Anchor.Length > 0 && link.File.EndsWith(".md", StringComparison.Ordinal)
                              where !Anchors(File.ReadAllText(link.File)).Contains(link.Anchor)
                              select $"{link.Document}: {link.Target}#{link.Anchor}"];
        Assert.Empty(broken);
    }

    /// <summary>A link to a source file is named after what the file has: <c>[Trainer](…/Trainer.cs)</c>.</summary>
    [Fact]
    public void A_link_to_a_source_file_names_a_type_of_it()
    {
        string[] wrong = [.. from link in Links()
                             where link.File.EndsWith(".cs", StringComparison.Ordinal) && Identifier().IsMatch(link.Text)
                             where !Regex.IsMatch(File.ReadAllText(link.File), $@"\b{link.Text.Trim('`')}\b")
                             select $"{link.Document}: [{link.Text}]({link.Target})"];
        Assert.Empty(wrong);
    }

    /// <summary>Each page of docs/ is in the table of contents of the site, and README.md leads to it.</summary>
    [Fact]
    public void Every_page_can_be_found()
    {
        string contents = File.ReadAllText(Path.Combine(Repository.Root, "docs", "site", "docs-toc.yml"));
        string[] lost = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md").Select(f => Path.GetFileName(f)).Where(f => !contents.Contains($"href: {f}\n", StringComparison.Ordinal))];
        Assert.Empty(lost);
        HashSet<string> linked = [.. Links().Select(l => Path.GetFullPath(l.File))];
        string[] unlinked = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories).Where(f => !linked.Contains(Path.GetFullPath(f)))];
        Assert.Empty(unlinked);
    }

    [Fact]
    public void Anchors_are_named_as_on_GitHub()
        => Assert.Equal(["a-b_c", "one-two", "what-is-it", "what-is-it-1", "datacsv"], Anchors("# A `b_c`\n## One — two\n## What is it?\n```\n# no\n```\n## What is it?\n### data=csv\n").Select(a => a.Replace("--", "-", StringComparison.Ordinal)));

    private static IEnumerable<(string Document, string Text, string Target, string Anchor, string File)> Links()
        => from document in DocumentBlock.Documents()
           from Match link in Link().Matches(document.Text)
           let parts = link.Groups["target"].Value.Split('#', 2)
           where !parts[0].Contains("://", StringComparison.Ordinal)
           let file = parts[0].Length == 0 ? document.Name : Path.Combine(Path.GetDirectoryName(document.Name)!, parts[0])
           select (document.Name, link.Groups["text"].Value, parts[0], parts.Length == 2 ? parts[1] : "", Path.Combine(Repository.Root, file));

    private static HashSet<string> Anchors(string text)
    {
        var anchors = new HashSet<string>();
        foreach (Match heading in Heading().Matches(Fence().Replace(text, "")))
        {
            string name = NotInAnchors().Replace(heading.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-');
            for (int i = 0; !anchors.Add(i == 0 ? name : $"{name}-{i}"); i++)
            {
            }
        }

        return anchors;
    }

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^```.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"[^\p{L}\p{N}_\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^`?[A-Z][A-Za-z]+`?$")]
    private static partial Regex Identifier();
}
