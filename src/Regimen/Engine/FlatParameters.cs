using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Holds a model's trainable parameters as views of one buffer, and their gradients as views of another, so that an optimizer, a norm
/// or a copy needs one operation for all parameters.</summary>
/// <remarks>
/// The model keeps its own <see cref="Parameter"/> objects; only their memory moves. Each starts at a multiple of 64 bytes; the padding
/// between them stays zero. Frozen parameters (<c>requires_grad</c> false) stay where they are. A parameter shared by two layers is held once.
/// Moving the model to another device or dtype creates new parameters: create this object afterwards.
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

    /// <summary>Moves a model's trainable parameters into one buffer; their values stay the same.</summary>
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

    /// <summary>Checks that a model's parameters can be moved into one buffer; changes nothing.</summary>
    /// <exception cref="RequestException">The model has no parameters to train, or they differ in element type or device.</exception>
    public static void Check(nn.Module model) => _ = Trainable(model);

    /// <summary>The range of each parameter in the buffer, in the order of the model's named parameters.</summary>
    public IReadOnlyList<ParameterRange> Ranges { get; }

    /// <summary>The values of all parameters: one dimension, padding included.</summary>
    public Tensor Values { get; }

    /// <summary>The gradients of all parameters, laid out as <see cref="Values"/>. A backward pass adds to them.</summary>
    public Tensor Gradients { get; }

    /// <summary>Whether <see cref="Gradients"/> holds gradients of earlier batches of the same step, which must not be cleared.</summary>
    internal bool IsAccumulating { get; set; }

    /// <summary>Called when a backward pass into these buffers begins; null for nothing.</summary>
    internal Action? BackwardBegins { get; init; }

    /// <summary>Takes the loss of a backward pass in place of reading it, which waits for the device, and returns the part of it that is known; null
    /// to read it.</summary>
    internal Func<Tensor, float>? KeepLoss { get; set; }

    /// <summary>How often a parameter was frozen or unfrozen (<c>requires_grad</c>) since this object was created.</summary>
    internal int FreezeChanges => _gradientViews.FreezeChanges;

    /// <summary>Whether a parameter has been frozen since this object was created; an optimizer does not update it then.</summary>
    internal bool IsFrozen(int index) => _gradientViews.IsFrozen(index);

    /// <summary>The number of trained values, without padding.</summary>
    public long Count => Ranges.Sum(r => r.Length);

    /// <summary>The buffers that layers on this thread may add their gradients to; null for none. See <see cref="Gather"/>.</summary>
    internal static FlatParameters? Gathering => _gathering;

    /// <summary>Calls <see cref="Gather"/> for a model whose parameters are in such buffers; does nothing for any other.</summary>
    internal static GatheredGradients GatherFor(nn.Module model) => new(Of(model));

    /// <summary>Returns the buffers of a model; null if its parameters are not in any.</summary>
    internal static FlatParameters? Of(nn.Module model) => ByModel.TryGetValue(model, out FlatParameters? parameters) ? parameters : null;

    /// <summary>Lets layers add their gradients to the buffer directly in a backward pass on this thread, without autograd, until the returned
    /// object is disposed. Use it only if every gradient computed meanwhile belongs into this buffer.</summary>
    public GatheredGradients Gather() => new(this);

    /// <summary>Returns the address of a parameter's gradient; 0 if it is not in these buffers, or not float32 on the CPU.</summary>
    internal unsafe nint GradientOf(Parameter parameter)
        => _indices.TryGetValue(parameter.Handle, out int index) && Gradients.device_type == DeviceType.CPU && Gradients.dtype == ScalarType.Float32
            ? (nint)(TensorMemory.Pointer<float>(Gradients) + Ranges[index].Start)
            : 0;

    /// <summary>Ensures that each parameter's <c>grad</c> is its view of <see cref="Gradients"/>. A gradient that replaced the view, as after
    /// <c>backward(create_graph: true)</c>, is copied in; a gradient that was removed, as by <c>zero_grad()</c>, counts as zero.</summary>
    /// <exception cref="WorkFailedException">A gradient was removed between the batches of one step.</exception>
    public void AttachGradients()
    {
        if (_gradientViews.Attach(mayClear: !IsAccumulating) is var lost and >= 0)
        {
            throw new WorkFailedException(new Problem("A gradient was cleared between the batches of one step, so the gradients of the earlier batches are lost")
            {
                Where = Ranges[lost].Name,
                Expected = "an objective that does not clear gradients, with trainer.accumulate above 1",
                Received = "grad = null, as zero_grad() sets it",
                Hint = "Remove zero_grad() from the objective (the trainer clears gradients after each step), or compute other gradients with torch.autograd.grad.",
            });
        }
    }

    /// <summary>Checks that the model's parameters are still the ones in these buffers.</summary>
    /// <exception cref="WorkFailedException">A parameter was replaced, moved to other memory, or unfrozen; the message names it.</exception>
    public void ThrowIfReplaced()
    {
        Dictionary<string, Parameter> now = [];
        foreach ((string name, Parameter parameter) in _model.named_parameters())
        {
            now.TryAdd(name, parameter);
        }

        for (int i = 0; i < _parameters.Length; i++)
        {
            bool found = now.Remove(Ranges[i].Name, out Parameter? parameter) && parameter!.Handle == _parameters[i].Handle;
            if (!found || !IsInBuffer(i))
            {
                throw Replaced(Ranges[i].Name, found ? "the same parameter in other memory" : parameter is null ? "no such parameter" : "another parameter");
            }
        }

        if (now.FirstOrDefault(p => p.Value.requires_grad && !_indices.ContainsKey(p.Value.Handle)).Key is { } unfrozen)
        {
            throw Replaced(unfrozen, "a parameter that was added or unfrozen after the training began");
        }
    }

    private static WorkFailedException Replaced(string name, string received) => new(new Problem("A parameter was replaced, moved or unfrozen during training")
    {
        Where = name,
        Expected = "the parameters that the model had when training began; values may be changed in place under no_grad()",
        Received = received,
        Hint = "Change values with copy_(). Freeze a parameter that is to be unfrozen later only after training has begun. To train other parameters, start another training.",
    });

    /// <summary>Whether a parameter's values are still in <see cref="Values"/>; always true on devices other than the CPU.</summary>
    private unsafe bool IsInBuffer(int i)
    {
        if (Values.device_type != DeviceType.CPU || Ranges[i].Length == 0 || Values.numel() * Values.ElementSize > int.MaxValue)
        {
            return true;
        }

        ReadOnlySpan<byte> all = Values.bytes;
        return _parameters[i].is_contiguous()
            && Unsafe.AreSame(in all[checked((int)(Ranges[i].Start * Values.ElementSize))], in _parameters[i].bytes[0]);
    }

    /// <summary>Sets every gradient to zero in place, so that the next backward pass adds to the same memory.</summary>
    public void ClearGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        Gradients.zero_();
    }

    /// <summary>Removes the gradients from the parameters. The parameters keep their values.</summary>
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

    /// <summary>The scope of <see cref="Gather"/>.</summary>
    public readonly struct GatheredGradients : IDisposable
    {
        private readonly FlatParameters? _before;

        internal GatheredGradients(FlatParameters? parameters)
        {
            parameters?.BackwardBegins?.Invoke();
            parameters?.AttachGradients();
            (_before, _gathering) = (_gathering, parameters);
        }

        /// <summary>Ends the scope.</summary>
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

/// <summary>The range of one parameter in a flat buffer.</summary>
/// <param name="Name">The name in the model, as <c>fc1.weight</c>.</param>
/// <param name="Start">The index of its first element.</param>
/// <param name="Length">The number of its elements.</param>
/// <param name="Shape">Its shape.</param>
public sealed record ParameterRange(string Name, long Start, long Length, IReadOnlyList<long> Shape)
{
    /// <summary>Returns the parameter's part of a flat buffer as a view in the parameter's shape.</summary>
    public Tensor View(Tensor flat)
    {
        using Tensor part = flat.narrow(0, Start, Length);
        return part.view([.. Shape]);
    }
}
