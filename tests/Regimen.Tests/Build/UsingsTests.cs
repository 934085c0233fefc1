using System.Reflection;
using System.Xml.Linq;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Build;

/// <summary>Tests the global usings that the library's package brings.</summary>
public sealed class UsingsTests
{
    private static XElement[] Usings => [.. XDocument.Load(Path.Combine(Repository.Root, "build", "Regimen.props")).Descendants("Using")];

    private static string[] Namespaces => [.. Usings.Where(u => u.Attribute("Alias") is null).Select(u => u.Attribute("Include")!.Value)];

    [Fact]
    public void A_name_that_TorchSharp_has_too_is_an_alias()
    {
        HashSet<string> theirs =
        [
            .. typeof(Tensor).Assembly.GetExportedTypes().Where(t => t is { IsNested: false, Namespace: "TorchSharp" or "TorchSharp.Modules" }).Select(Name),
            .. typeof(torch).GetNestedTypes().Select(Name),
            .. typeof(nn).GetNestedTypes().Select(Name),
        ];
        IEnumerable<string> ours = ((Assembly[])[typeof(Problem).Assembly, typeof(CatalogAttribute).Assembly]).SelectMany(a => a.GetExportedTypes())
            .Where(t => !t.IsNested && Namespaces.Contains(t.Namespace)).Select(Name);
        Assert.Equal(Usings.Select(u => u.Attribute("Alias")?.Value).OfType<string>().Order(), ours.Where(theirs.Contains).Distinct().Order());
    }

    [Fact]
    public void Every_namespace_exists_in_the_library()
    {
        string?[] exported = [.. ((Assembly[])[typeof(Problem).Assembly, typeof(CatalogAttribute).Assembly]).SelectMany(a => a.GetExportedTypes()).Select(t => t.Namespace).Distinct()];
        Assert.Empty(Namespaces.Except(exported));
    }

    private static string Name(Type type) => type.Name.Split('`')[0];
}
