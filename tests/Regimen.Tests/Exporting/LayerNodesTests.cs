using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Layers;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Exporting;

/// <summary>Each known layer gives in ONNX Runtime what it gives here, for any batch.</summary>
public sealed class LayerNodesTests : IDisposable
{
    private const double Tolerance = 1e-5;

    // Held, because a plain number becomes a temporary object that may be collected during the native call.
    private static readonly Scalar Two = 2;
    private static readonly Scalar Third = 0.3;
    private readonly OnnxFolder _folder = new();

    private static Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Create, long[] Shape)> Layers { get; } = new()
    {
        ["linear"] = (() => nn.Linear(5, 3), [5]),
        ["linear without bias, three dimensions"] = (() => nn.Linear(5, 3, hasBias: false), [7, 5]),
        ["Regimen's linear"] = (() => new Linear(5, 3), [5]),
        ["perceptron"] = (() => new Perceptron(5, 7, 6, 3), [5]),
        ["conv1d"] = (() => nn.Conv1d(3, 4, 3, stride: 2, padding: 1), [3, 11]),
        ["conv2d"] = (() => nn.Conv2d(3, 4, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2)), [3, 9, 10]),
        ["conv2d in groups"] = (() => nn.Conv2d(4, 6, 3, groups: 2, bias: false), [4, 7, 6]),
        ["conv3d"] = (() => nn.Conv3d(2, 3, 2), [2, 4, 5, 3]),
        ["transposed conv2d"] = (() => nn.ConvTranspose2d(3, 4, 3, stride: 2, padding: 1, output_padding: 1), [3, 5, 4]),
        ["batch norm 1d"] = (() => WithStatistics(nn.BatchNorm1d(5)), [5]),
        ["batch norm 2d"] = (() => WithStatistics(nn.BatchNorm2d(3)), [3, 4, 5]),
        ["batch norm without weights"] = (() => WithStatistics(nn.BatchNorm2d(3, affine: false)), [3, 4, 5]),
        ["layer norm"] = (() => Perturbed(nn.LayerNorm(6, eps: 1e-3)), [4, 6]),
        ["layer norm of two dimensions"] = (() => Perturbed(nn.LayerNorm([4, 6])), [4, 6]),
        ["group norm"] = (() => Perturbed(nn.GroupNorm(2, 6)), [6, 3, 4]),
        ["max-pooling 1d"] = (() => nn.MaxPool1d(3, stride: 2), [2, 11]),
        ["max-pooling 2d"] = (() => nn.MaxPool2d(3, stride: 2, padding: 1), [2, 9, 8]),
        ["max-pooling, rounded up"] = (() => nn.MaxPool2d(2, stride: 2, ceil_mode: true), [2, 7, 5]),
        ["average-pooling"] = (() => nn.AvgPool2d([3, 2], [2, 2], [1, 0]), [2, 8, 7]),
        ["average-pooling without padding in the count"] = (() => nn.AvgPool2d(3, stride: 2, padding: 1, count_include_pad: false), [2, 8, 7]),
        ["adaptive average-pooling to one value"] = (() => nn.AdaptiveAvgPool2d(1), [3, 5, 4]),
        ["flatten"] = (() => nn.Flatten(), [3, 5, 4]),
        ["dropout"] = (() => nn.Dropout(0.5), [9]),
        ["relu"] = (() => nn.ReLU(), [9]),
        ["relu6"] = (() => nn.ReLU6(), [9]),
        ["leaky relu"] = (() => nn.LeakyReLU(0.2), [9]),
        ["elu"] = (() => nn.ELU(0.7), [9]),
        ["selu"] = (() => nn.SELU(), [9]),
        ["celu"] = (() => nn.CELU(1.3), [9]),
        ["gelu"] = (() => nn.GELU(), [9]),
        ["silu"] = (() => nn.SiLU(), [9]),
        ["mish"] = (() => nn.Mish(), [9]),
        ["hardswish"] = (() => nn.Hardswish(), [9]),
        ["tanh"] = (() => nn.Tanh(), [9]),
        ["sigmoid"] = (() => nn.Sigmoid(), [9]),
        ["softplus"] = (() => nn.Softplus(), [9]),
        ["softmax"] = (() => nn.Softmax(1), [9]),
        ["log-softmax"] = (() => nn.LogSoftmax(1), [9]),
        ["a sequence of layers"] = (() => nn.Sequential(nn.Conv2d(1, 3, 3), WithStatistics(nn.BatchNorm2d(3)), nn.ReLU(), nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 3, 5))), [1, 6, 5]),
    };

    public static TheoryData<string> Names => [.. Layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_layer_gives_the_same_values_in_onnx_runtime(string name)
    {
        (Func<nn.Module<Tensor, Tensor>> create, long[] shape) = Layers[name];
        TorchRandom.SeedInitialization(3);
        using nn.Module<Tensor, Tensor> layer = create();
        foreach (long batch in (long[])[1, 2, 7])
        {
            using Tensor drawn = randn([batch, .. shape]);
            using Tensor input = drawn.mul(Two);
            Assert.InRange(_folder.Difference(layer, GraphType.Float32, input), 0, Tolerance);
        }
    }

    [Fact]
    public void An_embedding_gives_the_same_values()
    {
        using var layer = nn.Embedding(11, 4);
        using Tensor input = tensor(new long[,] { { 0, 10, 3 }, { 5, 5, 1 } });
        Assert.Equal(0, _folder.Difference(layer, GraphType.Int64, input));
    }

    [Fact]
    public void Weights_in_a_file_of_their_own_give_the_same_values()
    {
        using var layer = new Perceptron(50, 70, 3);
        using Tensor input = randn(5, 50);
        Assert.InRange(_folder.Difference(layer, GraphType.Float32, input, largestWeights: 1000), 0, Tolerance);
        using Tensor output = zeros(5, 3);
        string file = _folder.Write(layer, GraphType.Float32, input, output, largestWeights: 1000);

        // Weights below 1 KB stay in the file; larger ones begin at multiples of 4,096 bytes, as for a reader that maps the file.
        Assert.Equal((50 * 70 * 4), new FileInfo(file + ".data").Length);
        Assert.True(new FileInfo(file).Length < 50 * 70 * 4);
    }

    [Fact]
    public void An_unknown_layer_is_refused_by_its_name()
    {
        using var model = nn.Sequential(("body", nn.Linear(4, 4)), ("odd", nn.PixelShuffle(2)));
        using Tensor input = randn(1, 4);
        RequestException refused = Assert.Throws<RequestException>(() => _folder.Write(model, GraphType.Float32, input, input));
        Assert.Contains("'odd' (PixelShuffle)", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the padding mode Reflect")]
    [InlineData("no running statistics")]
    public void An_unsupported_option_is_refused(string reason)
    {
        using nn.Module<Tensor, Tensor> layer = reason.Contains("padding", StringComparison.Ordinal)
            ? nn.Conv2d(1, 2, 3, padding: 1, padding_mode: PaddingModes.Reflect)
            : nn.BatchNorm2d(1, track_running_stats: false);
        using Tensor input = randn(1, 1, 5, 5);
        RequestException refused = Assert.Throws<RequestException>(() => _folder.Write(layer, GraphType.Float32, input, input));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static T Perturbed<T>(T layer)
        where T : nn.Module<Tensor, Tensor>
    {
        using IDisposable noGrad = no_grad();
        foreach (TorchSharp.Modules.Parameter parameter in layer.parameters())
        {
            parameter.add_(randn(parameter.shape));
        }

        return layer;
    }

    private static TorchSharp.Modules.BatchNorm WithStatistics(TorchSharp.Modules.BatchNorm layer)
    {
        using IDisposable noGrad = no_grad();
        layer.running_mean!.copy_(randn(layer.num_features));
        layer.running_var!.copy_(rand(layer.num_features).add(Third));
        return Perturbed(layer);
    }
}
