using Regimen.Catalog;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Loading;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.Exporting;

/// <summary>An exported model gives the same classes in a browser's runtime, WebAssembly.</summary>
public sealed class OnnxRuntimeWebTests : IDisposable
{
    private const int Samples = 200;

    private const string Script =
        """
        const ort = require(process.argv[1]), fs = require("fs");
        (async () => {
          ort.env.wasm.numThreads = 1;
          const session = await ort.InferenceSession.create(fs.readFileSync(process.argv[2]));
          const bytes = fs.readFileSync(process.argv[3]);
          const input = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
          const output = (await session.run({ input: new ort.Tensor("float32", input, [input.length / 784, 1, 28, 28]) })).logits;
          const width = output.dims[1], best = [];
          for (let i = 0; i < output.dims[0]; i++) {
            const row = Array.from(output.data.slice(i * width, (i + 1) * width));
            best.push(row.indexOf(Math.max(...row)));
          }
          console.log(best.join(" "));
        })();
        """;

    private readonly ProjectFolder _project = new();

    [Fact]
    public void Every_class_is_the_models_in_onnxruntime_web()
    {
        _project.Train("trainer.epochs=1", "model=cnn", "model.channels=[5, 7]", "model.hidden=11").Ends(0);
        _project.Do("export", "latest", "--output", "m.onnx").Ends(0);
        using Experiment experiment = TrainedModel.Find(_project.Run, _project.Runs, _project.Folder.FullPath).Load(ComponentCatalog.From());
        using DataLoader loader = DataLoader.ForEvaluation(experiment.Data.Train, new LoaderOptions { EvalBatchSize = Samples }, experiment.Data.EvalTransforms);
        using Tensor input = loader.InOrder(TestContext.Current.CancellationToken).Select(b => b.Input.contiguous().clone()).First();
        using Tensor logits = Evaluator.Predict(experiment.Model, loader, cancellationToken: TestContext.Current.CancellationToken);
        using Tensor best = logits.narrow(0, 0, input.size(0)).argmax(1);
        using (FileStream file = File.Create(_project.Folder["input.bin"]))
        {
            TensorMemory.ForEachPiece(input, file.Write);
        }

        string received = NodeModule.Run("onnxruntime-web", Script, _project.Folder["m.onnx"], _project.Folder["input.bin"]);
        Assert.Equal(TensorMemory.Span<long>(best).ToArray(), received.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(long.Parse));
        Assert.Equal(Samples, best.numel());
    }

    public void Dispose() => _project.Dispose();
}
