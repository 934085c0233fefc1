using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Regimen.Prediction;
using Regimen.Serving;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Serving;

/// <summary>Tests a server on this machine's loopback address.</summary>
public sealed class ModelServerTests : IDisposable
{
    private const int Connections = 32;
    private readonly ProjectFolder _project = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { Timeout = TimeSpan.FromMinutes(1) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_requests_from_32_connections_get_the_answers_of_predict()
    {
        const int Requests = 10_000;
        using Predictor reference = Train("model=mlp", "model.hidden=33");
        await using ModelServer server = await Serve(new());
        byte[][] images = [.. Enumerable.Range(0, 37).Select(Image)];
        string[] expected = [.. images.Select(i => PredictionJson.Line(null, reference.PredictImage(i), null))];
        int next = -1;
        int[] counts = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            int done = 0;
            for (int i = Interlocked.Increment(ref next); i < Requests; i = Interlocked.Increment(ref next), done++)
            {
                using HttpResponseMessage answer = await Post($"{server.Address}/predict", images[i % images.Length]);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Assert.Equal(expected[i % images.Length], await answer.Content.ReadAsStringAsync(Cancelled));
            }

            return done;
        })));
        Assert.Equal(Requests, counts.Sum());
        string metrics = await _client.GetStringAsync(new Uri($"{server.Address}/metrics"), Cancelled);
        Assert.Contains($"regimen_requests_total{{model=\"m\",status=\"200\"}} {Requests}\n", metrics, StringComparison.Ordinal);
        Assert.Contains($"regimen_batch_samples_sum{{model=\"m\"}} {Requests}\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_protocol_is_answered_in_JSON_and_in_binary()
    {
        using Predictor reference = Train("model=mlp", "model.hidden=9");
        await using ModelServer server = await Serve(new());
        JsonNode about = await Get(server, "/v2");
        Assert.Equal(("regimen", "binary_tensor_data"), (about["name"]!.GetValue<string>(), about["extensions"]![0]!.GetValue<string>()));
        Assert.True((await Get(server, "/v2/health/live"))["live"]!.GetValue<bool>());
        Assert.True((await Get(server, "/v2/health/ready"))["ready"]!.GetValue<bool>());
        Assert.True((await Get(server, "/v2/models/m/versions/1/ready"))["ready"]!.GetValue<bool>());
        Assert.Equal("""[{"name":"input","datatype":"FP32","shape":[-1,1,28,28]}]""", (await Get(server, "/v2/models/m"))["inputs"]!.ToJsonString());

        byte[][] images = [Image(1), Image(2), Image(3)];
        PredictionResult[] expected = [.. images.Select(reference.PredictImage)];
        string base64 = string.Join(",", images.Select(i => $"\"{Convert.ToBase64String(i)}\""));
        JsonNode json = await Infer(server, $$"""{"id":"x","inputs":[{"name":"input","shape":[3],"datatype":"BYTES","data":[{{base64}}]}]}""");
        Assert.Equal(("m", "x"), (json["model_name"]!.GetValue<string>(), json["id"]!.GetValue<string>()));
        Assert.Equal(["class", "probability", "probabilities", "outputs"], json["outputs"]!.AsArray().Select(o => o!["name"]!.GetValue<string>()));
        Assert.Equal(expected.Select(e => e.Class), json["outputs"]![0]!["data"]!.AsArray().Select(c => c!.GetValue<string>()));
        Assert.Equal(expected.SelectMany(e => e.Probabilities.Values), json["outputs"]![2]!["data"]!.AsArray().Select(p => p!.GetValue<double>()));
        Assert.Equal("[3,10]", json["outputs"]![2]!["shape"]!.ToJsonString());

        // The same images: as encoded bytes, and as pixels, behind the JSON.
        byte[] encoded = [.. images.SelectMany(i => (byte[])[.. Length(i.Length), .. i])];
        byte[] pixels = [.. Enumerable.Range(1, 3).SelectMany(Pixels)];
        foreach ((string datatype, string shape, byte[] data) in ((string, string, byte[])[])[("BYTES", "[3]", encoded), ("UINT8", "[3,1,28,28]", pixels)])
        {
            byte[] head = Encoding.UTF8.GetBytes($$$"""
                {"inputs":[{"name":"input","shape":{{{shape}}},"datatype":"{{{datatype}}}","parameters":{"binary_data_size":{{{data.Length}}} }}],"outputs":[{"name":"outputs","parameters":{"binary_data":true}},{"name":"class"}]}
                """);
            using var content = new ByteArrayContent([.. head, .. data]);
            content.Headers.Add("Inference-Header-Content-Length", $"{head.Length}");
            using HttpResponseMessage answer = await _client.PostAsync(new Uri($"{server.Address}/v2/models/m/infer"), content, Cancelled);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(Cancelled);
            int length = int.Parse(answer.Headers.GetValues("Inference-Header-Content-Length").Single(), System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal("120", JsonNode.Parse(body.AsSpan(0, length))!["outputs"]![0]!["parameters"]!["binary_data_size"]!.ToJsonString());
            Assert.Equal(expected.SelectMany(e => e.Outputs), MemoryMarshal.Cast<byte, float>(body.AsSpan(length)).ToArray());
        }
    }

    [Fact]
    public async Task A_tables_columns_are_tensors()
    {
        string table = _project.Folder["iris.csv"];
        File.WriteAllText(table, Tables.Iris(150));
        _project.Do("train", $"data.path={table}", "data=csv", "data.target=[species]", "trainer.epochs=3", "threads=1").Ends(0);
        using Predictor reference = Open();
        await using ModelServer server = await Serve(new());
        Assert.Equal("""{"name":"field","datatype":"BYTES","shape":[-1]}""", (await Get(server, "/v2/models/m"))["inputs"]![4]!.ToJsonString());
        JsonNode answer = await Infer(server, """
            {"inputs":[{"name":"field","shape":[2],"datatype":"BYTES","data":["south","north, upper"]},{"name":"sepal width","shape":[2],"datatype":"FP32","data":[3.5,2.75]},
            {"name":"petal length","shape":[2,1],"datatype":"FP64","data":[[1.5],[4.25]]},{"name":"petal width","shape":[2],"datatype":"FP64","data":[0.25,1.5]},
            {"name":"sepal length","shape":[2],"datatype":"INT64","data":[5,6]}],"outputs":[{"name":"probability"}]}
            """);
        double[] expected = [.. new[] { reference.PredictRow(["5", "3.5", "1.5", "0.25", "south"]), reference.PredictRow(["6", "2.75", "4.25", "1.5", "north, upper"]) }.Select(p => p.Probability!.Value)];
        Assert.Equal(expected, answer["outputs"]![0]!["data"]!.AsArray().Select(p => p!.GetValue<double>()));
        using HttpResponseMessage row = await Post($"{server.Address}/predict", """{"sepal length":5,"sepal width":"3.5","petal length":1.5,"petal width":0.25,"field":"south"}"""u8.ToArray());
        Assert.Equal(expected[0], JsonNode.Parse(await row.Content.ReadAsStringAsync(Cancelled))!["probability"]!.GetValue<double>());
        using HttpResponseMessage missing = await Post($"{server.Address}/predict", """[{"field":"south"},{}]"""u8.ToArray());
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Equal(9, JsonNode.Parse(await missing.Content.ReadAsStringAsync(Cancelled))!["errors"]!.AsArray().Count);
    }

    [Fact]
    public async Task Bad_requests_get_their_status_while_others_are_served()
    {
        using Predictor reference = Train("model=mlp", "model.hidden=9");
        await using ModelServer server = await Serve(new() { MaxBodyMb = 1, Seconds = 0.5 });
        string good = PredictionJson.Line(null, reference.PredictImage(Image(5)), 1);
        (int Status, string Path, byte[] Body)[] bad =
        [
            (400, "/predict", [1, 2, 3]), (400, "/predict", []), (400, "/predict", "[1,2"u8.ToArray()), (400, "/predict?top=0", Image(1)), (400, "/predict", "[[1,2],\"x\"]"u8.ToArray()),
            (400, "/v2/models/m/infer", "{}"u8.ToArray()), (400, "/v2/models/m/infer", """{"inputs":[{"name":"input","shape":[-1],"datatype":"FP32","data":[]}]}"""u8.ToArray()),
            (400, "/v2/models/m/infer", """{"inputs":[{"name":"input","shape":[1000000,1,28,28],"datatype":"FP32","data":[1]}]}"""u8.ToArray()),
            (400, "/v2/models/m/infer", """{"inputs":[{"name":"input","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":99}}]}"""u8.ToArray()),
            (400, "/v2/models/m/infer", """{"inputs":[{"name":"other","shape":[1,1,28,28],"datatype":"FP8","data":[1]}]}"""u8.ToArray()),
            (404, "/v2/models/other/infer", "{}"u8.ToArray()), (404, "/v2/models/m/versions/2/infer", "{}"u8.ToArray()), (404, "/nothing", []), (413, "/predict", new byte[(1 << 20) + 1]),
        ];
        foreach ((int status, string path, byte[] body) in bad)
        {
            using HttpResponseMessage answer = await Post(server.Address + path, body);
            Assert.True(status == (int)answer.StatusCode, $"{path}: {answer.StatusCode}");
            Assert.Contains("error", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
            await Good();
        }

        // A client that sends half of its body and waits, and one that is gone after a half.
        using TcpClient slow = await Raw(server, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf");
        using (TcpClient cut = await Raw(server, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"))
        {
            await Good();
        }

        using var reader = new StreamReader(slow.GetStream());
        Assert.StartsWith("HTTP/1.1 408 ", await reader.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        using TcpClient malformed = await Raw(server, "NOT HTTP\r\n\r\n");
        using var other = new StreamReader(malformed.GetStream());
        Assert.StartsWith("HTTP/1.1 400 ", await other.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        await Good();

        async Task Good()
        {
            using HttpResponseMessage answer = await Post($"{server.Address}/predict?top=1", Image(5));
            Assert.Equal(good, await answer.Content.ReadAsStringAsync(Cancelled));
        }
    }

    [Fact]
    public async Task Large_bodies_together_are_limited()
    {
        using Predictor reference = Train("model=mlp", "model.hidden=9");
        await using ModelServer server = await Serve(new() { MaxBodyMb = 1, MaxMemoryMb = 1 });

        // Its body is counted before the server asks for it.
        using TcpClient half = await Raw(server, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1048000\r\nExpect: 100-continue\r\n\r\n");
        using (var reader = new StreamReader(half.GetStream(), leaveOpen: true))
        {
            Assert.StartsWith("HTTP/1.1 100 ", await reader.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        }

        using HttpResponseMessage refused = await Post($"{server.Address}/predict", [.. Image(1), .. new byte[2000]]);
        HttpStatusCode status = refused.StatusCode;
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        half.Dispose();
        for (int i = 0; i < 10_000 && status == HttpStatusCode.TooManyRequests; i++)
        {
            using HttpResponseMessage answer = await Post($"{server.Address}/predict", Image(1));
            status = answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task The_page_shows_the_models_and_tries_an_image_and_the_document_lists_each_address()
    {
        using Predictor reference = Train("model=mlp", "model.hidden=9");
        await using ModelServer server = await Serve(new());
        string page = await _client.GetStringAsync(new Uri(server.Address), Cancelled);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        using var form = new MultipartFormDataContent { { new StringContent("m"), "\"model\"" }, { new ByteArrayContent(Image(4)), "\"image\"", "\"four.png\"" } };
        using HttpResponseMessage tried = await _client.PostAsync(new Uri(server.Address), form, Cancelled);
        Assert.Contains($"<td>{reference.PredictImage(Image(4)).Class}<td>", await tried.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);

        JsonNode document = await Get(server, "/openapi.json");
        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        foreach ((string path, JsonNode? operations) in document["paths"]!.AsObject().Where(p => p.Value!["get"] is not null))
        {
            using HttpResponseMessage answer = await _client.GetAsync(new Uri(server.Address + path.Replace("{model}", "m", StringComparison.Ordinal)), Cancelled);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public async Task The_command_tells_its_address_and_ends_cleanly_at_a_signal(PosixSignal signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using Predictor reference = Train("model=mlp", "model.hidden=9");
        using CommandProcess process = CommandProcess.Regimen(_project.Folder.FullPath, "serve", "digits=latest", _project.Run, "--port", "0");
        string line = process.WaitForLine(l => l.StartsWith("Serving ", StringComparison.Ordinal));
        Assert.StartsWith($"Serving digits, {Path.GetFileName(_project.Run)} at http://127.0.0.1:", line, StringComparison.Ordinal);
        using HttpResponseMessage answer = await Post($"{line.Split(' ')[^1]}/predict/digits", Image(1));
        Assert.Equal(PredictionJson.Line(null, reference.PredictImage(Image(1)), null), await answer.Content.ReadAsStringAsync(Cancelled));
        process.Signal(signal);
        CommandOutput output = process.WaitForEnd().Ends(0);
        Assert.Single(output.Lines);
        Assert.Empty(output.Error);
    }

    public void Dispose()
    {
        _client.Dispose();
        _project.Dispose();
    }

    private static byte[] Length(int length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        return bytes;
    }

    private static byte[] Pixels(int number) => [.. Enumerable.Range(0, 784).Select(i => (byte)(i * (number + 13)))];

    private static byte[] Image(int number) => ImageBytes.GreyPng(28, 28, Pixels(number));

    private static async Task<TcpClient> Raw(ModelServer server, string text)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(server.Address).Port, Cancelled);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancelled);
        return client;
    }

    private Predictor Train(params string[] config)
    {
        _project.Train(["trainer.epochs=1", .. config]).Ends(0);
        return Open();
    }

    private Predictor Open() => Predictor.Open("latest", new PredictorOptions { Runs = _project.Runs, StableRows = true });

    private Task<ModelServer> Serve(ServingOptions options) => ModelServer.StartAsync([("m", Open())], options with { Port = 0 }, Cancelled);

    private async Task<JsonNode> Get(ModelServer server, string path) => JsonNode.Parse(await _client.GetStringAsync(new Uri(server.Address + path), Cancelled))!;

    private async Task<JsonNode> Infer(ModelServer server, string json)
    {
        using HttpResponseMessage answer = await Post($"{server.Address}/v2/models/m/infer", Encoding.UTF8.GetBytes(json));
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<HttpResponseMessage> Post(string address, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await _client.PostAsync(new Uri(address), content, Cancelled);
    }
}
