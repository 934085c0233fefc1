using Regimen.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Finds the modules of a model whose bits depend on the machine, whatever the arithmetic.</summary>
internal static class MachineOperations
{
    /// <summary>Returns what depends on the machine, module by module: <c>conv1 (Conv2d)</c>. Empty if nothing does.</summary>
    public static IReadOnlyList<string> Of(nn.Module model)
    {
        IEnumerable<(string Name, nn.Module Module)> all = model.named_modules().Select(m => (m.name, m.module)).Where(m => m.name.Length > 0).Prepend((string.Empty, model));
        return [.. all.Select(m => Of(m.Name, m.Module)).OfType<string>()];
    }

    private static string? Of(string name, nn.Module module)
    {
        string place = name.Length > 0 ? name : "the model";
        return module switch
        {
            IPortable own => own.MachineOperation is { } operation ? $"{place} ({operation})" : null,
            Sequential or Flatten or Identity or ReLU => null,
            _ when module.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ModuleList<>) => null,
            _ => $"{place} ({module.GetType().Name})",
        };
    }
}
