using System.Collections.Immutable;
using System.Reflection;

namespace Regimen.Configuration;

/// <summary>A supported list type of a property.</summary>
internal sealed class ListType
{
    private readonly Func<Array, object> _from;

    private ListType(Type element, Func<Array, object> from)
    {
        Element = element;
        _from = from;
    }

    /// <summary>The element type.</summary>
    public Type Element { get; }

    /// <summary>Returns the list type of an array, an immutable array, or an interface that arrays implement; null for other types.</summary>
    public static ListType? For(Type type)
    {
        if (type.IsSZArray)
        {
            return new ListType(type.GetElementType()!, a => a);
        }

        if (!type.IsConstructedGenericType || type.GetGenericArguments() is not [Type element])
        {
            return null;
        }

        if (type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            MethodInfo create = typeof(ListType).GetMethod(nameof(ToImmutable), BindingFlags.Static | BindingFlags.NonPublic)!;
            create = create.MakeGenericMethod(element);
            return new ListType(element, a => create.Invoke(null, [a])!);
        }

        return type.IsInterface && type.IsAssignableFrom(element.MakeArrayType()) ? new ListType(element, a => a) : null;
    }

    /// <summary>Converts an array to the list type.</summary>
    public object From(Array values) => _from(values);

    private static ImmutableArray<T> ToImmutable<T>(T[] values) => ImmutableArray.Create(values);
}
