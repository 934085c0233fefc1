using System.Reflection;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>A model's buffers. TorchSharp's <c>named_buffers</c> leaves out those registered with <c>persistent: false</c>, whatever it is asked
/// for; they are read from its own list, whose name a test holds to the version in use.</summary>
internal static class ModelBuffers
{
    private static readonly FieldInfo? List = typeof(nn.Module).GetField("_internal_buffers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);

    /// <summary>All of them.</summary>
    public static IEnumerable<(string Name, Tensor Buffer)> Of(nn.Module model) => model.named_buffers().Concat(Unsaved(model));

    /// <summary>Those that <c>state_dict</c>, and so every checkpoint, leaves out.</summary>
    public static IEnumerable<(string Name, Tensor Buffer)> Unsaved(nn.Module model)
    {
        var seen = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        foreach ((string path, nn.Module module) in model.named_modules().Prepend((string.Empty, model)))
        {
            if (!seen.Add(module) || List?.GetValue(module) is not IEnumerable<(string Name, (Tensor Buffer, bool IsSaved) Value)> buffers)
            {
                continue;
            }

            foreach ((string name, (Tensor buffer, bool isSaved)) in buffers)
            {
                if (!isSaved && buffer is not null)
                {
                    yield return (path.Length == 0 ? name : $"{path}.{name}", buffer);
                }
            }
        }
    }
}
