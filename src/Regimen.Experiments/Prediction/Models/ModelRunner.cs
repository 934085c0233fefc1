using Regimen.Data;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Inspection;
using Regimen.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Prediction;

/// <summary>Runs a trained model on batches of prepared samples, with the threads and the memory format of its run.</summary>
/// <remarks>
/// libtorch's number of threads belongs to the process, and with OpenMP also to the calling thread. So batches of all models in a process are
/// computed one at a time, and each sets the number for its own thread. Several threads that call at once wait for each other; each batch uses
/// all of its model's threads.
/// </remarks>
internal sealed class ModelRunner
{
    private static readonly Lock Gate = new();
    private readonly OpenModel _model;
    private readonly Field[] _fields;
    private readonly bool _channelsLast;
    private readonly ThreadChoice _threads;
    private readonly Device _device;
    private readonly StableBatch _batch;
    private readonly Bits _bits;

    /// <param name="model">The model.</param>
    /// <param name="threads">The number of threads; null for that of the run.</param>
    /// <param name="stableRows">Whether the outputs of a sample do not depend on the size of its batch.</param>
    public ModelRunner(OpenModel model, int? threads, bool stableRows)
    {
        _model = model;
        _device = CPU;
        _fields = [.. model.Context.Inputs, .. model.Context.Target is { } target ? [target] : Array.Empty<Field>()];
        _channelsLast = model.Config.Loader.ChannelsLast ?? ConvolutionLayout.Pays(model.Model, model.Context.Inputs, _device);

        // Our own products and sums do not depend on the other samples of a batch, on their places or on addresses; libtorch's may.
        _bits = stableRows ? Bits.Portable : model.Config.Trainer.Bits;
        _threads = Choose(threads ?? model.Config.Threads);
        _batch = stableRows ? StableBatch.Of(model.Model, _threads.Threads) : StableBatch.Any;
    }

    /// <summary>The number of threads that compute.</summary>
    public int Threads => _threads.Threads;

    /// <summary>Returns the outputs of samples that are computed as one batch.</summary>
    /// <param name="groups">The samples, group after group.</param>
    /// <returns>The outputs of each sample.</returns>
    public float[][] Run(params IReadOnlyList<PreparedSamples> groups)
    {
        (PreparedSamples Group, int Index)[] samples = [.. groups.SelectMany(g => Enumerable.Range(0, g.Count).Select(i => (g, i)))];
        var outputs = new List<float[]>(samples.Length);
        for (int first = 0; first < samples.Length;)
        {
            int count = Math.Min(samples.Length - first, _batch.Largest);
            outputs.AddRange(RunBatch(samples.AsSpan(first, count)));
            first += count;
        }

        return [.. outputs];
    }

    private float[][] RunBatch(ReadOnlySpan<(PreparedSamples Group, int Index)> samples)
    {
        int rows = Math.Max(samples.Length, _batch.Smallest);
        using var buffer = new BatchBuffer(_fields, rows);
        for (int row = 0; row < samples.Length; row++)
        {
            samples[row].Group.CopyTo(samples[row].Index, 1, buffer, row);
        }

        FillUp(buffer, samples.Length, rows);
        float[] outputs = Alone(() => Compute(buffer, rows));
        int size = outputs.Length / rows;
        return [.. outputs.Chunk(size).Take(samples.Length)];
    }

    /// <summary>Runs work with the model's threads while no other model of the process computes.</summary>
    public T Alone<T>(Func<T> work)
    {
        lock (Gate)
        {
            using IDisposable threads = Engine.Threads.Borrow(_threads.Threads, _threads.SharedBy);
            using Arithmetic.OfThread arithmetic = Arithmetic.OnThread(_bits);
            return work();
        }
    }

    private float[] Compute(BatchBuffer buffer, int rows)
    {
        using IDisposable withoutGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Batch batch = buffer.ToBatch(rows, default, _device, _channelsLast);
        try
        {
            Tensor outputs = _model.Objective.Predict(_model.Model, batch).cpu().to(ScalarType.Float32).contiguous();
            return outputs.dim() > 0 && outputs.size(0) == rows ? TensorMemory.Span<float>(outputs).ToArray() : throw new WorkFailedException(
                new Problem("The model returned another number of outputs than it received samples") { Expected = $"{rows}", Received = $"a tensor [{string.Join(", ", outputs.shape)}]" });
        }
        finally
        {
            batch.DisposeTensors();
        }
    }

    /// <summary>Sequences need a length of at least 1; every other field is zero from the start.</summary>
    private void FillUp(BatchBuffer buffer, int count, int rows)
    {
        foreach (Field field in _fields.Where(f => f.IsVariable))
        {
            buffer.Lengths(field.Name)[(field.IsTarget ? 0 : count)..rows].Fill(1);
        }
    }

    private ThreadChoice Choose(int? threads)
    {
        // A dry run is needed only if Regimen's layers could be the ones that split the work.
        return threads is 1 || (threads is { } stated && _bits == Bits.Machine && !_model.Model.modules().OfType<Linear>().Any() && stated > 0)
            ? new ThreadChoice(threads.Value, SharedBy.Torch)
            : ThreadChoice.Of(ModelSummary.Of(_model.Model, _model.Context.Inputs), _model.Config.Loader.WholeBatchSize, Environment.ProcessorCount, threads, _bits);
    }
}
