using Regimen.App;
using Regimen.App.Hosting;
using Regimen.Tests.Kernels;
using Spectre.Console.Testing;

// The runtime requires a class with this name, without a namespace.
internal static class StartupHook
{
    private const int LoadedNothing = 17;

    /// <summary>The variable that makes the process run Regimen's program with the models and data sets of this assembly.</summary>
    public const string WithTestData = "REGIMEN_TESTS_WITH_TEST_DATA";

    /// <summary>The variable with the path of a project folder that has two runs.</summary>
    public const string Project = "REGIMEN_TESTS_PROJECT";

    /// <summary>The variable that makes the process write the width of its vectors and a digest of many products.</summary>
    public const string ProductDigest = "REGIMEN_TESTS_PRODUCTS";

    /// <summary>The variable that makes the process write a digest of many functions and norms.</summary>
    public const string FunctionDigest = "REGIMEN_TESTS_FUNCTIONS";

    /// <summary>Called at the start of a process that names this assembly in DOTNET_STARTUP_HOOKS. Runs commands that only read configs and
    /// records, and exits with 17 if they loaded neither TorchSharp nor libtorch.</summary>
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(WithTestData) is not null)
        {
            string[] args = Environment.GetCommandLineArgs()[1..];
            Environment.Exit(RegimenApp.RunAsync(args, AppHost.OfProcess([typeof(StartupHook).Assembly])).GetAwaiter().GetResult());
        }

        if (Environment.GetEnvironmentVariable(ProductDigest) is not null)
        {
            Console.WriteLine(ProductCases.Digest());
            Environment.Exit(0);
        }

        if (Environment.GetEnvironmentVariable(FunctionDigest) is not null)
        {
            Console.WriteLine(FunctionCases.Digest());
            Environment.Exit(0);
        }

        using var output = new StringWriter();
        using var console = new TestConsole();
        var host = new AppHost { Out = output, Error = output, Console = console, IsTerminal = false, WorkingDirectory = Environment.GetEnvironmentVariable(Project)! };
        int[] codes =
        [
            Run("train", "--print-config", "model=cnn", "experiment=course_sgd", "transforms.train=[horizontal_flip]"),
            Run("train", "--help"),
            Run("inspect", "config"),
            Run("inspect", "config", "--schema"),
            Run("train", "model=mpl", "optimizer.learning_rate=3"),
            Run("runs"),
            Run("runs", "model.hidden<100", "--group-seeds"),
            Run("runs", "show", "latest"),
            Run("runs", "show", "best"),
            Run("runs", "tag", "latest", "+good"),
            Run("plot", "latest"),
            Run(["runs", "compare", .. Directory.GetDirectories(Path.Combine(host.WorkingDirectory, "runs")).Select(d => Path.GetFileName(d))]),
        ];
        string[] loaded =
        [
            .. AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name!).Where(n => n.StartsWith("TorchSharp", StringComparison.Ordinal)),
            .. File.ReadAllText("/proc/self/maps").Contains("libtorch", StringComparison.OrdinalIgnoreCase) ? ["libtorch"] : Array.Empty<string>(),
        ];
        if (codes is not [0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0] || loaded.Length > 0)
        {
            Console.Error.WriteLine($"exit codes {string.Join(", ", codes)}; loaded: {string.Join(", ", loaded)}\n{output}");
            Environment.Exit(1);
        }

        Environment.Exit(LoadedNothing);

        int Run(params string[] args) => RegimenApp.RunAsync(args, host).GetAwaiter().GetResult();
    }
}
