// A web service of your own around a trained model: dotnet run -- --model runs/latest --urls http://127.0.0.1:5000
// Try it: curl --data-binary @digit.png http://127.0.0.1:5000/classify
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Regimen;
using Regimen.Prediction;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
using WebApplication app = builder.Build();

// One predictor serves all requests: it may be used by several threads at once. The answer to an image does not depend on other requests.
using var predictor = Predictor.Open(app.Configuration["model"] ?? "runs/latest", new PredictorOptions { StableRows = true });

app.MapPost("/classify", async (HttpRequest request) =>
{
    using var image = new MemoryStream();
    await request.Body.CopyToAsync(image);
    try
    {
        PredictionResult prediction = predictor.PredictImage(image.ToArray());
        return Results.Json(new { prediction.Class, prediction.Probability });
    }
    catch (RequestException exception)
    {
        return Results.Text(exception.Message, statusCode: StatusCodes.Status400BadRequest);
    }
});
await app.RunAsync();
