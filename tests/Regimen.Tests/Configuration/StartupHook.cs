using Regimen.Catalog;
using Regimen.Configuration;

// The runtime looks for a class of this name, in no namespace.
internal static class StartupHook
{
    private const int LoadedNothing = 17;

    /// <summary>In a process that names this assembly in DOTNET_STARTUP_HOOKS: composes a config before anything else runs, and ends with
    /// 17 where libtorch was not loaded for it.</summary>
    public static void Initialize()
    {
        var request = new ConfigRequest { WorkingDirectory = AppContext.BaseDirectory, Arguments = ["model=cnn", "experiment=course_sgd"] };
        ComponentCatalog catalog = ComponentCatalog.From(typeof(ComponentCatalog).Assembly);
        ComposedConfig composed = ConfigComposer.Compose(catalog, request);
        int groups = ConfigSchema.For(catalog, request).Groups.Count;
        bool loaded = File.ReadAllText("/proc/self/maps").Contains("libtorch", StringComparison.OrdinalIgnoreCase);
        Environment.Exit(composed.Config.ToYaml().Length > 0 && groups > 0 && !loaded ? LoadedNothing : 1);
    }
}
