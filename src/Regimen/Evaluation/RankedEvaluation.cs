using System.Buffers.Binary;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Evaluation;

/// <summary>An evaluation that the ranks of a job share: rank r computes the batches r, r + N, r + 2N… and sends losses and predictions to rank 0, which
/// reads every batch and measures in their order. The values are those of one process.</summary>
internal static class RankedEvaluation
{
    /// <summary>Evaluates on every rank.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="model">The model, with the same weights and buffers on all ranks.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="loader">The loader: of all batches on rank 0, of its share on any other.</param>
    /// <param name="metrics">The metrics in addition to the task's own.</param>
    /// <param name="cancellationToken">Ends the pass between two batches.</param>
    /// <returns>The result on rank 0; on the others its loss and values only.</returns>
    public static EvaluationResult Run(
        RankGroup group, nn.Module model, Objective objective, DataLoader loader, IReadOnlyList<Metric> metrics, CancellationToken cancellationToken)
    {
        EvaluationResult? whole = null;
        if (group.Rank == 0)
        {
            int batch = 0;
            whole = Evaluator.Evaluate(model, objective, loader, metrics, own => batch++ % group.Size is > 0 and var rank ? Read(group.Exchange.ReceiveFrom(rank), objective.Parts, loader.Device) : own(), cancellationToken);
        }
        else
        {
            Send(group, model, objective.For(loader.Dataset.Classes), loader, metrics, cancellationToken);
        }

        return Share(group, whole);
    }

    private static void Send(RankGroup group, nn.Module model, Objective objective, DataLoader loader, IReadOnlyList<Metric> metrics, CancellationToken cancellationToken)
    {
        var checks = MetricSet.Create(objective, metrics, loader.Dataset.Classes, TargetScale.Of(loader.Dataset));
        using (new EvaluationMode(model))
        using (no_grad())
        {
            foreach (Batch batch in loader.InOrder(cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using DisposeScope scope = NewDisposeScope();
                group.Exchange.SendToFirst(Write(Evaluator.Compute(model, objective, batch, checks)));
            }
        }
    }

    // Loss; number of parts, parts; element type, rank, shape; values.
    private static byte[] Write(ObjectiveResult result)
    {
        Tensor predictions = result.Predictions.detach().cpu().contiguous();
        double[] parts = [.. result.Parts.Select(p => p.Value.detach().ToDouble())];
        long[] shape = predictions.shape;
        int header = 8 * (4 + parts.Length + shape.Length);
        var bytes = new byte[header + (predictions.numel() * predictions.ElementSize)];
        int at = 0;
        PutDouble(result.Loss.detach().ToDouble());
        PutLong(parts.Length);
        Array.ForEach(parts, PutDouble);
        PutLong((sbyte)predictions.dtype);
        PutLong(shape.Length);
        Array.ForEach(shape, PutLong);
        TensorMemory.ForEachPiece(predictions, piece =>
        {
            piece.CopyTo(bytes.AsSpan(at));
            at += piece.Length;
        });
        return bytes;

        void PutDouble(double value) => PutLong(BitConverter.DoubleToInt64Bits(value));

        void PutLong(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), value);
            at += 8;
        }
    }

    private static ObjectiveResult Read(byte[] bytes, IReadOnlyList<string> names, Device device)
    {
        int at = 0;
        Tensor loss = tensor(GetDouble(), ScalarType.Float64);
        (string, Tensor)[] parts = [.. names.Take((int)GetLong()).Select(name => (name, tensor(GetDouble(), ScalarType.Float64)))];
        var type = (ScalarType)(sbyte)GetLong();
        long[] shape = [.. Enumerable.Range(0, (int)GetLong()).Select(_ => GetLong())];
        Tensor predictions = empty(shape, type);
        bytes.AsSpan(at).CopyTo(predictions.bytes);
        return new ObjectiveResult(loss, predictions.to(device)) { Parts = parts };

        double GetDouble() => BitConverter.Int64BitsToDouble(GetLong());

        long GetLong()
        {
            at += 8;
            return BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at - 8));
        }
    }

    /// <summary>Sends the values that decide about the training to all ranks.</summary>
    private static EvaluationResult Share(RankGroup group, EvaluationResult? whole)
    {
        byte[] own = whole is null ? [] : [.. new double[] { whole.Samples, whole.Loss }.Concat(whole.Metrics.Values).SelectMany(BitConverter.GetBytes)];
        string names = group.Exchange.FromFirst(() => string.Join('\n', whole!.Metrics.Keys));
        byte[] first = group.Exchange.FromFirst(() => own);
        if (whole is not null)
        {
            return whole;
        }

        double[] values = [.. Enumerable.Range(0, first.Length / 8).Select(i => BitConverter.ToDouble(first, 8 * i))];
        string[] keys = names.Length == 0 ? [] : names.Split('\n');
        return new EvaluationResult
        {
            Samples = (long)values[0],
            Loss = values[1],
            Metrics = new OrderedDictionary<string, double>(keys.Zip(values.Skip(2), KeyValuePair.Create)),
        };
    }
}
