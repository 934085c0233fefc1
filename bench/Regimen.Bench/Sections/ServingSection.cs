using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Regimen.App;
using Regimen.Bench.Measuring;
using Regimen.Catalog;
using Regimen.Experiments;
using Regimen.Exporting;
using Regimen.Prediction;
using Regimen.Serving;

namespace Regimen.Bench.Sections;

/// <summary>A server of the cnn under 32 clients on this machine, which share its cores: adaptive batches against one request at a time, and the
/// latency of a request against a plain loop over ONNX Runtime, which has no clients and no network.</summary>
internal static class ServingSection
{
    private const int Clients = 32;
    private const int Requests = 3000;
    private const int Alone = 500;
    private const int Pairs = 5;

    public static void Run(Report report)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("regimen-bench");
        try
        {
            string runs = Path.Combine(folder.FullName, "runs");
            if (RegimenApp.RunAsync(["train", "model=cnn", "trainer.max_steps=1", "data.limit=3000", $"runs={runs}", "--quiet"]).GetAwaiter().GetResult() != 0)
            {
                throw new InvalidOperationException("The training of the model failed.");
            }

            ModelServer together = Serve(runs, new() { Port = 0 });
            ModelServer oneByOne = Serve(runs, new() { Port = 0, Batch = 1 });
            int pairs = report.Arguments.Pairs ?? Pairs;
            report.Add(Comparison.Measure(
                "cnn served to 32 clients, batched", "the same, one by one", "µs/req", 1 / 3.0, pairs, () => PerRequest(together), () => PerRequest(oneByOne)));

            string file = Path.Combine(folder.FullName, "model.onnx");
            TrainedModel trained = TrainedModel.Find("latest", runs, Environment.CurrentDirectory);
            ModelExport.Write(trained, ComponentCatalog.From(), ExportFormat.Onnx, file, false, [], Environment.CurrentDirectory);
            using var session = new InferenceSession(file);
            foreach ((string name, double share) in (ReadOnlySpan<(string, double)>)[("p50", 0.5), ("p99", 0.99)])
            {
                report.Add(Comparison.Measure($"one client of the server, {name}", $"a loop over ONNX Runtime, {name}", "µs", null, pairs, () => Quantile(Latencies(together, 1, Alone), share), () => Quantile(Loop(session), share)));
                report.Add(Comparison.Measure($"32 clients of the server, {name}", $"a loop over ONNX Runtime, {name}", "µs", null, pairs, () => Quantile(Latencies(together, Clients, Requests), share), () => Quantile(Loop(session), share)));
            }

            together.DisposeAsync().AsTask().GetAwaiter().GetResult();
            oneByOne.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ModelServer Serve(string runs, ServingOptions options)
        => ModelServer.StartAsync([("cnn", Predictor.Open("latest", new PredictorOptions { Runs = runs, StableRows = true }))], options).GetAwaiter().GetResult();

    private static double PerRequest(ModelServer server)
    {
        long start = Stopwatch.GetTimestamp();
        Latencies(server, Clients, Requests);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / Requests;
    }

    /// <summary>Sends requests and returns the time of each, in µs.</summary>
    private static double[] Latencies(ModelServer server, int clients, int requests)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = clients });
        var address = new Uri($"{server.Address}/v2/models/cnn/infer");
        byte[] body = Body();
        var taken = new double[requests];
        int next = -1;
        Task.WaitAll([.. Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            for (int i = Interlocked.Increment(ref next); i < requests; i = Interlocked.Increment(ref next))
            {
                long start = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(body);
                content.Headers.Add("Inference-Header-Content-Length", $"{body.Length - 784}");
                using HttpResponseMessage answer = await client.PostAsync(address, content);
                answer.EnsureSuccessStatusCode();
                await answer.Content.ReadAsByteArrayAsync();
                taken[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }))]);
        return taken;
    }

    private static double[] Loop(InferenceSession session)
    {
        string input = session.InputMetadata.Keys.Single();
        var tensor = new DenseTensor<float>([1, 1, 28, 28]);
        var taken = new double[Alone];
        for (int i = 0; i < taken.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            tensor.Buffer.Span.Fill(i % 7 / 7f);
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run([NamedOnnxValue.CreateFromTensor(input, tensor)]);
            taken[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        return taken;
    }

    private static double Quantile(double[] values, double share)
    {
        Array.Sort(values);
        return values[(int)(share * (values.Length - 1))];
    }

    /// <summary>An image of bytes, with the binary tensor extension.</summary>
    private static byte[] Body() =>
    [
        .. """{"inputs":[{"name":"input","shape":[1,1,28,28],"datatype":"UINT8","parameters":{"binary_data_size":784}}],"outputs":[{"name":"probabilities"}]}"""u8,
        .. Enumerable.Range(0, 784).Select(i => (byte)(i * 31)),
    ];
}
