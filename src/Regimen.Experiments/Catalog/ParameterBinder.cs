using System.Globalization;
using System.Reflection;

namespace Regimen.Catalog;

/// <summary>A constructor or function whose arguments are bound by type, independent of their order and names.</summary>
internal sealed class ParameterBinder
{
    private readonly MethodBase _method;
    private readonly ParameterInfo[] _parameters;

    private ParameterBinder(MethodBase method, ParameterInfo[] parameters, Type? optionsType)
    {
        _method = method;
        _parameters = parameters;
        OptionsType = optionsType;
    }

    /// <summary>The type of its options record; null if it takes none.</summary>
    public Type? OptionsType { get; }

    /// <summary>Binds the parameters of a method to an options record and a value of each of the given types.</summary>
    /// <param name="method">A constructor or a static method.</param>
    /// <param name="given">The available types in addition to an options record.</param>
    /// <param name="problem">The parameter that can't be bound, if the result is null.</param>
    public static ParameterBinder? TryPlan(MethodBase method, IReadOnlyCollection<Type> given, out string? problem)
    {
        problem = null;
        ParameterInfo[] parameters = method.GetParameters();
        var seen = new HashSet<Type>();
        Type? optionsType = null;
        foreach (ParameterInfo parameter in parameters)
        {
            Type type = parameter.ParameterType;
            if (given.Contains(type))
            {
                problem = seen.Add(type) ? null : $"`{Describe(parameter)}` requests the same value a second time";
            }
            else if (IsOptionsRecord(type))
            {
                problem = optionsType is null ? null : $"`{Describe(parameter)}` is a second options record";
                optionsType = type;
            }
            else if (!parameter.HasDefaultValue)
            {
                problem = $"`{Describe(parameter)}` is not supported";
            }

            if (problem is not null)
            {
                return null;
            }
        }

        return new ParameterBinder(method, parameters, optionsType);
    }

    /// <summary>Whether a parameter of this type is an options record.</summary>
    public static bool IsOptionsRecord(Type type)
        => type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && IsRecord(type);

    /// <summary>Whether a class is a record: only records have the compiler's clone method.</summary>
    public static bool IsRecord(Type type) => type.GetMethod("<Clone>$", BindingFlags.Public | BindingFlags.Instance) is not null;

    /// <summary>Returns the signature in C#: <c>Mlp(Options options, int outputs)</c>.</summary>
    public static string Describe(MethodBase method)
    {
        string name = method is ConstructorInfo ? method.DeclaringType!.Name : method.Name;
        return $"{name}({string.Join(", ", method.GetParameters().Select(Describe))})";
    }

    /// <summary>Calls the method. An exception of the method itself is thrown unchanged.</summary>
    /// <param name="options">The options record.</param>
    /// <param name="values">One value of each of the given types.</param>
    public object? Invoke(object options, params ReadOnlySpan<object> values)
    {
        if (OptionsType is not null && !OptionsType.IsInstanceOfType(options))
        {
            throw new ArgumentException($"Expected options of type {OptionsType}; received {options.GetType()}.", nameof(options));
        }

        object?[] arguments = new object?[_parameters.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            Type type = _parameters[i].ParameterType;
            arguments[i] = type == OptionsType ? options : ValueOf(type, values) ?? _parameters[i].DefaultValue;
        }

        return _method is ConstructorInfo constructor
            ? constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture)
            : _method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture);
    }

    private static object? ValueOf(Type type, ReadOnlySpan<object> values)
    {
        foreach (object value in values)
        {
            if (value.GetType() == type)
            {
                return value;
            }
        }

        return null;
    }

    private static string Describe(ParameterInfo parameter) => $"{TypeName(parameter.ParameterType)} {parameter.Name}";

    private static string TypeName(Type type) => type switch
    {
        _ when type == typeof(int) => "int",
        _ when type == typeof(string) => "string",
        _ when type == typeof(bool) => "bool",
        _ when type == typeof(double) => "double",
        _ => type.Name,
    };
}
