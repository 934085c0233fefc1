using System.Reflection;
using System.Text.RegularExpressions;
using NetArchTest.Rules;
using Regimen.App;
using Regimen.Catalog;
using Regimen.Exporting;
using Regimen.Serving;
using Regimen.Tests.TestKit;

namespace Regimen.Tests;

/// <summary>The architecture (docs/house.md): an assembly references lower assemblies only, and a namespace ("room") uses lower namespaces only.
/// Read from the compiled assemblies.</summary>
public sealed partial class HouseTests
{
    /// <summary>The assemblies from the bottom up, with the packages that each may reference.</summary>
    private static readonly (Assembly Assembly, string[] Packages)[] Assemblies =
    [
        (typeof(Problem).Assembly, []),
        (Assembly.Load("Regimen.Analysis"), ["Google.Protobuf", "Microsoft.Data.Sqlite", "SkiaSharp", "YamlDotNet"]),
        (typeof(CatalogAttribute).Assembly, ["TorchSharp"]),
        (typeof(ComponentCatalog).Assembly, ["TorchSharp", "Apache.Arrow", "DuckDB.NET.Data", "Google.Protobuf", "Npgsql", "OpenTelemetry*", "SkiaSharp", "YamlDotNet"]),
        (typeof(ModelExport).Assembly, ["TorchSharp", "Google.Protobuf", "Microsoft.ML.OnnxRuntime"]),
        (typeof(ModelServer).Assembly, ["TorchSharp", "Microsoft.AspNetCore*", "Microsoft.Extensions.*"]),
        (Assembly.Load("Regimen.Sweeps"), ["TorchSharp", "YamlDotNet"]),
        (Assembly.Load("Regimen.Dashboard"), ["TorchSharp", "Microsoft.AspNetCore*", "Microsoft.Extensions.*", "Microsoft.Net.Http.Headers"]),
        (typeof(RegimenApp).Assembly, ["TorchSharp", "Spectre.Console", "Spectre.Console.Ansi", "System.CommandLine"]),
    ];

    /// <summary>The namespaces from the bottom up. Namespaces on one level do not use each other.</summary>
    private static readonly string[][] Floors =
    [
        ["Regimen"],
        ["Files", "Reproducibility", "Kernels"],
        ["Engine"],
        ["Safetensors", "Ranks"],
        ["WeightFiles"],
        ["Runs", "Layers"],
        ["SweepFiles"],
        ["Curves", "Importance", "Charts"],
        ["Listing"],
        ["Exchange", "Reports"],
        ["Data", "FineTuning", "Graphs"],
        ["Transforms", "Metrics"],
        ["Loading", "Optimization"],
        ["Models", "Evaluation", "Inspection", "Text"],
        ["Training"],
        ["Recording"],
        ["Downloads", "Imaging", "Tracking", "Findings"],
        ["Datasets"],
        ["Catalog"],
        ["Configuration"],
        ["Experiments"],
        ["Verification", "Prediction", "Tuning", "Profiling", "Search", "Slurm"],
        ["Sweeps"],
        ["Onnx", "Web"],
        ["Exporting", "Serving", "Dashboard"],
        ["App.Hosting"],
        ["App.Screen"],
        ["App.CommandLine", "App.Doctor"],
        ["App.Commands"],
        ["App"],
    ];

    public static TheoryData<string> Rooms => [.. Floors.SelectMany(f => f)];

    [Fact]
    public void An_assembly_references_lower_assemblies_and_its_packages_only()
    {
        var below = new List<string>();
        foreach ((Assembly assembly, string[] packages) in Assemblies)
        {
            IEnumerable<string> references = assembly.GetReferencedAssemblies().Select(a => a.Name!)
                .Where(n => n is not ("System" or "netstandard" or "Microsoft.Win32.Primitives") && (!n.StartsWith("System.", StringComparison.Ordinal) || n == "System.CommandLine"));
            string[] families = [.. packages.Where(p => p.EndsWith('*')).Select(p => p.TrimEnd('*'))];
            Assert.Empty(references.Where(n => !families.Any(f => n.StartsWith(f, StringComparison.Ordinal))).Except([.. below, .. packages]));
            below.Add(assembly.GetName().Name!);
        }
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Namespaces_depend_on_lower_namespaces_only(string room)
    {
        int floor = Array.FindIndex(Floors, f => f.Contains(room));
        
        // A namespace's name also matches nested namespaces, so the outermost one is identified by its classes.
        string[] above = [.. Floors[floor..].SelectMany(f => f).Where(r => r != room && r != "App").Select(Namespace), typeof(RegimenApp).FullName!, "Regimen.App.CommandTree"];
        if (room == "App")
        {
            return;
        }

        string space = Regex.Escape(Namespace(room));
        NetArchTest.Rules.TestResult result = Types.InAssemblies(Assemblies.Select(a => a.Assembly))
            .That().ResideInNamespaceMatching($"^{space}$")
            .ShouldNot().HaveDependencyOnAny(above)
            .GetResult();
        Assert.True(result.IsSuccessful, $"{room} uses a room above it: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void Every_namespace_is_in_the_diagram_and_every_folder_matches_its_namespace()
    {
        IEnumerable<string> namespaces = Assemblies.SelectMany(a => a.Assembly.GetTypes()).Where(t => !t.IsNested).Select(t => t.Namespace)
            .Where(n => n is not null && (n == "Regimen" || n.StartsWith("Regimen.", StringComparison.Ordinal))).Distinct()!;
        Assert.Equal(Floors.SelectMany(f => f).Select(Namespace).Order(), namespaces.Order());
        string picture = File.ReadAllText(Path.Combine(Repository.Root, "docs", "house.md"));
        Assert.All(Floors.SelectMany(f => f), room => Assert.Contains(room.Split('.')[^1], picture, StringComparison.Ordinal));
        foreach (string file in Sources(Path.Combine(Repository.Root, "src")))
        {
            string[] parts = Path.GetRelativePath(Path.Combine(Repository.Root, "src"), file).Split(Path.DirectorySeparatorChar);
            Match declared = Namespaces().Match(File.ReadAllText(file));
            string room = parts[0] == "Regimen.App" ? "Regimen.App" : "Regimen";
            Assert.True(!declared.Success || declared.Groups[1].Value == (parts.Length == 2 ? room : $"{room}.{parts[1]}"), $"{file} is in the namespace {declared.Groups[1].Value}");
        }
    }

    [Fact]
    public void Only_the_app_writes_to_the_console()
    {
        foreach (string file in Sources(Path.Combine(Repository.Root, "src")).Where(f => !f.Contains("Regimen.App", StringComparison.Ordinal)))
        {
            Assert.False(ConsoleCall().IsMatch(File.ReadAllText(file)), $"{file} writes to the console");
        }
    }

    [Fact]
    public void Public_signatures_do_not_expose_packages_above_the_library()
    {
        foreach (Type type in Assemblies.SkipLast(1).SelectMany(a => a.Assembly.GetExportedTypes()))
        {
            Assert.DoesNotContain(
                type.GetMethods().SelectMany(m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType)),
                t => t.Namespace is { } n && (n.StartsWith("YamlDotNet", StringComparison.Ordinal) || n.StartsWith("SkiaSharp", StringComparison.Ordinal) || n.StartsWith("Google", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void RandomStream_is_the_only_source_of_randomness()
    {
        // Calls that draw from libtorch's generator directly. Layers also draw, in their constructors and in dropout; the
        // generator is seeded from (seed, purpose, epoch, step) before these.
        IEnumerable<string> drawing = Sources(Path.Combine(Repository.Root, "src"))
            .Where(file => Drawing().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetFileName(file));

        // Dropout draws a number per pass, the others initial values, like libtorch's layers, or a key of them.
        Assert.Equal(["DropoutMask.cs", "Embedding.cs", "InitialUniform.cs", "InitialValues.cs", "Linear.cs"], drawing.Order());
    }

    private static IEnumerable<string> Sources(string folder) => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [GeneratedRegex(@"(?<![\w.])(torch\.)?(rand|randn|randint|randperm|rand_like|randn_like|randint_like|bernoulli|multinomial|normal)\(|\.(uniform_|normal_|random_|bernoulli_|exponential_)\(")]
    private static partial Regex Drawing();

    private static string Namespace(string room) => room == "Regimen" ? room : $"Regimen.{room}";

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespaces();

    [GeneratedRegex(@"\bConsole\.(Write|Error|Out)")]
    private static partial Regex ConsoleCall();
}
