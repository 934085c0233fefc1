using System.Globalization;
using System.Net;
using System.Text;
using Regimen.Prediction;

namespace Regimen.Serving;

/// <summary>The page of a server: its models and addresses, and a form to try an image. It has no scripts and loads nothing.</summary>
internal static class HtmlPage
{
    public const string Type = "text/html; charset=utf-8";
    private const int Shown = 10;
    private const string Style =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1c2024}table{border-collapse:collapse;width:100%}"
        + "th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #dde1e6;vertical-align:top}code{background:#f1f3f5;padding:0 .25rem}"
        + "form{margin:1rem 0}.bar{background:#3b6fd4;height:.7rem;display:inline-block;vertical-align:middle}button{padding:.3rem 1rem}";

    /// <summary>Returns the page.</summary>
    /// <param name="models">The models.</param>
    /// <param name="tried">The model that was tried; null for none.</param>
    /// <param name="result">Its prediction.</param>
    public static string Of(ServedModels models, ServedModel? tried, PredictionResult? result)
    {
        var html = new StringBuilder($"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Regimen</title><style>{Style}</style><h1>Regimen</h1>");
        html.Append("<h2>Models</h2><table><tr><th>Name<th>Task<th>Input<th>Classes");
        foreach (ServedModel model in models.All)
        {
            Predictor predictor = model.Predictor;
            string inputs = string.Join("<br>", InferSamples.Inputs(predictor).Select(i => Encode($"{i.Name}: {i.Datatype} [{string.Join(", ", i.Shape)}]")));
            html.Append(CultureInfo.InvariantCulture, $"<tr><td><a href=\"/v2/models/{Uri.EscapeDataString(model.Name)}\">{Encode(model.Name)}</a><td>{Encode(predictor.Task.Name)}<td>{inputs}<td>{Encode(string.Join(", ", predictor.Classes.Take(20)))}{(predictor.Classes.Count > 20 ? ", …" : string.Empty)}");
        }

        html.Append("</table>");
        if (models.All.Any(m => m.Predictor.Images is not null))
        {
            html.Append("<h2>Try an image</h2><form method=\"post\" enctype=\"multipart/form-data\"><select name=\"model\">");
            foreach (ServedModel model in models.All.Where(m => m.Predictor.Images is not null))
            {
                html.Append(CultureInfo.InvariantCulture, $"<option{(model == tried ? " selected" : string.Empty)}>{Encode(model.Name)}</option>");
            }

            html.Append("</select> <input type=\"file\" name=\"image\" accept=\"image/*\" required> <button>Predict</button></form>");
        }

        if (result is not null)
        {
            Append(html, result);
        }

        html.Append("<h2>Addresses</h2><table>");
        foreach ((string method, string path, string summary) in OpenApi.Addresses)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{method.ToUpperInvariant()}<td><code>{Encode(path)}</code><td>{Encode(summary)}");
        }

        return html.Append("</table><p>The same as a document: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1).</p></html>").ToString();
    }

    private static void Append(StringBuilder html, PredictionResult result)
    {
        html.Append("<h2>Prediction</h2><table>");
        foreach (ClassProbability one in result.Top(Shown))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Encode(one.Class)}<td>{one.Probability:P2}<td style=\"width:60%\"><span class=\"bar\" style=\"width:{100 * one.Probability:0.#}%\"></span>");
        }

        foreach (double value in result.Values)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{value:R}");
        }

        html.Append("</table>");
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
