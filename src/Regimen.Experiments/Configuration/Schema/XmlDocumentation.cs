using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>The summaries that the compiler writes beside an assembly, from the comments in its source.</summary>
internal static partial class XmlDocumentation
{
    private static readonly ConcurrentDictionary<Assembly, Dictionary<string, XElement>> Known = new();

    /// <summary>The summary of a type or member in one line; null where there is none, or no documentation file.</summary>
    public static string? Summary(MemberInfo member)
    {
        if (Summary(Documentation.IdOf(member)) is { } summary)
        {
            return summary;
        }

        // A positional record's properties are described as its parameters.
        XElement? element = member is PropertyInfo { DeclaringType: { } type }
            ? Known.GetOrAdd(type.Assembly, Read).GetValueOrDefault(Documentation.IdOf(type).Id)?.Elements("param").FirstOrDefault(p => p.Attribute("name")?.Value == member.Name)
            : null;
        return element is null ? null : Flatten(element);
    }

    /// <summary>The summary of what is documented there.</summary>
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
            // Help without summaries is still help.
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

    /// <summary>The last name of what is referred to.</summary>
    private static string Reference(XElement reference)
    {
        if (reference.Attribute("cref")?.Value is ['P', ':', .. string property])
        {
            // As the config spells it.
            return JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Split('.')[^1]);
        }

        string name = (reference.Attribute("cref") ?? reference.Attribute("langword") ?? reference.Attribute("name"))?.Value ?? reference.Value;
        return name.Split('(')[0].Split('.', ':')[^1].Split('`')[0];
    }

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
