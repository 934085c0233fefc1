using System.Reflection;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Enumerates a model's buffers. TorchSharp's <c>named_buffers</c> leaves out those registered with <c>persistent: false</c>; they are
/// read from its private list, whose name a test checks with the version in use.</summary>
internal static class ModelBuffers
{
    private static readonly FieldInfo? List = typeof(nn.Module).GetField("_internal_buffers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);

    /// <summary>Returns all buffers.</summary>
    public static IEnumerable<(string Name, Tensor Buffer)> Of(nn.Module model) => model.named_buffers().Concat(Unsaved(model));

    /// <summary>Returns the buffers that are not in <c>state_dict</c> and therefore not in a checkpoint.</summary>
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
