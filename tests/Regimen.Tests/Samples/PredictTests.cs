using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Regimen.Prediction;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Samples;

/// <summary>Tests the programs that predict with the library: one of three lines, and a web service.</summary>
public sealed class PredictTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public async Task A_program_and_a_web_service_give_the_prediction_of_the_run()
    {
        _project.Train("trainer.epochs=1", "model.hidden=9").Ends(0);
        byte[] image = ImageBytes.GreyPng(28, 28, [.. Enumerable.Range(0, 784).Select(i => (byte)(i * 17))]);
        File.WriteAllBytes(_project.Folder["digit.png"], image);
        using var predictor = Predictor.Open("latest", new PredictorOptions { Runs = _project.Runs, StableRows = true });
        PredictionResult expected = predictor.PredictImage(image);

        using CommandProcess program = CommandProcess.Start("Predict", _project.Folder.FullPath, "runs/latest", "digit.png");
        Assert.Equal([string.Create(CultureInfo.InvariantCulture, $"{expected.Class} {expected.Probability:0.0000}")], program.WaitForEnd().Ends(0).Lines);

        const string Listening = "Now listening on: ";
        using CommandProcess service = CommandProcess.Start("WebService", _project.Folder.FullPath, "--urls", "http://127.0.0.1:0");
        string line = service.WaitForLine(l => l.Contains(Listening, StringComparison.Ordinal));
        var address = new Uri($"{line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..]}/classify");
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.PostAsync(address, new ByteArrayContent(image), TestContext.Current.CancellationToken);
        JsonNode json = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal((expected.Class, expected.Probability), (json["class"]!.GetValue<string>(), json["probability"]!.GetValue<double>()));
        using HttpResponseMessage refused = await client.PostAsync(address, new ByteArrayContent([1, 2, 3]), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    public void Dispose() => _project.Dispose();
}
