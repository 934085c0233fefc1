using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Lists the modules of a model, each before the modules in it, in the order in which they were registered.</summary>
internal static class ModuleTree
{
    /// <param name="model">The model.</param>
    /// <param name="layers">The layers of the model with their work.</param>
    /// <param name="outputShape">Returns the output shape of a module; null if unknown.</param>
    public static IReadOnlyList<ModuleSummary> Of(nn.Module model, IReadOnlyList<(nn.Module Module, long? MultiplyAdds)> layers, Func<nn.Module, IReadOnlyList<long>?> outputShape)
    {
        var work = new Dictionary<nn.Module, long?>(ReferenceEqualityComparer.Instance);
        foreach ((nn.Module module, long? multiplyAdds) in layers)
        {
            work.TryAdd(module, multiplyAdds);
        }

        return [.. Walk(model, string.Empty, 0)];

        IEnumerable<ModuleSummary> Walk(nn.Module parent, string prefix, int depth)
        {
            foreach ((string name, nn.Module module) in parent.named_children())
            {
                Parameter[] parameters = [.. module.parameters().DistinctBy(p => p.Handle)];
                long?[] all = [.. module.modules().Prepend(module).Distinct(ReferenceEqualityComparer.Instance).Cast<nn.Module>().Where(work.ContainsKey).Select(m => work[m])];
                yield return new ModuleSummary(
                    prefix + name,
                    module.GetType().Name.Split('`')[0],
                    depth,
                    outputShape(module),
                    parameters.Sum(p => p.numel()),
                    parameters.Where(p => p.requires_grad).Sum(p => p.numel()),
                    all.Contains(null) ? null : all.Sum());
                foreach (ModuleSummary inner in Walk(module, $"{prefix}{name}.", depth + 1))
                {
                    yield return inner;
                }
            }
        }
    }
}
