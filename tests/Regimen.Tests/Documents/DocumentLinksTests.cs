using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

public sealed partial class DocumentLinksTests
{
    [Fact]
    public void Links_between_documents_are_valid()
    {
        string[] broken = [.. from document in DocumentBlock.Documents()
                              from Match link in Link().Matches(document.Text)
                              let target = link.Groups["target"].Value.Split('#')[0]
                              where target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)
                              where !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(document.Name)!, target))
                              select $"{document.Name}: {target}"];
        Assert.Empty(broken);
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
