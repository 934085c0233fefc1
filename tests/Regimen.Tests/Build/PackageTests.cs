using System.IO.Compression;
using System.Xml.Linq;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Build;

/// <summary>The contents of the packages.</summary>
[Collection(DotnetCommand.Builds)]
public sealed class PackageTests(PackedRepository packed)
{
    private static readonly string[] Libraries =
        ["Regimen.Records", "Regimen.Analysis", "Regimen.Core", "Regimen.Experiments", "Regimen.Sweeps", "Regimen.Dashboard", "Regimen.Export", "Regimen.Serving", "Regimen.App"];

    [Fact]
    public void The_packages_are_the_libraries_with_their_symbols_and_the_templates()
        => Assert.Equal(
            Libraries.SelectMany(l => new[] { $"{l}.{Version}.nupkg", $"{l}.{Version}.snupkg" }).Append($"Regimen.Templates.{Version}.nupkg").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(packed.Packages).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Fact]
    public void A_package_has_its_documents_and_names_its_dependencies_in_the_same_version()
        => Assert.All(Libraries, library =>
        {
            using ZipArchive package = ZipFile.OpenRead(Path.Combine(packed.Packages, $"{library}.{Version}.nupkg"));
            string assembly = library == "Regimen.Core" ? "Regimen" : library;
            Assert.All([$"lib/net10.0/{assembly}.dll", $"lib/net10.0/{assembly}.xml", "README.md", "icon.png"], f => Assert.NotNull(package.GetEntry(f)));
            using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(packed.Packages, $"{library}.{Version}.snupkg"));
            Assert.NotNull(symbols.GetEntry($"lib/net10.0/{assembly}.pdb"));

            XElement metadata = Specification(package);
            Assert.Equal("MIT", Value(metadata, "license"));
            Assert.True(Value(metadata, "description")!.Length > 30);

            // The address of a clone may be a path of somebody's machine.
            Assert.Null(metadata.Elements().SingleOrDefault(e => e.Name.LocalName == "repository")?.Attribute("url"));
            Assert.All(
                metadata.Descendants().Where(e => e.Name.LocalName == "dependency" && e.Attribute("id")!.Value.StartsWith("Regimen", StringComparison.Ordinal)),
                d => Assert.Equal(Version, d.Attribute("version")!.Value));
        });

    /// <summary>Times and random names are what differs between two packages of the same files.</summary>
    [Fact]
    public void A_package_has_no_time_and_no_random_name()
        => Assert.All(Directory.GetFiles(packed.Packages), file =>
        {
            using ZipArchive package = ZipFile.OpenRead(file);
            Assert.All(package.Entries, e => Assert.Equal(new DateTime(2026, 1, 1), e.LastWriteTime.DateTime));
            Assert.NotNull(package.GetEntry("package/services/metadata/core-properties/nuget.psmdcp"));
        });

    [Fact]
    public void The_library_brings_its_usings_its_check_and_the_native_library_for_older_systems()
    {
        using ZipArchive package = ZipFile.OpenRead(Path.Combine(packed.Packages, $"Regimen.Core.{Version}.nupkg"));
        Assert.All(
            ["buildTransitive/Regimen.Core.props", "buildTransitive/Regimen.Core.targets", "runtimes/linux-x64/native/LibTorchSharp.so"],
            f => Assert.NotNull(package.GetEntry(f)));
    }

    /// <summary>The version of the assemblies, without the commit.</summary>
    private static string Version { get; } = typeof(Problem).Assembly.GetName().Version!.ToString(3);

    private static XElement Specification(ZipArchive package)
    {
        using Stream file = package.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(file).Root!.Elements().Single();
    }

    private static string? Value(XElement metadata, string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value;
}
