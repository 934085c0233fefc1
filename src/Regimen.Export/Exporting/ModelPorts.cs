using Regimen.Data;
using Regimen.Graphs;
using Regimen.Metrics;
using Regimen.Models;

namespace Regimen.Exporting;

/// <summary>The inputs and the output of an exported model without pre-processing.</summary>
internal static class ModelPorts
{
    private const string Batch = "batch";

    /// <summary>The input of a field: <c>[batch, …shape]</c>. The length of a sequence is not fixed.</summary>
    public static GraphPort Of(Field field)
    {
        GraphType type = field.BatchType switch { ElementType.Float32 => GraphType.Float32, ElementType.Int64 => GraphType.Int64, _ => GraphType.UInt8 };
        IEnumerable<GraphSize> sizes = field.Shape.Dimensions.Select((size, i) => i == 0 && IsSequence(field) ? (GraphSize)$"{field.Name}_length" : (long)size);
        return new GraphPort(field.Name, type, [Batch, .. sizes]);
    }

    /// <summary>The output for inputs of a model.</summary>
    /// <param name="name">The name.</param>
    /// <param name="sample">The shape of the output of one sample, without the batch.</param>
    /// <param name="context">The model's inputs.</param>
    public static GraphPort Output(string name, IReadOnlyList<long> sample, ModelContext context)
    {
        Field? sequence = context.Inputs.FirstOrDefault(IsSequence);
        return new GraphPort(
            name,
            GraphType.Float32,
            [Batch, .. sample.Select((size, i) => sequence is not null && sample.Count > 1 && i == 0 && size == sequence.Shape.Dimensions[0] ? (GraphSize)$"{sequence.Name}_length" : size)]);
    }

    /// <summary>The name of the plain output.</summary>
    public static string OutputName(PredictionTask task) => task == PredictionTask.Regression ? "values" : "logits";

    /// <summary>Whether the first dimension is the length of a sequence of tokens.</summary>
    private static bool IsSequence(Field field) => field.IsVariable || (field.Type == ElementType.Int64 && field.Shape.Rank == 1);
}
