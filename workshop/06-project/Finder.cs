using System.Reflection;
using static TorchSharp.torch;

namespace Digits;

/// <summary>Finds models and data sets by their names. A model is a class in <c>Digits.Models</c>, a data set a method in <c>Digits.Datasets</c> that returns
/// a <see cref="DigitSet"/>; upper and lower case are equal.</summary>
public static class Finder
{
    private static readonly Type[] Types = Assembly.GetExecutingAssembly().GetTypes();

    /// <summary>The names of all models.</summary>
    public static IEnumerable<string> Models => ModelTypes.Select(t => NameOf(t.Name));

    /// <summary>The names of all data sets.</summary>
    public static IEnumerable<string> Datasets => DatasetMethods.Select(m => NameOf(m.Name));

    private static IEnumerable<Type> ModelTypes
        => Types.Where(t => t.Namespace == "Digits.Models" && t.IsAssignableTo(typeof(nn.Module<Tensor, Tensor>))).OrderBy(t => t.Name, StringComparer.Ordinal);

    private static IEnumerable<MethodInfo> DatasetMethods
        => Types.Where(t => t.Namespace == "Digits.Datasets").SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .Where(m => m.ReturnType == typeof(DigitSet)).OrderBy(m => m.Name, StringComparer.Ordinal);

    /// <summary>Creates a model.</summary>
    public static nn.Module<Tensor, Tensor> CreateModel(string name)
        => (nn.Module<Tensor, Tensor>)Activator.CreateInstance(ModelTypes.FirstOrDefault(t => NameOf(t.Name) == name) ?? throw Unknown("model", name, Models))!;

    /// <summary>Loads a data set.</summary>
    public static DigitSet LoadDataset(string name)
        => (DatasetMethods.FirstOrDefault(m => NameOf(m.Name) == name) ?? throw Unknown("data set", name, Datasets)).CreateDelegate<Func<DigitSet>>()();

    private static string NameOf(string name) => name.ToLowerInvariant();

    private static ArgumentException Unknown(string kind, string name, IEnumerable<string> known)
        => new($"unknown {kind} {name}; expected one of {string.Join(", ", known)}");
}
