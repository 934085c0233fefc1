using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Regimen.Prediction;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>Answers with the prediction of a drawing: <c>POST /api/draw?run=RUN&amp;scale=K&amp;centre=1</c>. The body is the drawing, one byte a
/// value, <c>[channels, height · K, width · K]</c>.</summary>
internal sealed class DrawAnswer(RunsFolder folder, RequestBody body, OpenModels models)
{
    private const int MostClasses = 12;
    private const int LargestScale = 64;

    public async Task AnswerAsync(HttpContext context)
    {
        var query = Query.Of(context.Request);
        DrawableRun run = Find(folder, query["run"]);
        if (!int.TryParse(query["scale"], NumberStyles.None, CultureInfo.InvariantCulture, out int scale) || scale is < 1 or > LargestScale)
        {
            throw new RequestException(new Problem("The scale is out of range") { Where = "scale", Expected = $"from 1 to {LargestScale}", Received = query["scale"] ?? "none" });
        }

        JsonObject answer = await body.UseAsync(context, drawing =>
        {
            long expected = (long)run.Channels * run.Height * scale * run.Width * scale;
            return drawing.Length == expected
                ? Task.Run(() => Predict(run, DrawnImage.Reduce(drawing, run.Channels, run.Height, run.Width, scale, query.Flag("centre"))))
                : throw new RequestException(new Problem("The drawing has another size than the model's input") { Expected = $"{expected} bytes", Received = $"{drawing.Length}" });
        });
        await Answer.JsonAsync(context, answer);
    }

    /// <summary>Finds a run whose model takes images.</summary>
    /// <exception cref="StatusException">There is no such run.</exception>
    public static DrawableRun Find(RunsFolder folder, string? id) => DrawableRun.Of(id ?? string.Empty, folder.Run(id))
        ?? throw new StatusException(StatusCodes.Status404NotFound, new Problem("The model of this run takes no images, or has no checkpoint yet") { Received = id });

    /// <summary>The classes in their own order, so that they stay in place while a picture is drawn; of many classes the most probable ones.</summary>
    private static IEnumerable<ClassProbability> Shown(PredictionResult result)
        => result.Classes.Count <= MostClasses ? result.Probabilities.Select(p => new ClassProbability(p.Key, p.Value)) : result.Top(MostClasses);

    // Not inlined: the assemblies of the models are loaded with the first drawing.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private JsonObject Predict(DrawableRun run, byte[] pixels)
    {
        PredictionResult result = models.Predict(run, pixels);
        return new JsonObject
        {
            ["pixels"] = Convert.ToBase64String(pixels),
            ["class"] = result.Class,
            ["predictions"] = new JsonArray([.. Shown(result).Select(c => new JsonObject { ["class"] = c.Class, ["probability"] = c.Probability })]),
            ["values"] = new JsonArray([.. result.Values.Select(v => double.IsFinite(v) ? JsonValue.Create(v) : null)]),
        };
    }
}
