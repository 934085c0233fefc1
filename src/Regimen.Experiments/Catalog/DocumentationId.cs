using System.Reflection;

namespace Regimen.Catalog;

/// <summary>An assembly and the ID of a type or member in the compiler's documentation file.</summary>
/// <param name="Assembly">The assembly.</param>
/// <param name="Id">The ID, for example <c>T:Regimen.Models.Mlp</c>.</param>
internal readonly record struct DocumentationId(Assembly Assembly, string Id)
{
    /// <summary>The ID of the class that contains a function; the same ID for a class.</summary>
    public DocumentationId OfClass
    {
        get
        {
            if (Id.StartsWith("T:", StringComparison.Ordinal))
            {
                return this;
            }

            string member = Id[2..].Split('(')[0];
            return this with { Id = $"T:{member[..member.LastIndexOf('.')]}" };
        }
    }
}

/// <summary>Creates documentation IDs.</summary>
internal static class Documentation
{
    /// <summary>Returns the ID of a type or member.</summary>
    public static DocumentationId IdOf(MemberInfo member)
    {
        Type type = member as Type ?? member.DeclaringType!;
        string typeName = Name(type.FullName!);
        return new(type.Assembly, member switch
        {
            Type => $"T:{typeName}",
            PropertyInfo => $"P:{typeName}.{member.Name}",
            MethodInfo method => $"M:{typeName}.{member.Name}{Parameters(method)}",
            _ => $"F:{typeName}.{member.Name}",
        });
    }

    /// <summary>Returns the ID of a type by its full name.</summary>
    public static DocumentationId IdOf(Assembly assembly, string type) => new(assembly, $"T:{Name(type)}");

    private static string Name(string type) => type.Replace('+', '.');

    private static string Parameters(MethodInfo method)
    {
        string types = string.Join(",", method.GetParameters().Select(p => Name(p.ParameterType.FullName!)));
        return types.Length == 0 ? "" : $"({types})";
    }
}
