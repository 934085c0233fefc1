using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Graphs;

/// <content>The functions that models use in <c>forward</c>, with the same names and meaning.</content>
public sealed partial class ModelGraph
{
    /// <summary><c>max(x, 0)</c>.</summary>
    public GraphValue Relu(GraphValue x) => Operator("Relu", [x]);

    /// <summary>The hyperbolic tangent.</summary>
    public GraphValue Tanh(GraphValue x) => Operator("Tanh", [x]);

    /// <summary>The logistic function.</summary>
    public GraphValue Sigmoid(GraphValue x) => Operator("Sigmoid", [x]);

    /// <summary><c>x · sigmoid(x)</c>.</summary>
    public GraphValue Silu(GraphValue x) => Multiply(x, Sigmoid(x));

    /// <summary>The Gaussian error linear unit, exact or with its tanh approximation.</summary>
    public GraphValue Gelu(GraphValue x, bool tanh = false)
    {
        GraphValue half = Multiply(x, Constant(0.5f));
        GraphValue inner = tanh
            ? Tanh(Multiply(Add(x, Multiply(Multiply(Multiply(x, x), x), Constant(0.044715f))), Constant((float)Math.Sqrt(2 / Math.PI))))
            : Operator("Erf", [Multiply(x, Constant((float)(1 / Math.Sqrt(2))))]);
        return Multiply(half, Add(inner, Constant(1f)));
    }

    /// <summary>The softmax over a dimension; negative counts from the end.</summary>
    public GraphValue Softmax(GraphValue x, long dim = -1) => Operator("Softmax", [x], ("axis", dim));

    /// <summary>The same values in another element type.</summary>
    public GraphValue Cast(GraphValue x, GraphType type) => Operator("Cast", [x], ("to", OnnxNumber(type)));

    /// <summary>The sum, with broadcasting.</summary>
    public GraphValue Add(GraphValue a, GraphValue b) => Operator("Add", [a, b]);

    /// <summary>The product of each pair of values, with broadcasting.</summary>
    public GraphValue Multiply(GraphValue a, GraphValue b) => Operator("Mul", [a, b]);

    /// <summary>The matrix product of the last two dimensions, with broadcasting.</summary>
    public GraphValue MatMul(GraphValue a, GraphValue b) => Operator("MatMul", [a, b]);

    /// <summary><c>[batch, …]</c> to <c>[batch, elements]</c>.</summary>
    public GraphValue Flatten(GraphValue x) => Operator("Flatten", [x], ("axis", 1));

    /// <summary>Another shape: 0 keeps the size at that place, −1 is computed.</summary>
    public GraphValue Reshape(GraphValue x, params long[] shape) => Operator("Reshape", [x, Constant(shape)]);

    /// <summary>The dimensions in another order.</summary>
    public GraphValue Permute(GraphValue x, params long[] dims) => Operator("Transpose", [x], ("perm", dims));

    /// <summary>Values side by side along a dimension.</summary>
    public GraphValue Concat(long dim, params IReadOnlyList<GraphValue> values) => values.Count == 1 ? values[0] : Operator("Concat", values, ("axis", dim));

    /// <summary>The part from <paramref name="start"/> to before <paramref name="end"/> of a dimension; negative counts from the end.</summary>
    public GraphValue Slice(GraphValue x, long dim, long start, long end) => Operator("Slice", [x, Constant(start), Constant(end), Constant(dim)]);

    /// <summary>One index of a dimension, without that dimension.</summary>
    public GraphValue Select(GraphValue x, long dim, long index) => Operator("Gather", [x, Constant(Single(index))], ("axis", dim));

    /// <summary>The mean over dimensions.</summary>
    public GraphValue Mean(GraphValue x, bool keepdim, params long[] dims) => Operator("ReduceMean", [x], ("axes", dims), ("keepdims", keepdim ? 1 : 0));

    /// <summary>Max-pooling of <c>[batch, channels, …]</c>.</summary>
    public GraphValue MaxPool(GraphValue x, long[] kernel, long[]? stride = null, long[]? padding = null, long[]? dilation = null, bool ceilMode = false)
        => Operator(
            "MaxPool",
            [x],
            ("kernel_shape", kernel),
            ("strides", stride ?? kernel),
            ("pads", BothSides(padding ?? new long[kernel.Length])),
            ("dilations", dilation ?? [.. kernel.Select(_ => 1L)]),
            ("ceil_mode", ceilMode ? 1 : 0));

    /// <summary>Average-pooling of <c>[batch, channels, …]</c>.</summary>
    public GraphValue AveragePool(GraphValue x, long[] kernel, long[]? stride = null, long[]? padding = null, bool ceilMode = false, bool countsPadding = true)
        => Operator(
            "AveragePool",
            [x],
            ("kernel_shape", kernel),
            ("strides", stride ?? kernel),
            ("pads", BothSides(padding ?? new long[kernel.Length])),
            ("ceil_mode", ceilMode ? 1 : 0),
            ("count_include_pad", countsPadding ? 1 : 0));

    /// <summary>The mean over all positions: <c>[batch, channels, height, width]</c> to <c>[batch, channels, 1, 1]</c>.</summary>
    public GraphValue GlobalAveragePool(GraphValue x) => Operator("GlobalAveragePool", [x]);

    /// <summary>A linear function: <c>x·Wᵀ + b</c> of the last dimension.</summary>
    /// <param name="x">The input, <c>[…, in]</c>.</param>
    /// <param name="weight">W, <c>[out, in]</c>.</param>
    /// <param name="bias">b, <c>[out]</c>; null for none.</param>
    public GraphValue Linear(GraphValue x, Tensor weight, Tensor? bias)
    {
        // The weight keeps its name and layout; runtimes transpose a constant once, when they load the file.
        GraphValue product = MatMul(x, Permute(Weight(weight), 1, 0));
        return bias is null ? product : Add(product, Weight(bias));
    }

    /// <summary>Linear layers with a ReLU between each two, as <see cref="Layers.LinearChain"/> runs them.</summary>
    public GraphValue LinearChain(GraphValue x, params IReadOnlyList<Layers.Linear> layers)
    {
        for (int i = 0; i < layers.Count; i++)
        {
            x = Call(layers[i], i > 0 ? Relu(x) : x);
        }

        return x;
    }

    /// <summary>Rows of a table by index: <c>[…]</c> to <c>[…, width]</c>.</summary>
    /// <param name="indices">The indices, int64.</param>
    /// <param name="table">The table, <c>[count, width]</c>.</param>
    public GraphValue Embedding(GraphValue indices, Tensor table) => Operator("Gather", [Weight(table), indices], ("axis", 0));

    /// <summary>The normalisation over the last dimensions, with a weight and a bias.</summary>
    public GraphValue LayerNorm(GraphValue x, Tensor weight, Tensor? bias, double eps)
        => Operator("LayerNormalization", [x, Weight(weight), bias is null ? null : Weight(bias)], ("axis", -weight.dim()), ("epsilon", (float)eps));

    /// <summary>Scaled dot-product attention: <c>softmax(q·kᵀ / √width)·v</c>.</summary>
    /// <param name="query">The queries, <c>[batch, heads, positions, width]</c>.</param>
    /// <param name="key">The keys, <c>[batch, heads, positions, width]</c>.</param>
    /// <param name="value">The values, <c>[batch, heads, positions, width]</c>.</param>
    /// <param name="width">The width of a head.</param>
    /// <param name="isCausal">Whether a position sees itself and earlier ones only.</param>
    public GraphValue Attention(GraphValue query, GraphValue key, GraphValue value, long width, bool isCausal)
    {
        GraphValue scores = Multiply(MatMul(query, Permute(key, 0, 1, 3, 2)), Constant((float)(1 / Math.Sqrt(width))));
        if (isCausal)
        {
            // Minus infinity above the diagonal. The number of positions is that of the call.
            GraphValue positions = Slice(Operator("Shape", [query]), 0, 2, 3);
            GraphValue square = Concat(0, positions, positions);
            GraphValue matrix = Operator("Expand", [Constant(float.NegativeInfinity), square]);
            scores = Add(scores, Operator("Trilu", [matrix, Constant(Single(1L))], ("upper", 1)));
        }

        return MatMul(Softmax(scores), value);
    }

    /// <summary>Self-attention of several heads: queries, keys and values side by side, <c>[batch, positions, 3·width]</c>, to
    /// <c>[batch, positions, width]</c>.</summary>
    /// <param name="queriesKeysValues">The output of the linear layer that computes all three; each head has consecutive columns.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="width">The width of all heads together.</param>
    /// <param name="isCausal">Whether a position sees itself and earlier ones only.</param>
    public GraphValue SelfAttention(GraphValue queriesKeysValues, long heads, long width, bool isCausal)
    {
        // [queries, keys or values; batch, heads, positions, width of a head]
        GraphValue parts = Permute(Reshape(queriesKeysValues, 0, 0, 3, heads, width / heads), 2, 0, 3, 1, 4);
        GraphValue averages = Attention(Select(parts, 0, 0), Select(parts, 0, 1), Select(parts, 0, 2), width / heads, isCausal);
        return Reshape(Permute(averages, 0, 2, 1, 3), 0, 0, width);
    }

    /// <summary>A gated recurrent unit of one or more layers, in one direction: <c>[batch, time, in]</c> to the outputs of all times,
    /// <c>[batch, time, hidden]</c>.</summary>
    /// <param name="gru">The layer, with the batch first.</param>
    /// <param name="x">The input.</param>
    public GraphValue Gru(GRU gru, GraphValue x) => Gru((nn.Module)gru, x);

    /// <inheritdoc cref="Gru(GRU, GraphValue)"/>
    internal GraphValue Gru(nn.Module gru, GraphValue x)
    {
        Dictionary<string, Parameter> parameters = gru.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        if (parameters.Keys.Any(n => n.EndsWith("_reverse", StringComparison.Ordinal)))
        {
            throw Unsupported(gru, "both directions are not supported");
        }

        // ONNX has the time first, and its gates in the order update, reset, hidden; PyTorch's is reset, update, new.
        x = Permute(x, 1, 0, 2);
        for (int layer = 0; parameters.TryGetValue(FormattableString.Invariant($"weight_ih_l{layer}"), out Parameter? inputs); layer++)
        {
            Parameter hidden = parameters[FormattableString.Invariant($"weight_hh_l{layer}")];
            long size = hidden.size(1);
            parameters.TryGetValue(FormattableString.Invariant($"bias_ih_l{layer}"), out Parameter? inputBias);
            parameters.TryGetValue(FormattableString.Invariant($"bias_hh_l{layer}"), out Parameter? hiddenBias);
            using DisposeScope scope = NewDisposeScope();
            GraphValue? bias = inputBias is null || hiddenBias is null ? null : Constant(cat([InOrder(inputBias, size), InOrder(hiddenBias, size)]).unsqueeze(0));
            GraphValue output = Operator(
                "GRU", [x, Constant(InOrder(inputs, size).unsqueeze(0)), Constant(InOrder(hidden, size).unsqueeze(0)), bias], ("hidden_size", size), ("linear_before_reset", 1));

            // [time, direction, batch, hidden]
            x = Operator("Squeeze", [output, Constant(1L)]);
        }

        return Permute(x, 1, 0, 2);

        static Tensor InOrder(Tensor gates, long size)
        {
            Tensor plain = gates.detach();
            return cat([plain.narrow(0, size, size), plain.narrow(0, 0, size), plain.narrow(0, 2 * size, size)]);
        }
    }

    /// <summary>The number of an element type in ONNX's schema.</summary>
    internal static int OnnxNumber(GraphType type) => type switch
    {
        GraphType.Float32 => 1,
        GraphType.UInt8 => 2,
        GraphType.Int64 => 7,
        GraphType.Text => 8,
        GraphType.Float64 => 11,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>A tensor without dimensions. libtorch's own functions for one number take a temporary object that may be collected during the call.</summary>
    private static Tensor Single(long value) => tensor(new[] { value }).reshape([]);

    private static long[] BothSides(long[] padding) => [.. padding, .. padding];
}
