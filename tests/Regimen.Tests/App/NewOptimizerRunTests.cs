using System.Globalization;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;
using Regimen.Tracking;

namespace Regimen.Tests.App;

/// <summary>Runs with the newer optimizers and with the gradient's noise scale: resumed after any step, killed, and verified.</summary>
public sealed class NewOptimizerRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Theory]
    [InlineData("optimizer=adagrad", "optimizer.lr_decay=0.01")]
    [InlineData("optimizer=lion", "optimizer.weight_decay=0.1")]
    [InlineData("optimizer=lamb", "model.hidden=[7]")]
    [InlineData("optimizer=muon", "optimizer.adamw=[fc2.*]", "model.hidden=[7]", "optimizer.rules=[{match: fc1.bias, lr_scale: 3}]")]
    public void A_run_stopped_after_any_step_resumes_to_the_same_bits(params string[] optimizer)
    {
        using var runs = new TinyExperiment();
        string[] config = [.. TinyExperiment.TwelveSteps, "trainer.epochs=2", "observers=[{name: gradient_noise, every: 2}]", .. optimizer];
        string first = runs.Train(config);
        RunBits whole = RunBits.Of(first);
        foreach (int step in (int[])[1, 3, 5])
        {
            string run = runs.TrainUntil(step, config);
            runs.Resume(run);
            whole.AssertEqual(RunBits.Of(run));
            Assert.Equal(Noise(first), Noise(run));
        }

        static string Noise(string run) => File.ReadAllText(Path.Combine(run, "gradient_noise.csv"));
    }

    [Theory]
    [InlineData("adagrad")]
    [InlineData("lion")]
    [InlineData("lamb")]
    [InlineData("muon")]
    public void A_run_is_verified(string optimizer)
    {
        _project.Train($"optimizer={optimizer}", "model.hidden=[9]", "data.limit=83", "loader.batch_size=16", "checkpoint.every_steps=3", "--quiet").Ends(0);
        Assert.Contains("identical", _project.Do("verify", "latest").Ends(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void The_noise_scale_is_refused_where_a_step_has_one_batch()
    {
        string error = _project.Train("observers=[gradient_noise]", "--quiet").Ends(2).Error;
        Assert.Contains("trainer.accumulate of at least 2", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    /// <summary>Gradients of samples g + noise with known signal and variance: over many steps, the means of the estimates are these.</summary>
    [Fact]
    public void The_estimates_have_no_bias()
    {
        (double signal, double noise) = (0, 0);
        RandomStream random = RandomStream.For(5, RandomPurpose.Order);
        const int steps = 4000;
        int[] sizes = [4, 4, 3];
        for (int step = 0; step < steps; step++)
        {
            // Two dimensions, the true gradient (0.3, 0), uniform noise of variance 1/3 in each: S = 2/3.
            var batches = new List<(int Samples, double X, double Y)>();
            foreach (int size in sizes)
            {
                (double x, double y) = (0, 0);
                for (int i = 0; i < size; i++)
                {
                    x += 0.3 + (2 * random.NextDouble()) - 1;
                    y += (2 * random.NextDouble()) - 1;
                }

                batches.Add((size, x / size, y / size));
            }

            (double mx, double my) = (batches.Sum(b => b.Samples * b.X) / 11, batches.Sum(b => b.Samples * b.Y) / 11);
            (double s, double n) = GradientNoise.Estimate(Math.Sqrt((mx * mx) + (my * my)), [.. batches.Select(b => (b.Samples, Math.Sqrt((b.X * b.X) + (b.Y * b.Y))))]);
            signal += s / steps;
            noise += n / steps;
        }

        Assert.Equal(0.09, signal, 0.01);
        Assert.Equal(2.0 / 3, noise, 0.03);
    }

    /// <summary>The norms of the batches are those of steps of these batches alone.</summary>
    [Fact]
    public void The_rows_follow_from_the_gradients_of_the_batches()
    {
        using var runs = new TinyExperiment();
        string[] one = ["trainer.epochs=1", "trainer.max_steps=1", "loader.batch_size=5", "loader.shuffle=false", "data.limit=29", "early_stopping=none", "optimizer=sgd", "optimizer.lr=1.0e-30"];
        string run = runs.Train([.. one, "trainer.accumulate=2", "observers=[{name: gradient_noise, every: 1}, {name: gradient_norms, every: 1}]"]);
        string alone = runs.Train([.. one, "trainer.max_steps=2", "observers=[{name: gradient_norms, every: 1}]"]);
        double[] row = Row(run, "gradient_noise.csv", 1);
        double norm = Row(run, "gradient_norms.csv", 1)[1];
        (double signal, double noise) = GradientNoise.Estimate(norm, [(5, Row(alone, "gradient_norms.csv", 1)[1]), (5, Row(alone, "gradient_norms.csv", 2)[1])]);
        Assert.Equal([1, 10, signal, noise, noise / signal], row, (a, b) => Math.Abs(a - b) <= 1e-4 * Math.Max(1, Math.Abs(a)));

        static double[] Row(string run, string file, int row) => [.. File.ReadAllLines(Path.Combine(run, file))[row].Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
    }

    public void Dispose() => _project.Dispose();
}
