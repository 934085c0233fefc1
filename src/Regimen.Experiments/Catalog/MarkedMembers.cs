using System.Reflection;
using System.Reflection.Metadata;
using Regimen.Models;

namespace Regimen.Catalog;

/// <summary>Finds the classes and functions of an assembly with a <see cref="CatalogAttribute"/> by reading the assembly's metadata,
/// without loading other types.</summary>
internal static unsafe class MarkedMembers
{
    private static readonly HashSet<string> Attributes = [.. CatalogGroup.OfAttribute.Keys.Select(a => a.FullName!)];

    /// <summary>Returns every class with the attribute, and every class with a function with the attribute.</summary>
    /// <param name="assembly">The assembly. If it was created at run time it has no metadata to read, and all of its types are returned.</param>
    public static IReadOnlyList<MarkedType> Of(Assembly assembly)
    {
        if (!assembly.TryGetRawMetadata(out byte* blob, out int length))
        {
            return [.. assembly.GetTypes().Select(t => new MarkedType(t.FullName!, null))];
        }

        var reader = new MetadataReader(blob, length);
        var found = new List<MarkedType>();
        foreach (CustomAttributeHandle handle in reader.CustomAttributes)
        {
            CustomAttribute attribute = reader.GetCustomAttribute(handle);
            string attributeType = TypeOf(reader, attribute.Constructor);
            if (!Attributes.Contains(attributeType))
            {
                continue;
            }

            TypeDefinitionHandle type = attribute.Parent.Kind switch
            {
                HandleKind.TypeDefinition => (TypeDefinitionHandle)attribute.Parent,
                HandleKind.MethodDefinition => reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Parent).GetDeclaringType(),
                _ => default,
            };
            if (!type.IsNil)
            {
                bool isModel = attributeType == typeof(ModelAttribute).FullName && attribute.Parent.Kind == HandleKind.TypeDefinition;
                found.Add(new(Name(reader, type), isModel ? FirstArgument(reader, attribute) : null));
            }
        }

        return [.. found.DistinctBy(f => f.Type)];
    }

    /// <summary>Reads the value of a constructor's only argument, a string.</summary>
    private static string? FirstArgument(MetadataReader reader, CustomAttribute attribute)
    {
        BlobReader value = reader.GetBlobReader(attribute.Value);
        _ = value.ReadUInt16();
        return value.ReadSerializedString();
    }

    /// <summary>Returns the full name of the class of a constructor.</summary>
    private static string TypeOf(MetadataReader reader, EntityHandle constructor)
    {
        EntityHandle type = constructor.Kind switch
        {
            HandleKind.MethodDefinition => reader.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType(),
            HandleKind.MemberReference => reader.GetMemberReference((MemberReferenceHandle)constructor).Parent,
            _ => default,
        };
        if (type.IsNil)
        {
            return string.Empty;
        }

        if (type.Kind == HandleKind.TypeReference)
        {
            TypeReference reference = reader.GetTypeReference((TypeReferenceHandle)type);
            return $"{reader.GetString(reference.Namespace)}.{reader.GetString(reference.Name)}";
        }

        return type.Kind == HandleKind.TypeDefinition ? Name(reader, (TypeDefinitionHandle)type) : string.Empty;
    }

    private static string Name(MetadataReader reader, TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        string name = reader.GetString(type.Name);
        if (type.GetDeclaringType() is { IsNil: false } outer)
        {
            return $"{Name(reader, outer)}+{name}";
        }

        string space = reader.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }
}

/// <summary>A class with a <see cref="CatalogAttribute"/> on it or on one of its functions.</summary>
/// <param name="Type">The full name for <see cref="Assembly.GetType(string)"/>.</param>
/// <param name="Model">The name of a model in the catalog; null for other components.</param>
internal sealed record MarkedType(string Type, string? Model);
