using System.Text;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Build;

/// <summary>From an empty folder to a trained model, with the .NET SDK and the packages alone.</summary>
[Collection(DotnetCommand.Builds)]
public sealed class TemplateTests(PackedRepository packed, ITestOutputHelper log) : IDisposable
{
    /// <summary>The processor time from the template to the predictions, of all processes, in seconds.</summary>
    private const int Limit = 60;

    private readonly TemporaryFolder _folder = new();
    private TimeSpan _used;

    [Fact]
    public void From_an_empty_folder_to_the_predictions_of_an_own_model_within_a_minute_of_machine_time()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The packages that the tests restored are those for Linux.");
        packed.UseIn(_folder);

        New("regimen", "-o", "my-rings");
        string built = Dotnet("build", "-c", "Release", "--nologo");
        Assert.Contains("0 Warning(s)", built, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["my-rings/bin/Release/net10.0/configs/schema/config.json"]));

        JsonNode trained = JsonNode.Parse(Run("--no-build", "--", "train", "--json"))!;
        Assert.InRange(trained["test"]!["accuracy"]!.GetValue<double>(), 0.95, 1.0);
        Assert.Contains("identical: ", Run("--no-build", "--", "verify", "latest"), StringComparison.Ordinal);

        // The second model of the project's README, written as its reader writes it.
        string readme = File.ReadAllText(_folder["my-rings/README.md"]);
        _folder.Write("my-rings/Models/Wide.cs", Encoding.UTF8.GetBytes(readme.Split("```csharp\n")[1].Split("```")[0]));
        JsonNode own = JsonNode.Parse(Run("--", "train", "model=wide", "--json"))!;
        Assert.EndsWith("_rings-wide", own["run"]!.GetValue<string>(), StringComparison.Ordinal);
        string[] predictions = Run("--no-build", "--", "predict", "latest", "points.jsonl").TrimEnd().Split('\n');
        Assert.Equal(["class", "inner", "middle", "outer"], predictions.Select(p => p.Split(',')[1]));

        log.WriteLine($"{_used.TotalSeconds:0.0} s of processor time");
        Assert.InRange(_used.TotalSeconds, 1, Limit);
    }

    [Fact]
    public void A_program_of_the_library_alone_trains_and_is_warned_without_libtorch()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The packages that the tests restored are those for Linux.");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "builds and trains for half a minute: REGIMEN_LONG=1");
        packed.UseIn(_folder);
        New("regimen-lib", "-o", "my-rings");
        string trained = Dotnet("run", "-c", "Release");
        Assert.DoesNotContain("warning", trained, StringComparison.Ordinal);
        Assert.Contains("validation accuracy 1.000", trained, StringComparison.Ordinal);
        Assert.True(Directory.Exists(packed.Restored("Regimen.Records")));

        string project = File.ReadAllText(_folder["my-rings/my-rings.csproj"]);
        string without = string.Concat(project.Split('\n').Where(l => !l.Contains("libtorch-", StringComparison.Ordinal)).Select(l => l + "\n"));
        _folder.Write("my-rings/my-rings.csproj", Encoding.UTF8.GetBytes(without));
        string warned = Dotnet("msbuild", "-restore", "-t:ResolvePackageAssets", "-p:Configuration=Release", "-p:RegimenTorch=cpu", "--nologo");
        Assert.Contains("REGIMEN001", warned, StringComparison.Ordinal);
        Assert.Contains("RegimenTorch=cpu has no effect", warned, StringComparison.Ordinal);
    }

    [Fact]
    public void The_project_of_the_template_has_tests_that_pass()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "restores and builds a project of tests: REGIMEN_LONG=1");
        packed.UseIn(_folder);
        New("regimen", "-o", "my-rings");
        string tested = Dotnet("test", "--project", "tests");
        Assert.Contains("succeeded: 1", tested, StringComparison.Ordinal);
        Assert.DoesNotContain("REGIMEN001", tested, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_asked_for_CUDA_references_those_packages_alone()
    {
        New("regimen-lib", "-o", "my-rings", "--torch", "cuda");
        string[] packages = [.. File.ReadLines(_folder["my-rings/my-rings.csproj"]).Where(l => l.Contains("\"libtorch-", StringComparison.Ordinal))];
        Assert.Equal(2, packages.Length);
        Assert.All(packages, p => Assert.Contains("\"libtorch-cuda-12.8-", p, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private void New(params string[] arguments) => Do(_folder.FullPath, ["new", .. arguments, .. packed.Hive]);

    private string Run(params string[] arguments) => Dotnet(["run", "-c", "Release", .. arguments]);

    /// <summary>Runs the command in the project's folder.</summary>
    private string Dotnet(params string[] arguments) => Do(_folder["my-rings"], arguments);

    /// <summary>The compiler is a process of its own, whose time counts, and not a server's.</summary>
    private string Do(string folder, string[] arguments)
    {
        (string output, TimeSpan used) = DotnetCommand.Measure(folder, new Dictionary<string, string>(packed.Environment) { ["UseSharedCompilation"] = "false" }, arguments);
        _used += used;
        return output;
    }
}
