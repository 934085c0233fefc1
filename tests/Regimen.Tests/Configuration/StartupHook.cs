using Regimen.App;
using Regimen.App.Hosting;
using Spectre.Console.Testing;

// The runtime looks for a class of this name, in no namespace.
internal static class StartupHook
{
    private const int LoadedNothing = 17;

    /// <summary>Set where the process is Regimen's program with this assembly's models and data sets beside its own.</summary>
    public const string WithTestData = "REGIMEN_TESTS_WITH_TEST_DATA";

    /// <summary>Set to a project's folder with two runs.</summary>
    public const string Project = "REGIMEN_TESTS_PROJECT";

    /// <summary>In a process that names this assembly in DOTNET_STARTUP_HOOKS: runs commands that only look at configs before anything
    /// else runs, and ends with 17 where neither TorchSharp nor libtorch was loaded for them.</summary>
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(WithTestData) is not null)
        {
            string[] args = Environment.GetCommandLineArgs()[1..];
            Environment.Exit(RegimenApp.RunAsync(args, AppHost.OfProcess([typeof(StartupHook).Assembly])).GetAwaiter().GetResult());
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
            Run("runs", "show", "latest"),
            Run(["runs", "compare", .. Directory.GetDirectories(Path.Combine(host.WorkingDirectory, "runs")).Select(d => Path.GetFileName(d))]),
        ];
        string[] loaded =
        [
            .. AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name!).Where(n => n.StartsWith("TorchSharp", StringComparison.Ordinal)),
            .. File.ReadAllText("/proc/self/maps").Contains("libtorch", StringComparison.OrdinalIgnoreCase) ? ["libtorch"] : Array.Empty<string>(),
        ];
        if (codes is not [0, 0, 0, 0, 2, 0, 0, 0] || loaded.Length > 0)
        {
            Console.Error.WriteLine($"exit codes {string.Join(", ", codes)}; loaded: {string.Join(", ", loaded)}\n{output}");
            Environment.Exit(1);
        }

        Environment.Exit(LoadedNothing);

        int Run(params string[] args) => RegimenApp.RunAsync(args, host).GetAwaiter().GetResult();
    }
}
