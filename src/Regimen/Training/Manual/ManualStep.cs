using Regimen.Data;
using Regimen.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>A step of <see cref="ManualTrainer"/>: its batches, and the parts of the model that it updates.</summary>
/// <remarks>libtorch's random number generator is seeded from (seed, epoch, step) before each step, so that what the step draws
/// (<c>torch.randn</c>, dropout) is the same after a resume. Tensors that the step creates are disposed at its end.</remarks>
public sealed class ManualStep
{
    private readonly IReadOnlyDictionary<string, TrainedPart> _parts;
    private readonly IEnumerator<Batch> _batches;
    private readonly IReadOnlyList<string> _values;
    private readonly double?[] _reported;
    private readonly int _count;
    private int _left;

    internal ManualStep(Progress at, IReadOnlyDictionary<string, TrainedPart> parts, IEnumerator<Batch> batches, int count, IReadOnlyList<string> values)
    {
        (_values, _reported) = (values, new double?[values.Count]);
        At = at;
        _parts = parts;
        _batches = batches;
        _count = _left = count;
    }

    /// <summary>The epoch, and the number of this step, from 1, over the whole run.</summary>
    public Progress At { get; }

    /// <summary>The step's batches: <see cref="TrainOptions.Accumulate"/> of them, fewer in the last step of an epoch. Each is valid until the
    /// next is read, and can be read once.</summary>
    /// <exception cref="WorkFailedException">The batches of this step have been read before.</exception>
    public IEnumerable<Batch> Batches
    {
        get
        {
            if (_left < _count)
            {
                throw new WorkFailedException(new Problem("The batches of a step can be read once only") { Where = $"{At}", Hint = "Keep what the step needs of a batch in tensors of its own." });
            }

            return Read();
        }
    }

    /// <summary>The step's only batch.</summary>
    /// <exception cref="WorkFailedException">The step has several batches, or it has been read before.</exception>
    public Batch Batch => _count == 1
        ? Batches.First()
        : throw new WorkFailedException(new Problem("The step has several batches") { Where = $"{At}", Expected = "one batch, with Accumulate = 1", Received = $"{_count}", Hint = "Read them with step.Batches." });

    /// <summary>Returns a part of the model by its name.</summary>
    /// <param name="part">The sub-module's name in the model; empty for a model that is trained as a whole.</param>
    /// <exception cref="ArgumentException">The trainer was given no optimizer for this name.</exception>
    public TrainedPart this[string part] => _parts.TryGetValue(part, out TrainedPart? found)
        ? found
        : throw new ArgumentException($"No part '{part}': the trainer has optimizers for {string.Join(", ", _parts.Keys.Select(k => $"'{k}'"))}.", nameof(part));

    /// <summary>The part of a model that is trained as a whole.</summary>
    public TrainedPart Model => this[string.Empty];

    /// <summary>The reported values, in the order of their names.</summary>
    /// <exception cref="WorkFailedException">A value is missing.</exception>
    internal IReadOnlyList<double> Reported => [.. _reported.Zip(_values, (value, name) => value
        ?? throw new WorkFailedException(new Problem($"The step did not report the value '{name}'") { Where = $"{At}", Hint = "Call step.Report with each of the names in every step." }))];

    /// <summary>Reports a value of the step, to be recorded beside its loss.</summary>
    /// <param name="name">One of the names given to <see cref="ManualTrainer"/>.</param>
    /// <param name="value">A single value.</param>
    /// <exception cref="ArgumentException">The name was not given to the trainer.</exception>
    public void Report(string name, Tensor value)
    {
        int index = _values.TakeWhile(v => v != name).Count();
        if (index == _values.Count)
        {
            throw new ArgumentException($"No value '{name}': the trainer was given {(_values.Count == 0 ? "none" : string.Join(", ", _values))}.", nameof(name));
        }

        using Tensor detached = value.detach();
        _reported[index] = detached.ToDouble();
    }

    /// <summary>Reads the batches that the step left, so that the next step begins with its own.</summary>
    internal void SkipRest()
    {
        while (_left > 0 && _batches.MoveNext())
        {
            _left--;
        }
    }

    private IEnumerable<Batch> Read()
    {
        while (_left > 0 && _batches.MoveNext())
        {
            _left--;
            yield return _batches.Current;
        }
    }
}
