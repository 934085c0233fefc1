using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Screen;
using Regimen.Experiments;
using Regimen.Inspection;

namespace Regimen.App.Commands;

/// <summary>Formats what the layers of a model return.</summary>
internal static class ActivationText
{
    public static void Write(Page page, Experiment experiment, IReadOnlyList<LayerActivations> layers, int samples)
    {
        page.Heading(string.Create(CultureInfo.InvariantCulture, $"{experiment.Config.Model.Name}: outputs of its layers for {samples:#,0} training samples"));
        page.Line();
        TextTable.Write(
            page,
            [new("layer"), new("kind", LeftOut: 1), new("output"), new("mean", IsNumber: true), new("deviation", IsNumber: true), new("zeros", IsNumber: true), new("dead units", IsNumber: true)],
            layers.Select(l => new Cell[]
            {
                l.Name, l.Kind, $"[{string.Join(", ", l.Shape)}]", Number(l.Mean), Number(l.Deviation), l.Zeros.ToString("0.0 %", CultureInfo.InvariantCulture), l.IsLast ? "-" : $"{Count(l.Dead)} of {Count(l.Units)}",
            }));
        LayerActivations[] dead = [.. layers.Where(l => l.Dead > 0)];
        LayerActivations[] broken = [.. layers.Where(l => l.NotFinite > 0)];
        if (dead.Length + broken.Length > 0)
        {
            page.Line();
        }

        foreach (LayerActivations layer in dead)
        {
            page.Line($"{layer.Name}: {Count(layer.Dead)} of {Count(layer.Units)} units are not above 0 for any of these samples; behind a ReLU they are dead: they pass nothing on and learn nothing.");
        }

        foreach (LayerActivations layer in broken)
        {
            page.Line($"{layer.Name}: {Count(layer.NotFinite)} values are not finite.");
        }
    }

    public static JsonArray Document(IReadOnlyList<LayerActivations> layers) => new([.. layers.Select(l => new JsonObject
    {
        ["name"] = l.Name,
        ["kind"] = l.Kind,
        ["shape"] = new JsonArray([.. l.Shape.Select(d => JsonValue.Create(d))]),
        ["mean"] = ProblemReport.Number(l.Mean),
        ["deviation"] = ProblemReport.Number(l.Deviation),
        ["zeros"] = ProblemReport.Number(l.Zeros),
        ["units"] = l.Units,
        ["dead_units"] = l.Dead,
        ["not_finite"] = l.NotFinite,
    })]);

    private static string Number(double value) => value.ToString(Math.Abs(value) is 0 or (>= 1e-3 and < 1e6) ? "0.####" : "0.00e0", CultureInfo.InvariantCulture);

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
