using Regimen.Catalog;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Experiments;
using Regimen.Findings;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Reports;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Findings;

/// <summary>Tests of findings.json: its numbers against independent computations of the same model on the same data.</summary>
public sealed class CollectedFindingsTests : IDisposable
{
    private readonly TinyExperiment _tiny = new();

    [Fact]
    public void A_classification_has_the_confusions_calibration_and_mistakes_of_the_evaluation()
    {
        string run = _tiny.Train(["trainer.max_steps=5", "data.limit=83", "metrics=[calibration_error]"]);
        RunFindings findings = RunFindings.Read(run)!;
        ClassFindings classes = findings.Classification!;
        using Experiment experiment = Load(run);
        using DataLoader loader = experiment.EvaluationLoader(Pass.Test);
        using Tensor logits = Evaluator.Predict(experiment.Model, loader);
        using Tensor probabilities = logits.to(ScalarType.Float64).softmax(1);
        (_, int[] labels) = DatasetContent.Of(experiment.Data.Test!);
        using Tensor highest = logits.argmax(1);
        long[] predicted = TensorMemory.Span<long>(highest).ToArray();
        double OfClass(int sample, long index) => probabilities[sample, index].ToDouble();

        Assert.Equal(("test", "classification", 100L), (findings.Split, findings.Task, findings.Samples));
        int[] wrong = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] != predicted[i])];
        Assert.True(wrong.Length > 24);
        Assert.Equal(wrong.Length, classes.Wrong);
        Assert.Equal(
            labels.Zip(predicted).GroupBy(p => p).OrderBy(g => g.Key.First).ThenBy(g => g.Key.Second).Select(g => $"{g.Key.First} {g.Key.Second} {g.Count()}"),
            classes.Confusion.Select(c => string.Join(' ', c)));
        Assert.Equal(RunManifest.Read(Path.Combine(run, "run.json")).Test!["calibration_error"]!.Value, classes.CalibrationError, 6);
        Assert.Equal(100, classes.Calibration.Sum(b => b.Count));

        int[] worst = [.. wrong.OrderBy(i => OfClass(i, labels[i])).Take(24)];
        Assert.Equal(worst, classes.Mistakes.Select(m => m.Sample.Index));
        Assert.All(classes.Mistakes, m =>
        {
            Assert.Equal((labels[m.Sample.Index], predicted[m.Sample.Index]), (m.True, m.Predicted!.Value));
            Assert.Equal(OfClass(m.Sample.Index, m.Predicted!.Value), m.Confidence, 6);
            Assert.Equal(OfClass(m.Sample.Index, m.True), m.ProbabilityOfTrue, 6);
        });

        // The picture of a mistake has the pixels of its sample.
        (byte[] pixels, _) = DatasetContent.Of(experiment.Data.Test!);
        FoundSample sample = classes.Mistakes[0].Sample;
        using SKBitmap picture = SKBitmap.Decode(Convert.FromBase64String(sample.Picture!.Png));
        Assert.Equal((28, 28), (picture.Width, picture.Height));
        Assert.Equal(pixels.Skip(sample.Index * 784).Take(784), Enumerable.Range(0, 784).Select(i => picture.GetPixel(i % 28, i / 28).Red));
    }

    [Fact]
    public void A_regression_has_errors_in_original_units_and_the_columns_of_the_worst_rows()
    {
        string table = Tables.ExpensiveHouses(157);
        string run = _tiny.Train(["data=csv", $"data.path={_tiny.Write("houses.csv", table)}", "data.target=[price]", "objective=mse", "trainer.max_steps=9"]);
        RunFindings findings = RunFindings.Read(run)!;
        OutputFindings output = findings.Regression!.Outputs.Single();
        RunManifest manifest = RunManifest.Read(Path.Combine(run, "run.json"));
        Assert.Equal(manifest.Test!["rmse"]!.Value, output.Rmse, 3);
        Assert.Equal(manifest.Test["mae"]!.Value, output.Mae, 3);
        Assert.Equal(findings.Samples, output.Counts.Sum());
        Assert.Equal(findings.Samples, output.Points.Count);

        double[] errors = [.. output.Points.Select(p => p[1] - p[0])];
        Assert.Equal(errors.Average(), output.MeanError, 3);
        Assert.Equal(errors.Select((e, i) => (Size: Math.Abs(e), i)).OrderByDescending(e => e.Size).Take(24).Select(e => e.i), findings.Regression.Worst.Select(w => w.Sample.Index));
        for (int bin = 0; bin < output.Counts.Count; bin++)
        {
            Assert.Equal(errors.Count(e => e >= output.Edges[bin] && e < output.Edges[bin + 1]), output.Counts[bin]);
        }

        // The columns of each row are a line of the file.
        string[] lines = table.Split('\n');
        Assert.All(findings.Regression.Worst, w =>
        {
            Assert.Equal(["area", "age", "town"], w.Sample.Columns.Select(c => c.Name));
            Assert.Contains(lines, l => l == string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{string.Join(',', w.Sample.Columns.Select(c => c.Value))},{w.True[0]:0}"));
        });
    }

    [Fact]
    public void A_text_has_losses_by_position_and_kind_and_the_worst_passages()
    {
        string run = _tiny.Train(["data=text", "model=gpt", "model.layers=1", "model.width=8", "model.heads=2", "data.context=23", "trainer.max_steps=3", "loader.batch_size=5"]);
        TextFindings text = RunFindings.Read(run)!.Text!;
        RunManifest manifest = RunManifest.Read(Path.Combine(run, "run.json"));
        Assert.Equal(manifest.Test!["perplexity"]!.Value, text.Perplexity, 3);
        Assert.Equal(23, text.Positions.Count);
        Assert.Equal(Math.Log(text.Perplexity), text.Positions.Average(p => p.Loss), 6);
        Assert.Equal(Math.Log(text.Perplexity), text.Kinds.Sum(k => k.Loss * k.Count) / text.Kinds.Sum(k => k.Count), 6);
        Assert.Equal(text.Windows.Select(w => w.Loss).OrderDescending(), text.Windows.Select(w => w.Loss));
        using Experiment experiment = Load(run);
        Assert.All(text.Windows, w =>
        {
            Assert.Equal(w.Loss, w.Losses.Average(), 3);
            (int[][] _, int[][] targets) = TinyText.Samples(experiment.Data.Test!);
            Assert.Equal(targets[w.Index].Select(t => experiment.Data.Vocabulary[t]), w.Tokens);
        });
    }

    [Fact]
    public void A_binary_task_counts_the_probability_of_the_class_that_was_predicted()
    {
        string run = _tiny.Train(["data=csv", $"data.path={_tiny.Write("sales.csv", Tables.Sales(203, 3))}", "data.target=[sold]", "objective=binary_cross_entropy", "trainer.max_steps=7"]);
        ClassFindings classes = RunFindings.Read(run)!.Classification!;
        Assert.NotEmpty(classes.Mistakes);
        Assert.All(classes.Mistakes, m =>
        {
            Assert.NotEqual(m.True, m.Predicted);
            Assert.InRange(m.Confidence, 0.5, 1);
            Assert.Equal(1, m.Confidence + m.ProbabilityOfTrue, 9);
        });
        Assert.Equal(["store", "price", "item"], classes.Mistakes[0].Sample.Columns.Select(c => c.Name));
    }

    [Fact]
    public void Without_a_test_set_the_findings_are_of_the_validation_set()
    {
        string run = _tiny.Train(["data=csv", $"data.path={_tiny.Write("iris.csv", Tables.Iris(91))}", "data.target=[species]", "data.test_fraction=0", "trainer.max_steps=3"]);
        RunFindings findings = RunFindings.Read(run)!;
        Assert.Equal("val", findings.Split);
        Assert.Equal(["setosa", "versicolor", "virginica"], findings.Classes);
    }

    [Fact]
    public void Equal_runs_have_the_same_bytes_also_when_one_was_interrupted()
    {
        string first = _tiny.Train(TinyExperiment.TwelveSteps);
        string second = _tiny.TrainUntil(7, TinyExperiment.TwelveSteps);
        Assert.False(File.Exists(Path.Combine(second, RunFindings.FileName)));
        _tiny.Resume(second);
        Assert.Equal(File.ReadAllBytes(Path.Combine(first, RunFindings.FileName)), File.ReadAllBytes(Path.Combine(second, RunFindings.FileName)));
    }

    [Fact]
    public void A_run_that_is_made_longer_has_no_findings_and_no_report_of_its_earlier_end()
    {
        string run = _tiny.Train(TinyExperiment.TwelveSteps);
        using var stop = new CancellationTokenSource();
        _tiny.Resume(run, ["trainer.epochs=6"], e =>
        {
            if (e is TrainEvent.StepTaken { State.At.Step: 14 })
            {
                stop.Cancel();
            }
        }, stop.Token);
        Assert.False(File.Exists(Path.Combine(run, RunFindings.FileName)) || File.Exists(Path.Combine(run, RunReport.FileName)));
        _tiny.Resume(run);
        Assert.True(File.Exists(Path.Combine(run, RunFindings.FileName)) && File.Exists(Path.Combine(run, RunReport.FileName)));
    }

    [Fact]
    public void Verify_finds_changed_findings()
    {
        using var project = new ProjectFolder();
        project.Train().Ends(0);
        Assert.Contains("identical: ", project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
        string file = Path.Combine(project.Run, RunFindings.FileName);
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"wrong\":", "\"wrong\":1", StringComparison.Ordinal));
        Assert.Contains("The findings of the test differ", project.Do("verify", "latest").Ends(1).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_collection_neither_fails_the_evaluation_nor_gives_findings()
    {
        var collector = new FailingCollector();
        ((IMetric)collector).Add(null!, new Batch([], 3));
        ((IMetric)collector).Add(null!, new Batch([], 3));
        Assert.Equal(("not today", 1), (collector.Failure!.Message, collector.Calls));
    }

    public void Dispose() => _tiny.Dispose();

    private static Experiment Load(string run) => TrainedModel.Find(run, run, run).Load(ComponentCatalog.From());

    private sealed class FailingCollector : Collector
    {
        public int Calls { get; private set; }

        public override RunFindings Finish(RunFindings to, EvaluationResult result, Func<IReadOnlyList<int>, IReadOnlyList<FoundSample>> describe) => to;

        protected override void Collect(Tensor predictions, Batch batch)
        {
            Calls++;
            throw new InvalidOperationException("not today");
        }
    }
}
