using System.Text.RegularExpressions;
using Regimen.App.Doctor;
using Regimen.Engine;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

/// <summary>docs/troubleshooting.md has every message of <c>regimen doctor</c>, in the words of the program.</summary>
public sealed partial class TroubleshootingTests : IDisposable
{
    private static readonly string[] Sources =
    [
        "src/Regimen.App/Doctor/FolderChecks.cs", "src/Regimen.App/Doctor/MachineChecks.cs", "src/Regimen.App/Doctor/TrainingCheck.cs",
        "src/Regimen/Engine/Native/NativeCheck.cs", "src/Regimen/Engine/Native/NativeLibraryError.cs", "src/Regimen/Engine/Native/NativeLibraryFile.cs",
    ];

    private readonly TemporaryFolder _folder = new();

    /// <summary>The texts in the column "message" of the table, with their names in capitals.</summary>
    private static string[] Documented { get; } = [.. TableRow().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "troubleshooting.md"))).Select(m => m.Groups["message"].Value)];

    /// <summary>Messages of the system's loader, of glibc and Windows, and texts of the checks made with each problem.</summary>
    public static TheoryData<string> Loaders =>
    [
        "libtorch.so: version `GLIBC_2.99' not found (required by x)",
        "/lib/libstdc++.so.6: version `GLIBCXX_3.4.99' not found (required by x)",
        "libgomp.so.1: cannot open shared object file: No such file or directory",
        "x.so: undefined symbol: _ZN5torch",
        "x.so: invalid ELF header",
        "x.so: Permission denied",
        "x.so: something else",
    ];

    [Theory]
    [MemberData(nameof(Loaders))]
    public void A_problem_of_a_native_library_is_documented(string loader)
    {
        var native = new NativeCheckResult("/lib/x.so", NativeLibraryError.Explain(loader, "/lib/x.so"));
        AssertDocumented(MachineChecks.LibTorch(Machine.Inspect(native), native).Text);
    }

    [Fact]
    public void The_other_texts_are_documented()
    {
        AssertDocumented(MachineChecks.OneLine(NativeLibraryError.Missing("/lib/x.so")));
        AssertDocumented(MachineChecks.OneLine(new Problem("The native library is for another processor") { Where = "/lib/x.so", Expected = "X64", Received = "Arm64" }));
        AssertDocumented(MachineChecks.OneLine(new Problem("The native library is truncated") { Where = "/lib/x.so", Expected = "at least 9 bytes", Received = "3 bytes" }));
        AssertDocumented(MachineChecks.OneLine(new Problem("libtorch loads but computes a wrong result") { Where = "/lib/x.so", Expected = "1 + 1 = 2", Received = "3" }));

        string file = _folder.Write("file", "no folder"u8);
        AssertDocumented(FolderChecks.Data(_folder["none"]).Text);
        AssertDocumented(FolderChecks.Data(_folder.FullPath).Text);
        AssertDocumented(FolderChecks.Runs(Path.Combine(file, "runs")).Text);
        AssertDocumented(FolderChecks.Runs(_folder["runs"]).Text);
        AssertDocumented(FolderChecks.Runs(() => throw new RequestException(new Problem("a problem"))).Text);
        if (OperatingSystem.IsLinux())
        {
            AssertDocumented(FolderChecks.Runs("/proc/self/runs").Text);
        }

        DoctorReport report = DoctorReport.Create(_folder.FullPath, "data", "runs", new NativeCheckResult("/lib/x.so", NativeLibraryError.Missing("/lib/x.so")));
        AssertDocumented(report.Checks.Single(c => c.Name == "training").Text);
        AssertDocumented(DoctorReport.Create(_folder.FullPath, "data", "runs").Checks.Single(c => c.Name == "training").Text);
    }

    /// <summary>A new text of a check, or a new problem of a native library, needs a row: its words, without the values, are in the table.</summary>
    [Fact]
    public void Every_text_of_the_source_is_documented()
    {
        string table = Plain(string.Join('\n', Documented));
        var missing = new List<string>();
        foreach (string source in Sources)
        {
            foreach (Match text in CheckText().Matches(File.ReadAllText(Path.Combine(Repository.Root, source))))
            {
                string[] pieces = [.. Hole().Split(text.Groups["text"].Value).Select(p => Plain(p)).Where(p => p.Length > 3)];
                missing.AddRange(pieces.Where(p => !table.Contains(p, StringComparison.Ordinal)).Select(p => $"{source}: {p}"));
            }
        }

        Assert.Empty(missing);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Asserts that one documented message is the text: names in capitals stand for any text.</summary>
    private static void AssertDocumented(string text)
        => Assert.True(Documented.Any(d => Regex.IsMatch(text, $"^{Capitals().Replace(Regex.Escape(d), ".+")}$")), $"docs/troubleshooting.md does not have the message: {text}");

    private static string Plain(string text) => text.Trim(' ', ':', ';', '.', ',', '(', ')');

    [GeneratedRegex(@"^\| (?:memory|libtorch|training|data|runs) \| `(?<message>[^`]+)`", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"(?:CheckState\.(?:Problem|Warning), \$?|new Problem\(\$?)""(?<text>[^""]+)""")]
    private static partial Regex CheckText();

    [GeneratedRegex(@"\{[^}]*(?:\}|$)")]
    private static partial Regex Hole();

    [GeneratedRegex(@"(?<![A-Za-z_])(?!MNIST)[A-Z]{4,}(?:\\ [A-Z]{4,})*(?![A-Za-z])|(?<=least\\ )N(?=\\ bytes)|(?<=received\\ )N(?=\\ bytes)")]
    private static partial Regex Capitals();
}
