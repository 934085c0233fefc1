using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Catalog;

namespace Regimen.Configuration;

/// <summary>The keys of an options record: its settable public properties in source order, those of the base type first. The keys of a nested
/// record are prefixed with its name and a dot.</summary>
internal sealed class OptionsShape
{
    private static readonly ConcurrentDictionary<Type, OptionsShape> Known = new();
    private readonly Dictionary<string, OptionKey> _byPath;

    private OptionsShape(Type type)
    {
        var keys = new List<OptionKey>();
        Type = type;
        Collect(type, CreateDefault(type), [], "", keys);
        Keys = keys;
        _byPath = new Dictionary<string, OptionKey>(StringComparer.Ordinal);
        foreach (OptionKey key in keys)
        {
            if (!_byPath.TryAdd(key.Path, key))
            {
                throw NotSupported(key.Chain[^1], $"two properties have the key `{key.Path}`");
            }
        }
    }

    /// <summary>The type of the record.</summary>
    public Type Type { get; }

    /// <summary>The keys, in the order in which they are written.</summary>
    public IReadOnlyList<OptionKey> Keys { get; }

    /// <summary>Returns the shape of a record type.</summary>
    /// <exception cref="RequestException">The type has an unsupported property.</exception>
    public static OptionsShape For(Type type) => Known.GetOrAdd(type, t => new OptionsShape(t));

    /// <summary>Finds the key with this path; null if there is none.</summary>
    public OptionKey? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>Whether the path is a nested record.</summary>
    public bool IsRecord(string path) => Keys.Any(k => k.Path.StartsWith($"{path}.", StringComparison.Ordinal));

    /// <summary>Returns the value of a key.</summary>
    public static object? Get(object options, OptionKey key)
    {
        object? value = options;
        foreach (PropertyInfo property in key.Chain)
        {
            value = property.GetValue(value);
        }

        return value;
    }

    /// <summary>Creates a record with these values by path, and defaults for the other keys.</summary>
    public object Create(IReadOnlyDictionary<string, object?> values)
    {
        object options = CreateDefault(Type);
        Fill(options, [.. Keys.Where(k => values.ContainsKey(k.Path))], 0, values);
        return options;
    }

    /// <summary>Writes a record's values as JSON. A nested record becomes a nested object.</summary>
    /// <param name="json">The object to write to.</param>
    /// <param name="options">The record.</param>
    /// <param name="instead">Returns the replacement for a key's value, or null to write the value itself.</param>
    public void WriteTo(JsonObject json, object options, Func<OptionKey, object?, JsonNode?>? instead = null)
    {
        foreach (OptionKey key in Keys)
        {
            JsonObject inner = json;
            string[] path = key.Path.Split('.');
            foreach (string outer in path[..^1])
            {
                inner = (JsonObject)(inner[outer] ??= new JsonObject());
            }

            object? value = Get(options, key);
            inner[path[^1]] = instead?.Invoke(key, value) ?? key.WriteJson(value);
        }
    }

    /// <summary>Whether two records have the same value for every key. Lists are compared element by element.</summary>
    public bool AreEqual(object a, object b) => a.GetType() == b.GetType() && Keys.All(k => k.Write(Get(a, k)) == k.Write(Get(b, k)));

    private static void Fill(object options, OptionKey[] keys, int depth, IReadOnlyDictionary<string, object?> values)
    {
        foreach (IGrouping<PropertyInfo, OptionKey> group in keys.GroupBy(k => k.Chain[depth]))
        {
            OptionKey first = group.First();
            object? value;
            if (first.Chain.Length == depth + 1)
            {
                value = first.ToProperty(values[first.Path]);
            }
            else
            {
                // Copy, as the default instance may be shared.
                object inner = group.Key.GetValue(options)!;
                value = inner.GetType().GetMethod("<Clone>$")!.Invoke(inner, null)!;
                Fill(value, [.. group], depth + 1, values);
            }

            group.Key.SetMethod!.Invoke(options, BindingFlags.DoNotWrapExceptions, null, [value], CultureInfo.InvariantCulture);
        }
    }

    private static void Collect(Type type, object defaults, PropertyInfo[] chain, string prefix, List<OptionKey> keys)
    {
        IEnumerable<PropertyInfo> properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0 && !p.IsDefined(typeof(ConfigIgnoreAttribute)))
            .OrderBy(p => Depth(p.DeclaringType!)).ThenBy(p => p.MetadataToken);
        ParameterInfo[] parameters = Constructor(type).GetParameters();
        foreach (PropertyInfo property in properties)
        {
            string path = prefix + JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            PropertyInfo[] longer = [.. chain, property];
            object? value = property.GetValue(defaults);
            ParameterInfo? parameter = parameters.FirstOrDefault(p => p.Name == property.Name);
            if (OptionKey.For(new OptionProperty(path, longer, parameter, value)) is { } key)
            {
                keys.Add(key);
            }
            else if (ParameterBinder.IsOptionsRecord(property.PropertyType) && value is not null && longer.Length <= 8)
            {
                Collect(property.PropertyType, value, longer, $"{path}.", keys);
            }
            else
            {
                throw NotSupported(property, $"received {property.PropertyType.Name}");
            }
        }
    }

    private static object CreateDefault(Type type)
    {
        ConstructorInfo constructor = Constructor(type);
        object?[] arguments = [.. constructor.GetParameters().Select(DefaultOf)];
        return constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture);
    }

    private static object? DefaultOf(ParameterInfo parameter)
        => parameter.HasDefaultValue ? parameter.DefaultValue ?? Zero(parameter.ParameterType) : Zero(parameter.ParameterType);

    private static object? Zero(Type type)
        => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? Activator.CreateInstance(type) : null;

    /// <summary>Returns the parameterless constructor, else the one of a positional record.</summary>
    private static ConstructorInfo Constructor(Type type) => type.GetConstructor(Type.EmptyTypes)
        ?? type.GetConstructors().Where(c => c.GetParameters().Length > 0).MaxBy(c => c.GetParameters().Length)
        ?? throw new RequestException(new Problem("Unable to create the options record")
        {
            Where = Name(type),
            Expected = "a public constructor",
        });

    private static int Depth(Type type) => type.BaseType is { } parent ? Depth(parent) + 1 : 0;

    private static string Name(Type type) => type.FullName!.Replace('+', '.');

    private static RequestException NotSupported(PropertyInfo property, string reason) => new(new Problem("The type of this property is not supported in a config")
    {
        Where = $"{Name(property.DeclaringType!)}.{property.Name}",
        Expected = "an int, long, ulong, float, double, bool, string or enum, a list of those, of components or of records, an IReadOnlyDictionary<string, string>, or a record that is not null; each with a "
            + "unique name",
        Received = reason.Replace("received ", "", StringComparison.Ordinal),
        Hint = "Use another type, or mark the property with [ConfigIgnore].",
    });
}
