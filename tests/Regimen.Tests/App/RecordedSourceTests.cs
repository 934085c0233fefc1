using System.Diagnostics;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests the seed and the source that a run records.</summary>
public sealed class RecordedSourceTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void A_generated_seed_is_recorded_and_reproduces_the_run()
    {
        JsonNode first = _project.Train("seed=null", "--json").Ends(0).Json;
        string run = (string)first["run"]!;
        ulong seed = (ulong)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "run.json")))!["seed"]!;
        Assert.Contains($"\nseed: {seed}\n", File.ReadAllText(Path.Combine(run, "config.yaml")), StringComparison.Ordinal);
        JsonNode again = _project.Train($"seed={seed}", "--json").Ends(0).Json;
        Assert.Equal((string?)first["weights_digest"], (string?)again["weights_digest"]);
        JsonNode other = _project.Train("seed=null", "--json").Ends(0).Json;
        Assert.NotEqual((string?)first["weights_digest"], (string?)other["weights_digest"]);
    }

    [Fact]
    public void The_diff_is_recorded_only_on_request()
    {
        Assert.SkipUnless(Git("--version"), "git is not installed");
        Git("init", "--quiet");
        _project.Folder.Write("tracked.txt", "one\n"u8);
        Git("add", "tracked.txt");
        Git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "-m", "first");
        _project.Folder.Write("tracked.txt", "two\n"u8);
        _project.Train("name=silent").Ends(0);
        Assert.False(File.Exists(Path.Combine(_project.Run, "code.patch")));

        string run = (string)_project.Train("name=told", "record_code=true", "--json").Ends(0).Json["run"]!;
        string patch = File.ReadAllText(Path.Combine(run, "code.patch"));
        Assert.Contains("-one\n+two\n", patch, StringComparison.Ordinal);
        Assert.Contains("# not in git: data/mnist/", patch, StringComparison.Ordinal);

        _project.Folder.Write("tracked.txt", new byte[3_000_000].Select((_, i) => (byte)('a' + (i * 7 % 25))).ToArray());
        run = (string)_project.Train("name=large", "record_code=true", "--json").Ends(0).Json["run"]!;
        Assert.Equal(1_000_000, new FileInfo(Path.Combine(run, "code.patch")).Length);
    }

    public void Dispose() => _project.Dispose();

    private bool Git(params string[] arguments)
    {
        try
        {
            using Process git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = _project.Folder.FullPath, RedirectStandardOutput = true, RedirectStandardError = true })!;
            git.WaitForExit();
            return git.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
