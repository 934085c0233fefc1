using Regimen.Tests.TestKit;
using Workshop;

namespace Regimen.Tests.Workshop;

/// <summary>Runs the steps of the workshop as a student does.</summary>
[Collection(DotnetCommand.Builds)]
public sealed class WorkshopStepTests
{
    private static readonly string[] Longest = ["00", "01", "08", "09", "10", "12"];

    internal static string Folder { get; } = Path.Combine(Repository.Root, "workshop");

    public static TheoryData<string> Steps => [.. StepFiles.Select(f => Path.GetFileName(f))];

    internal static IEnumerable<string> StepFiles => Directory.EnumerateFiles(Folder, "*.cs").Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0])).Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_prints_what_it_states_and_writes_its_page(string file)
    {
        Assert.SkipWhen(
            Longest.Contains(file[..2]) && Environment.GetEnvironmentVariable("REGIMEN_LONG") != "1", "one of the steps that take longest: REGIMEN_LONG=1");
        (int code, string output, string error) = Run("run", "-c", DotnetCommand.Configuration, Path.Combine("workshop", file));
        Assert.True(code == 0 && error.Length == 0, $"{code}\n{error}\n{output}");
        string page = File.ReadAllText(Path.Combine(Folder, "out", $"{file[..2]}.html"));
        Assert.Contains("<pre class=\"output\">", page, StringComparison.Ordinal);
        Assert.Contains("The same in PyTorch", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_prints_what_it_states_with_break(string file)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "runs every step a second time: REGIMEN_LONG=1");
        (int code, string output, string error) = Run("run", "-c", DotnetCommand.Configuration, Path.Combine("workshop", file), "--", "--break");
        Assert.True(code == 0 && error.Length == 0, $"{code}\n{error}\n{output}");
    }

    [Fact]
    public void The_checker_tells_what_is_to_do_and_accepts_the_solutions()
    {
        (int code, string output, string error) = Run("run", "-c", DotnetCommand.Configuration, "workshop/check.cs", "04");
        Assert.Equal((1, ""), (code, error));
        Assert.Contains("✗ 04.1 ", output, StringComparison.Ordinal);
        Assert.Contains("Hint: ", output, StringComparison.Ordinal);

        (code, output, error) = Run("run", "-c", DotnetCommand.Configuration, "--no-build", "workshop/check.cs", "04", "--solution");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("✓ 04.3 ", output, StringComparison.Ordinal);
        Assert.Contains("public static float TrainOn", output, StringComparison.Ordinal);

        (code, _, error) = Run("run", "-c", DotnetCommand.Configuration, "--no-build", "workshop/check.cs", "4");
        Assert.Equal(2, code);
        Assert.Contains("expected one of 00, 01", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_in_PyTorch_prints_what_it_states()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "trains in PyTorch for half a minute: REGIMEN_LONG=1");
        PyTorch.SkipWhereMissing();
        string folder = Path.Combine(Folder, "pytorch");
        string[] files = [.. Directory.EnumerateFiles(folder, "*.py").Order(StringComparer.Ordinal)];

        // In one process, because most of the time of a script is the import of PyTorch.
        string[] outputs = PyTorch.Run(
            """
            import os, runpy, sys, torch
            torch.set_num_threads(1)
            os.chdir(sys.argv[1])
            sys.path.insert(0, sys.argv[2])
            for path in list(sys.argv[3:]):
                sys.argv = [path]
                runpy.run_path(path, run_name="__main__")
                print("-- end", flush=True)
            """,
            [Repository.Root, folder, .. files]).Split("-- end\n");
        Assert.Equal(files.Length, outputs.Length - 1);
        Assert.All(files.Zip(outputs), pair =>
        {
            string[] stated = [.. File.ReadLines(pair.First).Where(l => l.StartsWith("#>", StringComparison.Ordinal)).Select(l => l[2..].Trim())];
            string[] printed = pair.Second.Trim().Split('\n');
            Assert.NotEmpty(stated);
            Assert.Equal(stated.Length, printed.Length);
            Assert.All(stated.Zip(printed), line => Assert.True(StatedOutput.AreEqual(line.First, line.Second.TrimEnd(), relative: 0.1), $"{pair.First} states {line.First} and prints {line.Second}"));
        });
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        CommandOutput output = DotnetCommand.Do(Repository.Root, new Dictionary<string, string> { ["WORKSHOP_CHECK"] = "compare" }, arguments);
        return (output.ExitCode, output.Out, output.Error);
    }
}
