using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Models;
using Regimen.Reproducibility;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Exporting;

/// <summary>The samples on which an export is compared with its model.</summary>
internal sealed class ExportSamples : IDisposable
{
    private readonly IReadOnlyList<KeyValuePair<string, Tensor>> _fields;
    private readonly IReadOnlyList<KeyValuePair<string, Tensor>> _lengths;

    private ExportSamples(string source, IReadOnlyList<KeyValuePair<string, Tensor>> fields, IReadOnlyList<KeyValuePair<string, Tensor>> lengths)
    {
        (Source, _fields, _lengths) = (source, fields, lengths);
    }

    /// <summary>Where they come from: <c>test</c>, <c>val</c> or <c>train</c> for a split of the run's data, or <c>random</c>.</summary>
    public string Source { get; }

    /// <summary>Reads the first samples of a split of a run's data.</summary>
    /// <param name="experiment">The run's experiment.</param>
    /// <param name="count">The number of samples.</param>
    /// <param name="transforms">The transforms; none for the source's own values.</param>
    public static ExportSamples OfData(Experiment experiment, int count, IReadOnlyList<ITransform> transforms)
    {
        (string name, IDataset data) = experiment.Data.Parts.Last(p => p.Data.Count > 0);
        var options = new LoaderOptions { EvalBatchSize = count, Workers = 0 };
        using DataLoader loader = DataLoader.ForEvaluation(data.Take(Math.Min(count, data.Count)), options, transforms);

        // A loader's batch lives until its enumeration ends.
        return loader.InOrder().Select(batch => Copy(name, data, batch, count)).First();
    }

    /// <summary>Draws samples: numbers from 0 to 1, integers below the cardinality.</summary>
    public static ExportSamples Random(ModelContext context, int count)
    {
        RandomStream random = RandomStream.For(seed: 1, RandomPurpose.Split);
        return new ExportSamples(
            "random",
            [.. context.Inputs.Select(f => KeyValuePair.Create(f.Name, Draw(f, count, ref random)))],
            [.. context.Inputs.Where(f => f.IsVariable).Select(f => KeyValuePair.Create(f.Name, tensor(Enumerable.Repeat((long)f.Shape.Dimensions[0], count).ToArray())))]);
    }

    /// <summary>A field of all samples.</summary>
    public Tensor this[string field] => _fields.First(f => f.Key == field).Value;

    /// <summary>Some of the samples as a batch, which shares their memory.</summary>
    public Batch Batch(int start, int count) => new([.. Narrow(_fields, start, count)], count, default, ownsTensors: true)
    {
        Targets = new HashSet<string>(),
        VariableLengths = [.. Narrow(_lengths, start, count)],
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor tensor) in _fields.Concat(_lengths))
        {
            tensor.Dispose();
        }
    }

    private static ExportSamples Copy(string name, IDataset data, Batch batch, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor places = tensor(Enumerable.Range(0, count).Select(i => (long)(i % batch.Count)).ToArray());
        IEnumerable<string> inputs = data.Fields.Where(f => !f.IsTarget).Select(f => f.Name);
        return new ExportSamples(
            name,
            [.. inputs.Select(f => KeyValuePair.Create(f, batch[f].index_select(0, places).contiguous().DetachFromDisposeScope()))],
            [.. data.Fields.Where(f => !f.IsTarget && f.IsVariable).Select(f => KeyValuePair.Create(f.Name, batch.Lengths(f.Name).index_select(0, places).DetachFromDisposeScope()))]);
    }

    private static Tensor Draw(Field field, int count, ref RandomStream random)
    {
        long elements = (long)count * field.Shape.Elements;
        long[] shape = field.Shape.Batch(count);
        if (field.BatchType == ElementType.Float32)
        {
            Tensor values = empty(shape);
            foreach (ref float value in TensorMemory.Span<float>(values))
            {
                value = (float)random.NextDouble();
            }

            return values.DetachFromDisposeScope();
        }

        int below = field.Cardinality ?? 256;
        Tensor drawn = empty(shape, ScalarType.Int64);
        foreach (ref long value in TensorMemory.Span<long>(drawn))
        {
            value = random.NextInt32(below);
        }

        return (field.BatchType == ElementType.UInt8 ? drawn.to(ScalarType.Byte) : drawn).DetachFromDisposeScope();
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Narrow(IReadOnlyList<KeyValuePair<string, Tensor>> fields, int start, int count)
        => fields.Select(f => KeyValuePair.Create(f.Key, f.Value.narrow(0, start, count)));
}
