using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Regimen.Configuration;

/// <summary>The summaries that the compiler writes beside an assembly, from the comments in its source.</summary>
internal static partial class XmlDocumentation
{
    private static readonly ConcurrentDictionary<Assembly, Dictionary<string, XElement>> Known = new();

    /// <summary>The summary of a type or member in one line; null where there is none, or no documentation file.</summary>
    public static string? Summary(MemberInfo member)
    {
        Type type = member as Type ?? member.DeclaringType!;
        string typeName = type.FullName!.Replace('+', '.');
        string id = member switch
        {
            Type => $"T:{typeName}",
            PropertyInfo => $"P:{typeName}.{member.Name}",
            MethodInfo method => $"M:{typeName}.{member.Name}{Parameters(method)}",
            _ => $"F:{typeName}.{member.Name}",
        };
        Dictionary<string, XElement> members = Known.GetOrAdd(type.Assembly, Read);
        XElement? element = members.GetValueOrDefault(id)?.Element("summary");

        // A positional record's properties are described as its parameters.
        element ??= member is PropertyInfo
            ? members.GetValueOrDefault($"T:{typeName}")?.Elements("param").FirstOrDefault(p => p.Attribute("name")?.Value == member.Name)
            : null;
        return element is null ? null : Flatten(element);
    }

    private static string Parameters(MethodInfo method)
    {
        string types = string.Join(",", method.GetParameters().Select(p => p.ParameterType.FullName!.Replace('+', '.')));
        return types.Length == 0 ? "" : $"({types})";
    }

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
