using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Graphs;

/// <summary>The layers with a known equivalent.</summary>
internal static class LayerNodes
{
    /// <summary>Adds a layer to a graph. Returns null if its class is not known.</summary>
    public static GraphValue? Add(ModelGraph graph, nn.Module module, IReadOnlyList<GraphValue> inputs)
    {
        GraphValue x = inputs[0];
        return module switch
        {
            Layers.Linear layer => graph.Linear(x, layer.Weight, layer.Bias),
            TorchSharp.Modules.Linear layer => graph.Linear(x, layer.weight!, layer.bias),
            Layers.Perceptron layer => graph.LinearChain(x, [.. layer.children().Cast<Layers.Linear>()]),
            Convolution layer => Convolve(graph, layer, x),
            BatchNorm layer => BatchNorm(graph, layer, x),
            Layers.LayerNorm layer => graph.LayerNorm(x, layer.Weight, layer.Bias, layer.Eps),
            LayerNorm { weight: { } weight } layer => graph.LayerNorm(x, weight, layer.bias, layer.eps),
            GroupNorm layer => GroupNorm(graph, layer, x),
            Layers.Embedding layer => graph.Embedding(x, layer.Weight),
            Embedding layer => graph.Embedding(x, layer.weight!),
            MaxPool1d layer => graph.MaxPool(x, [layer.kernel_size], [layer.stride ?? layer.kernel_size], [layer.padding ?? 0], [layer.dilation ?? 1], layer.ceil_mode),
            MaxPool2d layer => graph.MaxPool(x, Pair(layer.kernel_size), Pair(layer.stride ?? layer.kernel_size), Pair(layer.padding ?? [0]), Pair(layer.dilation ?? [1]), layer.ceil_mode),
            AvgPool2d { divisor_override: null } layer => graph.AveragePool(
                x, Pair(layer.kernel_size), Pair(layer.stride ?? layer.kernel_size), Pair(layer.padding ?? [0]), layer.ceil_mode, layer.count_include_pad),
            AdaptiveAvgPool2d layer when layer.output_size.All(s => s == 1) => graph.GlobalAveragePool(x),
            Flatten layer when layer is { start_dim: 1, end_dim: -1 } => graph.Flatten(x),
            Layers.Dropout or TorchSharp.Modules.Dropout or Dropout1d or Dropout2d or Dropout3d or AlphaDropout or FeatureAlphaDropout or Identity => x,
            _ => Activation(graph, module, x),
        };
    }

    private static GraphValue? Activation(ModelGraph graph, nn.Module module, GraphValue x) => module switch
    {
        ReLU => graph.Relu(x),
        ReLU6 => graph.Operator("Clip", [x, graph.Constant(0f), graph.Constant(6f)]),
        LeakyReLU layer => graph.Operator("LeakyRelu", [x], ("alpha", (float)layer.negative_slope)),
        ELU layer => graph.Operator("Elu", [x], ("alpha", (float)layer.alpha)),
        SELU => graph.Operator("Selu", [x]),
        CELU layer => graph.Operator("Celu", [x], ("alpha", (float)layer.alpha)),
        Layers.Gelu => graph.Gelu(x, tanh: true),
        GELU layer => graph.Gelu(x, layer.approximate == GELU.Approximate.tanh),
        SiLU => graph.Silu(x),
        Mish => graph.Multiply(x, graph.Tanh(graph.Operator("Softplus", [x]))),
        Hardswish => graph.Operator("HardSwish", [x]),
        Tanh => graph.Tanh(x),
        Sigmoid => graph.Sigmoid(x),
        Softplus { beta: 1 } => graph.Operator("Softplus", [x]),
        Softmax layer => graph.Softmax(x, layer.dim),
        LogSoftmax layer => graph.Operator("LogSoftmax", [x], ("axis", layer.dim)),
        _ => null,
    };

    private static GraphValue Convolve(ModelGraph graph, Convolution layer, GraphValue x)
    {
        if (layer.padding_mode != PaddingModes.Zeros)
        {
            throw graph.Unsupported(layer, $"the padding mode {layer.padding_mode} is not supported");
        }

        if (layer.padding_type is { } padding && padding != Padding.Valid)
        {
            throw graph.Unsupported(layer, $"the padding '{padding}' is not supported; give it as a number");
        }

        long[] pads = layer.padding_type is null ? layer.padding! : [.. layer.kernel_size.Select(_ => 0L)];
        List<(string, GraphAttribute)> attributes =
        [
            ("kernel_shape", layer.kernel_size),
            ("strides", layer.stride),
            ("pads", new long[][] { pads, pads }.SelectMany(p => p).ToArray()),
            ("dilations", layer.dilation),
            ("group", layer.groups),
        ];
        if (layer.transposed)
        {
            attributes.Add(("output_padding", layer.output_padding));
        }

        return graph.Operator(
            layer.transposed ? "ConvTranspose" : "Conv", [x, graph.Weight(layer.weight!), layer.bias is { } bias ? graph.Weight(bias) : null], attributes);
    }

    private static GraphValue BatchNorm(ModelGraph graph, BatchNorm layer, GraphValue x)
    {
        if (layer.running_mean is not { } mean || layer.running_var is not { } variance)
        {
            throw graph.Unsupported(layer, "it has no running statistics");
        }

        GraphValue weight = layer.weight is { } scale ? graph.Weight(scale) : graph.Constant(ones(layer.num_features));
        GraphValue bias = layer.bias is { } offset ? graph.Weight(offset) : graph.Constant(zeros(layer.num_features));
        return graph.Operator("BatchNormalization", [x, weight, bias, graph.Weight(mean), graph.Weight(variance)], ("epsilon", (float)layer.eps));
    }

    private static GraphValue GroupNorm(ModelGraph graph, GroupNorm layer, GraphValue x)
    {
        // ONNX's operator set 17 has no group normalisation: each group is normalised as one channel.
        GraphValue groups = graph.Reshape(x, 0, layer.num_groups, -1);
        GraphValue normalised = graph.Operator(
            "InstanceNormalization", [groups, graph.Constant(ones(layer.num_groups)), graph.Constant(zeros(layer.num_groups))], ("epsilon", (float)layer.eps));
        GraphValue result = graph.Operator("Reshape", [normalised, graph.Operator("Shape", [x])]);
        if (layer is not { weight: { } weight, bias: { } bias })
        {
            return result;
        }

        // [channels] to [channels, 1, 1]: images.
        return graph.Add(
            graph.Multiply(result, graph.Reshape(graph.Weight(weight), -1, 1, 1)), graph.Reshape(graph.Weight(bias), -1, 1, 1));
    }

    private static long[] Pair(long[] sizes) => sizes.Length == 1 ? [sizes[0], sizes[0]] : sizes;
}
