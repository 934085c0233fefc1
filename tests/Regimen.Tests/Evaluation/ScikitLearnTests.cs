using System.Text.Json.Nodes;
using Regimen.Data;
using Regimen.Evaluation;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

/// <summary>Metrics equal those of scikit-learn. Fixtures/metrics.json has the expected values, created by Fixtures/metrics.py.</summary>
public sealed class ScikitLearnTests
{
    private static readonly JsonNode Fixtures = JsonNode.Parse(
        File.ReadAllText(Path.Combine(Repository.Root, "tests", "Regimen.Tests", "Evaluation", "Fixtures", "metrics.json")))!;

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach ((string task, JsonNode? list) in Fixtures.AsObject())
            {
                foreach (JsonNode? one in list!.AsArray())
                {
                    cases.Add(task, one!["name"]!.GetValue<string>());
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Metrics_equal_scikit_learn_and_have_the_same_bits_for_any_batches(string task, string name)
    {
        JsonNode fixture = Fixtures[task]!.AsArray().Single(c => c!["name"]!.GetValue<string>() == name)!;
        IReadOnlyDictionary<string, double> values = Measure(task, fixture, int.MaxValue);
        JsonObject expected = fixture["metrics"]!.AsObject();
        Assert.Equal(expected.Select(m => m.Key), values.Keys);
        foreach ((string metric, JsonNode? value) in expected)
        {
            double wanted = value?.GetValue<double>() ?? double.NaN;
            Assert.Equal(wanted, values[metric], double.IsNaN(wanted) ? 0 : 1e-12 * Math.Max(1, Math.Abs(wanted)));
        }

        foreach (int batch in (int[])[1, 7, 16])
        {
            Assert.Equal(values.Values, Measure(task, fixture, batch).Values);
        }
    }

    private static IReadOnlyDictionary<string, double> Measure(string task, JsonNode fixture, int batchSize)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = nn.Identity();
        float[] target = [.. fixture["target"]!.AsArray().Select(v => v!.GetValue<float>())];
        float[] predicted = [.. fixture["predicted"]!.AsArray().Select(v => v!.GetValue<float>())];
        int width = (fixture["outputs"] ?? fixture["labels"])?.GetValue<int>() ?? 1;
        double threshold = fixture["threshold"]?.GetValue<double>() ?? 0.5;
        (Objective objective, string[] classes) = task switch
        {
            "regression" => (Objectives.Mse, Array.Empty<string>()),
            "binary" => (new BinaryCrossEntropy { Threshold = threshold }, ["no", "yes"]),
            _ => (new MultilabelCrossEntropy { Threshold = threshold }, [.. Enumerable.Range(0, width).Select(i => $"label {i}")]),
        };
        int count = target.Length / width;
        long[] shape = width == 1 ? [count] : [count, width];
        Tensor targets = task == "binary" ? tensor(Array.ConvertAll(target, t => (long)t)) : tensor(target, shape);
        Tensor inputs = tensor(predicted, [count, width]);
        var batches = new List<Batch>();
        for (int first = 0; first < count; first += Math.Min(batchSize, count))
        {
            int rows = Math.Min(batchSize, count - first);
            batches.Add(new Batch([new(Field.Input, inputs.narrow(0, first, rows)), new(Field.Target, targets.narrow(0, first, rows))], rows));
        }

        return Evaluator.Evaluate(model, objective, batches, classes, TestContext.Current.CancellationToken).Metrics;
    }
}
