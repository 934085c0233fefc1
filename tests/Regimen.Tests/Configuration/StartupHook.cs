using Regimen.App;
using Spectre.Console.Testing;

// The runtime looks for a class of this name, in no namespace.
internal static class StartupHook
{
    private const int LoadedNothing = 17;

    /// <summary>Set where the process is Regimen's program with this assembly's models and data sets beside its own.</summary>
    public const string WithTestData = "REGIMEN_TESTS_WITH_TEST_DATA";

    /// <summary>In a process that names this assembly in DOTNET_STARTUP_HOOKS: runs commands that only look at configs before anything
    /// else runs, and ends with 17 where libtorch was not loaded for them.</summary>
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(WithTestData) is not null)
        {
            string[] args = Environment.GetCommandLineArgs()[1..];
            Environment.Exit(RegimenApp.RunAsync(args, AppHost.OfProcess([typeof(StartupHook).Assembly])).GetAwaiter().GetResult());
        }

        using var output = new StringWriter();
        using var console = new TestConsole();
        var host = new AppHost { Out = output, Error = output, Console = console, IsTerminal = false, WorkingDirectory = AppContext.BaseDirectory };
        int[] codes =
        [
            Run("train", "--print-config", "model=cnn", "experiment=course_sgd", "transforms.train=[horizontal_flip]"),
            Run("train", "--help"),
            Run("inspect", "config"),
            Run("inspect", "config", "--schema"),
            Run("train", "model=mpl", "optimizer.learning_rate=3"),
        ];
        bool loaded = File.ReadAllText("/proc/self/maps").Contains("libtorch", StringComparison.OrdinalIgnoreCase);
        Environment.Exit(codes is [0, 0, 0, 0, 2] && !loaded ? LoadedNothing : 1);

        int Run(params string[] args) => RegimenApp.RunAsync(args, host).GetAwaiter().GetResult();
    }
}
