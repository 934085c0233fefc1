using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>Reads summaries from the XML documentation file of an assembly.</summary>
internal static partial class XmlDocumentation
{
    private static readonly ConcurrentDictionary<Assembly, Dictionary<string, XElement>> Known = new();

    /// <summary>Returns the summary of a type or member in one line; null if it has none, or there is no documentation file.</summary>
    public static string? Summary(MemberInfo member)
    {
        if (Summary(Documentation.IdOf(member)) is { } summary)
        {
            return summary;
        }

        // The properties of a positional record are documented as parameters.
        XElement? element = member is PropertyInfo { DeclaringType: { } type }
            ? Known.GetOrAdd(type.Assembly, Read).GetValueOrDefault(Documentation.IdOf(type).Id)?.Elements("param").FirstOrDefault(p => p.Attribute("name")?.Value == member.Name)
            : null;
        return element is null ? null : Flatten(element);
    }

    /// <summary>Returns the summary of a documentation entry in one line; null if there is none.</summary>
    public static string? Summary(DocumentationId documented)
        => Known.GetOrAdd(documented.Assembly, Read).GetValueOrDefault(documented.Id)?.Element("summary") is { } element ? Flatten(element) : null;

    private static Dictionary<string, XElement> Read(Assembly assembly)
    {
        string file = Path.ChangeExtension(assembly.Location, ".xml");
        if (file.Length == 0 || !File.Exists(file))
        {
            return [];
        }

        try
        {
            return XDocument.Load(file).Descendants("member")
                .GroupBy(m => m.Attribute("name")?.Value ?? "")
                .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        }
        catch (Exception exception) when (exception is XmlException or IOException or UnauthorizedAccessException)
        {
            // Help works without summaries.
            return [];
        }
    }

    private static string Flatten(XElement element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
        {
            _ = node switch
            {
                XText words => text.Append(words.Value),
                XElement { Name.LocalName: "see" or "seealso" or "paramref" or "typeparamref" } reference => text.Append(Reference(reference)),
                XElement inner => text.Append(Flatten(inner)),
                _ => text,
            };
        }

        return Spaces().Replace(text.ToString(), " ").Trim();
    }

    /// <summary>Returns the simple name of the referenced member.</summary>
    private static string Reference(XElement reference)
    {
        if (reference.Attribute("cref")?.Value is ['P', ':', .. string property])
        {
            // Properties are shown as config keys.
            return JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Split('.')[^1]);
        }

        string name = (reference.Attribute("cref") ?? reference.Attribute("langword") ?? reference.Attribute("name"))?.Value ?? reference.Value;
        return name.Split('(')[0].Split('.', ':')[^1].Split('`')[0];
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
