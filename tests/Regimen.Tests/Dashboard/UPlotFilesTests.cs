using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Dashboard;

/// <summary>Tests that the chart library is that of its package, unchanged.</summary>
public sealed partial class UPlotFilesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "src", "Regimen.Dashboard", "Dashboard", "Assets", "uplot");

    [Fact]
    public void Its_files_have_the_recorded_digests()
    {
        MatchCollection rows = Rows().Matches(File.ReadAllText(Path.Combine(Folder, "README.md")));
        Assert.Equal(Directory.GetFiles(Folder).Select(Path.GetFileName).Where(f => f != "README.md").Order(), rows.Select(r => r.Groups[1].Value).Order());
        Assert.All(rows, r => Assert.Equal(r.Groups[3].Value, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, r.Groups[1].Value))))));
    }

    [Fact]
    public void Its_files_are_those_of_the_npm_package()
    {
        string package = Path.Combine(Repository.Root, ".ci", "npm", "node_modules", "uplot");
        Assert.SkipUnless(Directory.Exists(package), "the npm package uplot is not installed (.ci/run installs it)");
        Assert.All(Rows().Matches(File.ReadAllText(Path.Combine(Folder, "README.md"))), r => Assert.Equal(File.ReadAllBytes(Path.Combine(package, r.Groups[2].Value)), File.ReadAllBytes(Path.Combine(Folder, r.Groups[1].Value))));
    }

    [GeneratedRegex(@"^\| `([^`]+)` \| `([^`]+)` \| `([0-9a-f]{64})` \|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
