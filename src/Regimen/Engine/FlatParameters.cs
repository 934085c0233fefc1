using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>A model's trainable parameters as views of one buffer, and their gradients as views of another. What an optimizer, a norm,
/// a copy or an exchange between machines does to every parameter, it does to one tensor.</summary>
/// <remarks>
/// The model keeps its own <see cref="Parameter"/> objects; only their memory moves. Each starts at a multiple of 64 bytes; the gaps
/// stay zero. Frozen parameters (<c>requires_grad</c> false) stay where they are. A parameter shared by two layers is there once.
/// Moving the model to another device or dtype makes new parameters: build this afterwards.
/// </remarks>
public sealed class FlatParameters : IDisposable
{
    private const int Alignment = 16;
    private static readonly ConditionalWeakTable<nn.Module, FlatParameters> ByModel = [];

    [ThreadStatic]
    private static FlatParameters? _gathering;
    private readonly nn.Module _model;
    private readonly Parameter[] _parameters;
    private readonly GradientViews _gradientViews;
    private readonly Dictionary<IntPtr, int> _indices;

    /// <summary>Gathers a model's trainable parameters; their values stay the same.</summary>
    /// <exception cref="RequestException">The model has none, or they differ in element type or device.</exception>
    public FlatParameters(nn.Module model)
    {
        _model = model;
        (string Name, Parameter Parameter)[] trainable = Trainable(model);
        Parameter first = trainable[0].Parameter;
        var ranges = new ParameterRange[trainable.Length];
        long length = 0;
        for (int i = 0; i < trainable.Length; i++)
        {
            Parameter parameter = trainable[i].Parameter;
            ranges[i] = new ParameterRange(trainable[i].Name, length, parameter.numel(), parameter.shape);
            length += (parameter.numel() + Alignment - 1) / Alignment * Alignment;
        }

        _parameters = [.. trainable.Select(p => p.Parameter)];
        _indices = _parameters.Index().ToDictionary(p => p.Item.Handle, p => p.Index);
        Ranges = ranges;
        Values = zeros(length, first.dtype, first.device).DetachFromDisposeScope();
        Gradients = zeros_like(Values).DetachFromDisposeScope();
        using (no_grad())
        using (NewDisposeScope())
        {
            for (int i = 0; i < ranges.Length; i++)
            {
                using Tensor value = ranges[i].View(Values);
                value.copy_(_parameters[i]);
                _parameters[i].set_(value);
            }

            _gradientViews = new GradientViews(_parameters, [.. ranges.Select(r => r.View(Gradients).DetachFromDisposeScope())]);
        }

        ByModel.AddOrUpdate(model, this);
    }

    /// <summary>Refuses a model whose parameters can't be gathered; changes nothing.</summary>
    /// <exception cref="RequestException">The model has no parameters to train, or they differ in element type or device.</exception>
    public static void Check(nn.Module model) => _ = Trainable(model);

    /// <summary>Where each parameter lies, in the order in which the model names them.</summary>
    public IReadOnlyList<ParameterRange> Ranges { get; }

    /// <summary>Every parameter's values: one dimension, gaps included.</summary>
    public Tensor Values { get; }

    /// <summary>Every parameter's gradient, laid out as <see cref="Values"/>. A backward pass adds to it.</summary>
    public Tensor Gradients { get; }

    /// <summary>Whether <see cref="Gradients"/> holds those of earlier batches of the same step, so that clearing them would lose work.</summary>
    internal bool IsAccumulating { get; set; }

    /// <summary>How often a parameter was frozen or unfrozen (<c>requires_grad</c>) after it was gathered.</summary>
    internal int FreezeChanges => _gradientViews.FreezeChanges;

    /// <summary>Whether a parameter has been frozen since it was gathered: an optimizer leaves it as it is.</summary>
    internal bool IsFrozen(int index) => _gradientViews.IsFrozen(index);

    /// <summary>How many numbers are trained.</summary>
    public long Count => Ranges.Sum(r => r.Length);

    /// <summary>Whose gradients layers may add to themselves, on this thread; null for none. See <see cref="Gather"/>.</summary>
    internal static FlatParameters? Gathering => _gathering;

    /// <summary><see cref="Gather"/> for a model whose parameters lie in such buffers; nothing for any other.</summary>
    internal static GatheredGradients GatherFor(nn.Module model) => new(ByModel.TryGetValue(model, out FlatParameters? parameters) ? parameters : null);

    /// <summary>Until what is returned is disposed, layers that can add to these gradients where they lie do so in a backward pass on this
    /// thread, and autograd does not see them. For who wants every gradient that is computed meanwhile here.</summary>
    public GatheredGradients Gather() => new(this);

    /// <summary>The address of a parameter's gradient; 0 where it is not trained here, or not float32 on the CPU.</summary>
    internal unsafe nint GradientOf(Parameter parameter)
        => _indices.TryGetValue(parameter.Handle, out int index) && Gradients.device_type == DeviceType.CPU && Gradients.dtype == ScalarType.Float32
            ? (nint)(TensorMemory.Pointer<float>(Gradients) + Ranges[index].Start)
            : 0;

    /// <summary>Makes sure that each parameter's <c>grad</c> is its part of <see cref="Gradients"/>. A gradient that something put in its
    /// place, as <c>backward(create_graph: true)</c> does, is copied in; one that was taken away, as by <c>zero_grad()</c>, counts as zero.</summary>
    /// <exception cref="WorkFailedException">A gradient was taken away between the batches of one step.</exception>
    public void AttachGradients()
    {
        if (_gradientViews.Attach(mayClear: !IsAccumulating) is var lost and >= 0)
        {
            throw new WorkFailedException(new Problem("A gradient was cleared between the batches of one step, so those of the batches before are lost")
            {
                Where = Ranges[lost].Name,
                Expected = "an objective that does not clear gradients, with trainer.accumulate above 1",
                Received = "grad = null, as zero_grad() sets it",
                Hint = "Take zero_grad() out of the objective (the trainer clears gradients after each step), or use torch.autograd.grad for gradients of your own.",
            });
        }
    }

    /// <summary>Refuses to go on with a model whose parameters are no longer those that were gathered.</summary>
    /// <exception cref="WorkFailedException">A parameter was replaced, moved to other memory, or unfrozen; it is named.</exception>
    public void ThrowIfReplaced()
    {
        Dictionary<string, Parameter> now = [];
        foreach ((string name, Parameter parameter) in _model.named_parameters())
        {
            now.TryAdd(name, parameter);
        }

        for (int i = 0; i < _parameters.Length; i++)
        {
            bool isThere = now.Remove(Ranges[i].Name, out Parameter? parameter) && parameter!.Handle == _parameters[i].Handle;
            if (!isThere || !LiesIn(i))
            {
                throw Replaced(Ranges[i].Name, isThere ? "the same parameter with other memory" : parameter is null ? "no such parameter" : "another parameter");
            }
        }

        if (now.FirstOrDefault(p => p.Value.requires_grad && !_indices.ContainsKey(p.Value.Handle)).Key is { } unfrozen)
        {
            throw Replaced(unfrozen, "a parameter that was added or unfrozen after the training began");
        }
    }

    private static WorkFailedException Replaced(string name, string received) => new(new Problem("A parameter is not the one that is trained any more")
    {
        Where = name,
        Expected = "the parameters that the model had when training began; values may be changed in place under no_grad()",
        Received = received,
        Hint = "Change values with copy_(). What is to be unfrozen later keeps requires_grad until training has begun; for other parameters, end the training and begin another.",
    });

    /// <summary>Whether a parameter's values still lie in <see cref="Values"/>; told on the CPU alone.</summary>
    private unsafe bool LiesIn(int i)
    {
        if (Values.device_type != DeviceType.CPU || Ranges[i].Length == 0 || Values.numel() * Values.ElementSize > int.MaxValue)
        {
            return true;
        }

        ReadOnlySpan<byte> all = Values.bytes;
        return _parameters[i].is_contiguous()
            && Unsafe.AreSame(in all[checked((int)(Ranges[i].Start * Values.ElementSize))], in _parameters[i].bytes[0]);
    }

    /// <summary>Sets every gradient to zero; they stay where they are, so the next backward pass adds in place.</summary>
    public void ClearGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        Gradients.zero_();
    }

    /// <summary>Takes the gradients away from the parameters; the parameters keep their values.</summary>
    public void Dispose()
    {
        if (ByModel.TryGetValue(_model, out FlatParameters? last) && last == this)
        {
            ByModel.Remove(_model);
        }

        _gradientViews.Dispose();
        Values.Dispose();
        Gradients.Dispose();
    }

    /// <summary>What <see cref="Gather"/> began.</summary>
    public readonly struct GatheredGradients : IDisposable
    {
        private readonly FlatParameters? _before;

        internal GatheredGradients(FlatParameters? parameters)
        {
            parameters?.AttachGradients();
            (_before, _gathering) = (_gathering, parameters);
        }

        /// <summary>Ends it.</summary>
        public void Dispose() => _gathering = _before;
    }

    private static (string Name, Parameter Parameter)[] Trainable(nn.Module model)
    {
        var seen = new HashSet<IntPtr>();
        (string Name, Parameter Parameter)[] trainable =
            [.. model.named_parameters().Where(p => p.parameter.requires_grad && seen.Add(p.parameter.Handle))];
        if (trainable.Length == 0)
        {
            throw new RequestException(new Problem("The model has no parameters to train")
            {
                Where = model.GetType().Name,
                Hint = "Call RegisterComponents() last in its constructor, and leave requires_grad on for at least one parameter.",
            });
        }

        SharedMemory.Check(model);
        Parameter first = trainable[0].Parameter;
        foreach ((string name, Parameter parameter) in trainable)
        {
            if (parameter.dtype != first.dtype || parameter.device.ToString() != first.device.ToString())
            {
                throw new RequestException(new Problem("A model's parameters differ in element type or device")
                {
                    Where = $"{model.GetType().Name}, {name}",
                    Expected = $"{first.dtype} on {first.device} (as {trainable[0].Name})",
                    Received = $"{parameter.dtype} on {parameter.device}",
                });
            }
        }

        return trainable;
    }
}

/// <summary>Where one parameter lies in a flat buffer.</summary>
/// <param name="Name">As the model names it: <c>fc1.weight</c>.</param>
/// <param name="Start">The first element.</param>
/// <param name="Length">How many elements.</param>
/// <param name="Shape">The parameter's own shape.</param>
public sealed record ParameterRange(string Name, long Start, long Length, IReadOnlyList<long> Shape)
{
    /// <summary>The parameter's part of a flat buffer, in its own shape, without a copy.</summary>
    public Tensor View(Tensor flat)
    {
        using Tensor part = flat.narrow(0, Start, Length);
        return part.view([.. Shape]);
    }
}
