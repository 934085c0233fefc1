using System.Diagnostics;
using System.Text;
using static TorchSharp.torch;

namespace Regimen.Bench.Workers;

/// <summary>Only the matrix products of a perceptron's step, in one script that runs inside libtorch, into allocated memory: forward, the
/// gradients of the weights, and the gradients for the layer below.</summary>
internal static class FloorWorker
{
    private const int StepsACall = 100;

    public static int Run(WorkOptions options)
    {
        int threads = BenchData.UseThreads(options);
        int[] widths = options.Widths();
        int batch = options.Batch;
        int calls = Math.Max(1, Math.Min(options.Steps, 1000) / StepsACall);
        int steps = Math.Min(options.Steps, StepsACall);
        string script = Script(widths.Length - 1, steps);
#pragma warning disable RS0030 // Constant but for the number of layers; every operator in it is known.
        using jit.CompilationUnit unit = jit.compile(script);
#pragma warning restore RS0030
        Tensor[] tensors = [.. Tensors(widths, batch)];
        return Worker.Answer(Worker.ThreadNote(threads), () =>
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++)
            {
                using var result = (Tensor)unit.invoke("products", tensors);
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / (calls * steps);
        });
    }

    /// <summary>For each layer: activations below, weights, activations above, their gradient, the weights' gradient.</summary>
    private static IEnumerable<Tensor> Tensors(int[] widths, int batch)
    {
        for (int i = 1; i < widths.Length; i++)
        {
            yield return randn(batch, widths[i - 1]);
            yield return randn(widths[i], widths[i - 1]);
            yield return zeros(batch, widths[i]);
            yield return randn(batch, widths[i]);
            yield return zeros(widths[i], widths[i - 1]);
            yield return zeros(batch, widths[i - 1]);
        }
    }

    private static string Script(int layers, int steps)
    {
        string[] names = ["x", "w", "y", "g", "v", "d"];
        var text = new StringBuilder("def products(");
        text.AppendJoin(", ", Enumerable.Range(0, layers).SelectMany(l => names.Select(n => $"{n}{l}"))).Append("):\n");
        text.Append("  for i in range(").Append(steps).Append("):\n");
        for (int l = 0; l < layers; l++)
        {
            text.Append("    torch.mm(x").Append(l).Append(", w").Append(l).Append(".t(), out=y").Append(l).Append(")\n");
        }

        for (int l = layers - 1; l >= 0; l--)
        {
            text.Append("    torch.mm(g").Append(l).Append(".t(), x").Append(l).Append(", out=v").Append(l).Append(")\n");
            if (l > 0)
            {
                text.Append("    torch.mm(g").Append(l).Append(", w").Append(l).Append(", out=d").Append(l).Append(")\n");
            }
        }

        return text.Append("  return y0\n").ToString();
    }
}
