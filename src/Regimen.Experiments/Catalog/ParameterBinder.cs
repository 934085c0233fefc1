using System.Globalization;
using System.Reflection;

namespace Regimen.Catalog;

/// <summary>A constructor or function whose arguments are found by their types, whatever their order and names.</summary>
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

    /// <summary>The options record it asks for; null for none.</summary>
    public Type? OptionsType { get; }

    /// <summary>Plans the call of a method that is given an options record and a value of each of these types.</summary>
    /// <param name="method">A constructor or a static method.</param>
    /// <param name="given">The types that can be given beside an options record.</param>
    /// <param name="problem">Which parameter can't be given, where the answer is null.</param>
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
                problem = seen.Add(type) ? null : $"`{Describe(parameter)}` asks a second time for the same";
            }
            else if (IsOptionsRecord(type))
            {
                problem = optionsType is null ? null : $"`{Describe(parameter)}` is a second options record";
                optionsType = type;
            }
            else if (!parameter.HasDefaultValue)
            {
                problem = $"`{Describe(parameter)}` can't be given";
            }

            if (problem is not null)
            {
                return null;
            }
        }

        return new ParameterBinder(method, parameters, optionsType);
    }

    /// <summary>Whether a parameter of this type is an options record: a class of the user's own that is a record.</summary>
    public static bool IsOptionsRecord(Type type)
        => type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && IsRecord(type);

    /// <summary>Whether a class is a record: only those have the compiler's copying method.</summary>
    public static bool IsRecord(Type type) => type.GetMethod("<Clone>$", BindingFlags.Public | BindingFlags.Instance) is not null;

    /// <summary>As it is written in C#: <c>Mlp(Options options, int outputs)</c>.</summary>
    public static string Describe(MethodBase method)
    {
        string name = method is ConstructorInfo ? method.DeclaringType!.Name : method.Name;
        return $"{name}({string.Join(", ", method.GetParameters().Select(Describe))})";
    }

    /// <summary>Makes the call. An exception of the method itself comes through as it is.</summary>
    /// <param name="options">The options record.</param>
    /// <param name="values">One of each of the given types.</param>
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
