using System.Globalization;
using Regimen.Engine;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Graphs;

/// <summary>A model's computation in evaluation mode, as a graph of operators: the content of an exported file. The operators are ONNX's, of
/// operator set 17.</summary>
/// <remarks>The weights are the model's own tensors under their own names; they are not copied. The first dimension of every value is the
/// batch, whose size is not fixed.</remarks>
public sealed partial class ModelGraph : IDisposable
{
    private readonly Dictionary<nn.Module, string> _paths = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(nint Address, long Length), string> _names = [];
    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly List<Tensor> _owned = [];
    private readonly List<GraphNode> _nodes = [];
    private readonly List<GraphPort> _inputs = [];
    private readonly List<GraphPort> _outputs = [];
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>Creates an empty graph for a model.</summary>
    /// <param name="model">The model, on the CPU.</param>
    public ModelGraph(nn.Module model)
    {
        _paths[model] = string.Empty;
        foreach ((string path, nn.Module module) in model.named_modules())
        {
            _paths.TryAdd(module, path);
        }

        foreach ((string name, Tensor tensor) in model.state_dict().Concat(model.named_buffers(recurse: true).Select(b => KeyValuePair.Create(b.name, b.buffer))))
        {
            _taken.Add(name);
            if (KeyOf(tensor) is { } key)
            {
                _names.TryAdd(key, name);
            }
        }
    }

    /// <summary>The nodes, in an order in which they can be computed.</summary>
    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>The weights and constants that the nodes use, by name: contiguous, on the CPU, valid until the graph is disposed.</summary>
    public IReadOnlyDictionary<string, Tensor> Weights => _weights;

    /// <summary>The inputs.</summary>
    public IReadOnlyList<GraphPort> Inputs => _inputs;

    /// <summary>The outputs.</summary>
    public IReadOnlyList<GraphPort> Outputs => _outputs;

    /// <summary>Adds an input.</summary>
    public GraphValue Input(GraphPort port)
    {
        _inputs.Add(port);
        return new GraphValue(Reserve(port.Name));
    }

    /// <summary>The number of values of each sample of an input of variable length, int64 <c>[batch]</c>: an input of its own, named after the
    /// other one with <c>_lengths</c> appended.</summary>
    /// <param name="input">The name of the input of variable length.</param>
    public GraphValue Lengths(string input)
    {
        string name = $"{input}_lengths";
        return _inputs.Any(i => i.Name == name) ? new GraphValue(name) : Input(new GraphPort(name, GraphType.Int64, ["batch"]));
    }

    /// <summary>Declares a value as an output.</summary>
    public void Output(GraphPort port, GraphValue value)
    {
        _nodes.Add(new GraphNode("Identity", [value.Name], [Reserve(port.Name)], NoAttributes));
        _outputs.Add(port);
    }

    /// <summary>Adds a module: a layer with a known equivalent, a <c>Sequential</c>, or a module that <see cref="IDescribed">describes
    /// itself</see>.</summary>
    /// <param name="module">The module.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <exception cref="RequestException">The module has no known equivalent.</exception>
    public GraphValue Call(nn.Module module, params IReadOnlyList<GraphValue> inputs)
        => module is IDescribed described ? described.Describe(this, inputs)
        : module is Sequential sequential ? sequential.children().Aggregate(inputs[0], (x, child) => Call(child, x))
        : LayerNodes.Add(this, module, inputs) ?? throw Unsupported(module, null);

    /// <summary>Adds an operator of ONNX's operator set 17 with one output.</summary>
    /// <param name="type">The operator's name.</param>
    /// <param name="inputs">The inputs; null for an omitted one.</param>
    /// <param name="attributes">The attributes by name.</param>
    public GraphValue Operator(string type, IReadOnlyList<GraphValue?> inputs, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes)
        => Operators(type, inputs, [true], string.Empty, attributes)[0];

    /// <summary>Adds an operator with several outputs, or of another operator set.</summary>
    /// <param name="type">The operator's name.</param>
    /// <param name="inputs">The inputs; null for an omitted one.</param>
    /// <param name="used">For each output whether it is used.</param>
    /// <param name="domain">The operator set; empty for ONNX's own, or <c>ai.onnx.ml</c>.</param>
    /// <param name="attributes">The attributes by name.</param>
    /// <returns>A value for each output.</returns>
    public IReadOnlyList<GraphValue> Operators(
        string type, IReadOnlyList<GraphValue?> inputs, IReadOnlyList<bool> used, string domain, params IReadOnlyList<(string Name, GraphAttribute Value)> attributes)
    {
        GraphValue[] outputs = [.. used.Select(u => new GraphValue(u ? Reserve(type.ToLowerInvariant()) : string.Empty))];
        _nodes.Add(new GraphNode(type, [.. inputs.Select(i => i?.Name ?? string.Empty)], [.. outputs.Select(o => o.Name)], attributes.ToDictionary(a => a.Name, a => a.Value))
        {
            Domain = domain,
        });
        return outputs;
    }

    /// <summary>A parameter or buffer of the model, under its own name.</summary>
    /// <exception cref="ArgumentException">The tensor does not belong to the model.</exception>
    public GraphValue Weight(Tensor tensor)
        => Named(tensor) ?? throw new ArgumentException($"Expected a parameter or buffer of the model; received a tensor {tensor.ToString(TorchSharp.TensorStringStyle.Metadata)}. For other values use Constant.", nameof(tensor));

    /// <summary>A constant of 64-bit integers: one dimension.</summary>
    public GraphValue Constant(params long[] values) => Constant(tensor(values));

    /// <summary>A constant number without dimensions, float32.</summary>
    public GraphValue Constant(float value) => Constant(tensor(new[] { value }).reshape([]));

    /// <summary>A constant number without dimensions, float64.</summary>
    public GraphValue Constant(double value) => Constant(tensor(new[] { value }).reshape([]));

    /// <summary>A constant. The graph takes the tensor over and disposes it.</summary>
    public GraphValue Constant(Tensor values)
    {
        Tensor plain = values.detach().cpu().contiguous().DetachFromDisposeScope();
        _owned.Add(plain);
        string name = Reserve("constant");
        _weights.Add(name, plain);
        return new GraphValue(name);
    }

    /// <summary>Returns the exception for a module that can't be exported.</summary>
    /// <param name="module">The module.</param>
    /// <param name="reason">The reason; null if the layer is not known.</param>
    public RequestException Unsupported(nn.Module module, string? reason)
    {
        string kind = module.GetType().Name.Split('`')[0];
        string path = _paths.TryGetValue(module, out string? found) && found.Length > 0 ? $"the layer '{found}' ({kind})" : kind;
        return new RequestException(new Problem($"Unable to export {path}: {reason ?? "the layer has no known equivalent in ONNX"}")
        {
            Expected = reason is null ? "layers with an equivalent, or modules that implement IDescribed" : null,
            Received = reason is null ? kind : null,
            Hint = "Implement IDescribed in the model's file: docs/exporting.md.",
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _owned)
        {
            tensor.Dispose();
        }

        _owned.Clear();
    }

    private static IReadOnlyDictionary<string, GraphAttribute> NoAttributes { get; } = new Dictionary<string, GraphAttribute>();

    /// <summary>Returns the value of a tensor of the model; null if it is not one.</summary>
    private GraphValue? Named(Tensor tensor)
    {
        if (KeyOf(tensor) is not { } key || !_names.TryGetValue(key, out string? name))
        {
            return null;
        }

        if (!_weights.ContainsKey(name))
        {
            using Tensor detached = tensor.detach();
            Tensor plain = detached.cpu().contiguous().DetachFromDisposeScope();
            _owned.Add(plain);
            _weights.Add(name, plain);
        }

        return new GraphValue(name);
    }

    private static (nint Address, long Length)? KeyOf(Tensor tensor)
    {
        return tensor.numel() == 0 || !tensor.is_contiguous() ? null : (TensorMemory.AddressOf(tensor), tensor.numel());
    }

    private string Reserve(string name)
    {
        string unique = name;
        while (!_taken.Add(unique))
        {
            int count = _counts[name] = _counts.GetValueOrDefault(name) + 1;
            unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{count}");
        }

        return unique;
    }
}
