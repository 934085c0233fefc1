using System.Text;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Tests.Catalog;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Configuration;

/// <summary>A working directory with configs, in addition to the shipped ones.</summary>
internal sealed class ConfigFixture : IDisposable
{
    public static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "configs");
    private readonly TemporaryFolder _folder = new();

    public static ComponentCatalog Catalog { get; } = ComponentCatalog.FromTypes(
        [typeof(FakeOptimizer), typeof(FakePad), typeof(FakeModel), typeof(FakeDatasets)]);

    /// <summary>The environment variables.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public string Folder => _folder.FullPath;

    /// <summary>Writes a file at a path relative to the working directory.</summary>
    public ConfigFixture With(string file, string text)
    {
        _folder.Write(file, Encoding.UTF8.GetBytes(text));
        return this;
    }

    /// <summary>Copies the shipped train.yaml to the working directory.</summary>
    public ConfigFixture WithDefaults(Func<string, string>? change = null)
    {
        string text = File.ReadAllText(Path.Combine(Shipped, "train.yaml"));
        return With("configs/train.yaml", change?.Invoke(text) ?? text);
    }

    public ComposedConfig Compose(params string[] arguments) => ComposeWith(null, arguments);

    public ComposedConfig ComposeWith(string? file, params string[] arguments)
        => ConfigComposer.Compose(Catalog, new ConfigRequest
        {
            WorkingDirectory = Folder,
            ConfigFile = file,
            Arguments = arguments,
            Environment = name => Variables.GetValueOrDefault(name),
        });

    public IReadOnlyList<Problem> Problems(params string[] arguments) => Assert.Throws<RequestException>(() => Compose(arguments)).Problems;

    public IReadOnlyList<Problem> ProblemsWith(string file, params string[] arguments)
        => Assert.Throws<RequestException>(() => ComposeWith(file, arguments)).Problems;

    public void Dispose() => _folder.Dispose();
}
