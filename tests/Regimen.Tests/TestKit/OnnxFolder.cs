using Regimen.Engine;
using Regimen.Graphs;
using Regimen.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.TestKit;

/// <summary>Writes models as ONNX files and runs them in ONNX Runtime.</summary>
internal sealed class OnnxFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _count;

    /// <summary>The largest difference between a model and its file on an input, relative to the largest value of the output.</summary>
    public double Difference(nn.Module<Tensor, Tensor> model, GraphType type, Tensor input, long largestWeights = OnnxFile.LargestWeights)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using var mode = new EvaluationMode(model);
        using Tensor expected = model.call(input).contiguous();
        using Tensor received = Run(Write(model, type, input, expected, largestWeights), input);
        Assert.Equal(expected.shape, received.shape);
        Assert.False(expected.isnan().any().ToBoolean(), "the model gives NaN");
        Assert.False(received.isnan().any().ToBoolean(), $"the file gives NaN: {received.abs().max().ToDouble()}");
        return expected.sub(received).abs().max().ToDouble() / Math.Max(1, expected.abs().max().ToDouble());
    }

    /// <summary>Writes a model for inputs of a shape whose batch is not fixed. Returns the file.</summary>
    public string Write(nn.Module model, GraphType type, Tensor input, Tensor output, long largestWeights = OnnxFile.LargestWeights)
    {
        using var graph = new ModelGraph(model);
        GraphValue value = graph.Input(new GraphPort("x", type, ["batch", .. input.shape[1..].Select(s => (GraphSize)s)]));
        graph.Output(new GraphPort("y", GraphType.Float32, ["batch", .. output.shape[1..].Select(s => (GraphSize)s)]), graph.Call(model, value));
        string path = _folder[$"{++_count}.onnx"];
        OnnxFile.Write(path, graph, new Dictionary<string, string> { ["b"] = "2", ["a"] = "ä" }, largestWeights);
        return path;
    }

    /// <summary>Runs a file.</summary>
    public static Tensor Run(string path, Tensor input)
    {
        using var session = new OnnxSession(path);
        return session.Run(new Dictionary<string, object> { ["x"] = input });
    }

    public void Dispose() => _folder.Dispose();
}
