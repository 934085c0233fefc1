using System.Security;
using System.Text;

namespace Regimen.Tests.TestKit;

/// <summary>The packages of the repository except the tool, packed once from what is built, when a test first asks for them.</summary>
public sealed class PackedRepository : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string> _packages;
    private readonly Lazy<string> _templates;

    /// <summary>Packs nothing yet.</summary>
    public PackedRepository() => (_packages, _templates) = (new(Pack), new(InstallTemplates));

    /// <summary>The folder with the packages.</summary>
    public string Packages => _packages.Value;

    /// <summary>The environment in which <c>dotnet</c> restores Regimen's packages into this folder, and keeps nothing for the user.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["NUGET_PACKAGES"] = _folder["restored"],
    };

    /// <summary>The arguments by which <c>dotnet new</c> has the templates of the package, and leaves those of the user alone.</summary>
    public string[] Hive => ["--debug:custom-hive", _templates.Value];

    /// <summary>The folder of a restored package.</summary>
    public string Restored(string package) => Path.Combine(_folder["restored"], package.ToLowerInvariant());

    /// <summary>Writes a <c>nuget.config</c> by which programs in a folder take Regimen's packages from here, and others from the user's.</summary>
    internal void UseIn(TemporaryFolder folder)
    {
        string users = System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        folder.Write("nuget.config", Encoding.UTF8.GetBytes($"""
            <configuration>
              <packageSources><add key="packed" value="{SecurityElement.Escape(Packages)}" /></packageSources>
              <fallbackPackageFolders><add key="users" value="{SecurityElement.Escape(users)}" /></fallbackPackageFolders>
            </configuration>
            """));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Packs what the tests' build has built, in one process. The solution's own pack, with the tool, is ToolTests' to try.</summary>
    private string Pack()
    {
        IEnumerable<string> projects = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(p => !p.EndsWith("Regimen.Cli.csproj", StringComparison.Ordinal))
            .Append(Path.Combine(Repository.Root, "templates", "Regimen.Templates.csproj"));
        string pack = _folder.Write("Pack.proj", Encoding.UTF8.GetBytes($"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{SecurityElement.Escape(string.Join(';', projects))}" Targets="Pack"
                         Properties="Configuration={DotnetCommand.Configuration};NoBuild=true;_IsPacking=true;PackageOutputPath={SecurityElement.Escape(_folder["packages"])}" />
              </Target>
            </Project>
            """));
        DotnetCommand.Run(_folder.FullPath, "msbuild", pack, "-nologo", "-v:q");
        return _folder["packages"];
    }

    private string InstallTemplates()
    {
        DotnetCommand.Run(_folder.FullPath, "new", "install", Directory.GetFiles(Packages, "Regimen.Templates.*.nupkg").Single(), "--debug:custom-hive", _folder["templates"]);
        return _folder["templates"];
    }
}

/// <summary>The tests that build share the packages.</summary>
[CollectionDefinition(DotnetCommand.Builds)]
public sealed class BuildsCollection : ICollectionFixture<PackedRepository>;
