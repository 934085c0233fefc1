using System.Collections;
using System.Reflection;
using static TorchSharp.torch;

namespace Regimen.Layers;

/// <summary>Detects hooks on a module: a module with hooks has to be run through its <c>call</c>.</summary>
/// <remarks>TorchSharp has no API for that, so its private lists are read. A test checks their names with the version in use; if they are not
/// found, the module is treated as having hooks.</remarks>
internal sealed class ModuleHooks
{
    private static readonly FieldInfo?[] Fields =
    [
        .. new[] { "pre_hooks", "post_hooks", "module_pre_hooks", "module_post_hooks" }
            .Select(name => typeof(nn.Module<Tensor, Tensor>).BaseType!.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)),
    ];

    private readonly ICollection[]? _hooks;

    /// <summary>Finds the lists of a module.</summary>
    public ModuleHooks(nn.Module<Tensor, Tensor> module)
    {
        ICollection[] hooks = [.. Fields.Select(f => f?.GetValue(module)).OfType<ICollection>()];
        _hooks = hooks.Length == Fields.Length ? hooks : null;
    }

    /// <summary>Whether TorchSharp's lists were found.</summary>
    public bool AreKnown => _hooks is not null;

    /// <summary>Whether the module has hooks now.</summary>
    public bool Any
    {
        get
        {
            if (_hooks is null)
            {
                return true;
            }

            foreach (ICollection hooks in _hooks)
            {
                if (hooks.Count > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
