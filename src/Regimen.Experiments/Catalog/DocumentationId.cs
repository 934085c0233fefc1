using System.Reflection;

namespace Regimen.Catalog;

/// <summary>Where something is documented: an assembly, and the ID by which the compiler's documentation file names a type or member.</summary>
/// <param name="Assembly">The assembly.</param>
/// <param name="Id">As <c>T:Regimen.Models.Mlp</c>.</param>
internal readonly record struct DocumentationId(Assembly Assembly, string Id)
{
    /// <summary>The ID of the class that a function is in; itself for a class.</summary>
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

/// <summary>Forms documentation IDs.</summary>
internal static class Documentation
{
    /// <summary>The ID of a type or member.</summary>
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

    /// <summary>The ID of a type by its full name.</summary>
    public static DocumentationId IdOf(Assembly assembly, string type) => new(assembly, $"T:{Name(type)}");

    private static string Name(string type) => type.Replace('+', '.');

    private static string Parameters(MethodInfo method)
    {
        string types = string.Join(",", method.GetParameters().Select(p => Name(p.ParameterType.FullName!)));
        return types.Length == 0 ? "" : $"({types})";
    }
}
