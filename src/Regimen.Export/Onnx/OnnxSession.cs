using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Onnx;

/// <summary>An exported file, loaded by ONNX Runtime.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;

    /// <summary>Loads a file.</summary>
    /// <exception cref="WorkFailedException">ONNX Runtime does not accept the file.</exception>
    public OnnxSession(string path)
    {
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new WorkFailedException(new Problem($"ONNX Runtime does not accept the exported file: {exception.Message}") { Where = path }, exception);
        }
    }

    /// <summary>Runs the model and returns its only output. The caller disposes it.</summary>
    /// <param name="inputs">A tensor for each input, or a text for each sample.</param>
    /// <exception cref="WorkFailedException">ONNX Runtime refuses the inputs.</exception>
    public torch.Tensor Run(IReadOnlyDictionary<string, object> inputs)
    {
        OrtValue[] values = [.. inputs.Select(i => Value(i.Value))];
        try
        {
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, [.. inputs.Keys], values, _session.OutputNames);
            OrtTensorTypeAndShapeInfo shape = outputs[0].GetTensorTypeAndShape();
            return tensor(outputs[0].GetTensorDataAsSpan<float>().ToArray()).reshape(shape.Shape);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new WorkFailedException(new Problem($"ONNX Runtime can't run the exported file: {exception.Message}"), exception);
        }
        finally
        {
            foreach (OrtValue value in values)
            {
                value.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static OrtValue Value(object input)
    {
        if (input is string[] texts)
        {
            return OrtValue.CreateFromStringTensor(new DenseTensor<string>(texts, [texts.Length, 1]));
        }

        var given = (torch.Tensor)input;
        using torch.Tensor plain = given.cpu().contiguous();
        return plain.dtype switch
        {
            ScalarType.Float32 => Create(TensorMemory.Span<float>(plain)),
            ScalarType.Float64 => Create(TensorMemory.Span<double>(plain)),
            ScalarType.Int64 => Create(TensorMemory.Span<long>(plain)),
            ScalarType.Byte => Create(TensorMemory.Span<byte>(plain)),
            _ => throw new NotSupportedException($"Inputs of the type {plain.dtype} are not supported."),
        };

        OrtValue Create<T>(Span<T> values)
            where T : unmanaged
            => OrtValue.CreateTensorValueFromMemory(values.ToArray(), plain.shape);
    }
}
