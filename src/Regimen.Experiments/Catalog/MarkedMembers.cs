using System.Reflection;
using System.Reflection.Metadata;
using Regimen.Models;

namespace Regimen.Catalog;

/// <summary>Finds the classes and functions of an assembly that carry a <see cref="CatalogAttribute"/> by reading the assembly's metadata,
/// so that no other type of it is loaded.</summary>
internal static unsafe class MarkedMembers
{
    private static readonly HashSet<string> Attributes = [.. CatalogGroup.OfAttribute.Keys.Select(a => a.FullName!)];

    /// <summary>Every marked class, and every class with a marked function.</summary>
    /// <param name="assembly">The assembly. One that was made at run time has no metadata to read: all of its types are returned.</param>
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

    /// <summary>The value of a constructor's only argument, a text.</summary>
    private static string? FirstArgument(MetadataReader reader, CustomAttribute attribute)
    {
        BlobReader value = reader.GetBlobReader(attribute.Value);
        _ = value.ReadUInt16();
        return value.ReadSerializedString();
    }

    /// <summary>The full name of the class whose constructor this is.</summary>
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
/// <param name="Type">Its full name, as <see cref="Assembly.GetType(string)"/> takes it.</param>
/// <param name="Model">The name in the catalog, of a model; else null.</param>
internal sealed record MarkedType(string Type, string? Model);
