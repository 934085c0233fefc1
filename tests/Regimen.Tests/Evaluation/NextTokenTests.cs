using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Reproducibility;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

/// <summary>The objective of the next token and its metrics, against their definitions in double precision.</summary>
public sealed class NextTokenTests
{
    private const int Vocabulary = 11;
    private const int Length = 7;

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Loss_and_gradient_equal_those_of_torch(double smoothing)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Table(Length);
        using Batch batch = OneBatch(5);
        var objective = new NextToken { LabelSmoothing = smoothing };
        Tensor logits = model.call(batch["tokens"]);
        Tensor expected = nn.functional.cross_entropy(logits.view(-1, Vocabulary), batch.Target.view(-1), label_smoothing: smoothing);
        expected.backward();
        Tensor gradient = model.values.grad!.clone();
        model.values.grad!.zero_().Dispose();
        Assert.Equal(0.25 * expected.ToDouble(), objective.Backward(model, batch, weight: 0.25), 1e-6);
        Assert.True(gradient.mul(0.25).allclose(model.values.grad!, rtol: 1e-4, atol: 1e-7));
        using (no_grad())
        {
            Assert.Equal(expected.ToDouble(), objective.Compute(model, batch).Loss.ToDouble(), 1e-5);
        }
    }

    [Fact]
    public void Metrics_do_not_depend_on_the_division_into_batches_and_equal_their_definitions()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Table(Length);
        EvaluationResult[] results = [.. new[] { 23, 1, 4 }.Select(size => Evaluator.Evaluate(model, Objectives.NextToken, Batches(23, size), [], TestContext.Current.CancellationToken))];
        (double logs, int correct) = (0, 0);
        using Batch all = OneBatch(23);
        for (int i = 0; i < 23; i++)
        {
            for (int p = 0; p < Length; p++)
            {
                float[] row = TensorMemory.Span<float>(model.values[all["tokens"][i, p].ToInt64()].contiguous()).ToArray();
                long next = all.Target[i, p].ToInt64();
                logs += Math.Log(row.Sum(v => Math.Exp(v))) - row[next];
                correct += Array.IndexOf(row, row.Max()) == next ? 1 : 0;
            }
        }

        Assert.All(results, r => Assert.Equal((results[0].Metrics["perplexity"], results[0].Metrics["accuracy"]), (r.Metrics["perplexity"], r.Metrics["accuracy"])));
        Assert.Equal(Math.Exp(logs / (23 * Length)), results[0].Metrics["perplexity"], 1e-5);
        Assert.Equal((double)correct / (23 * Length), results[0].Metrics["accuracy"], 1e-12);
        Assert.All(results, r => Assert.Equal(logs / (23 * Length), r.Loss, 1e-5));
        Assert.Equal(["perplexity", "accuracy"], results[0].Metrics.Keys);
    }

    [Fact]
    public void Merged_metrics_are_those_of_all_batches()
    {
        using DisposeScope scope = NewDisposeScope();
        var whole = new NextTokenMetrics();
        NextTokenMetrics[] halves = [new(), new()];
        using var model = new Table(Length);
        using IDisposable noGrad = no_grad();
        foreach ((int i, Batch batch) in Batches(10, 3).Index())
        {
            whole.Add(model.call(batch["tokens"]), batch.Target);
            halves[i / 2].Add(model.call(batch["tokens"]), batch.Target);
        }

        halves[0].Merge(halves[1]);
        Assert.Equal(whole.Values["accuracy"], halves[0].Values["accuracy"]);
        Assert.Equal(whole.Values["perplexity"], halves[0].Values["perplexity"], 1e-12);
        Assert.True(double.IsNaN(new NextTokenMetrics().Values["perplexity"]));
    }

    [Fact]
    public void Outputs_and_targets_of_another_kind_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Table(Length);
        var metrics = new NextTokenMetrics();
        Assert.Throws<RequestException>(() => metrics.Add(zeros(2, Vocabulary), zeros([2], ScalarType.Int64)));
        Assert.Throws<RequestException>(() => metrics.Add(zeros(2, 3, Vocabulary), zeros([2, 4], ScalarType.Int64)));
        Assert.Throws<RequestException>(() => metrics.Add(zeros(2, 3, Vocabulary), full([2, 3], Vocabulary, ScalarType.Int64)));
        using var classes = new Batch([new("tokens", zeros([2, 3], ScalarType.Int64)), new(Field.Target, zeros([2], ScalarType.Int64))], 2);
        Assert.Throws<RequestException>(() => Objectives.NextToken.Compute(model, classes));
    }

    private static IEnumerable<Batch> Batches(int count, int size)
    {
        using Batch all = OneBatch(count);
        for (int first = 0; first < count; first += size)
        {
            int rows = Math.Min(size, count - first);
            yield return new Batch(
                [new("tokens", all["tokens"].narrow(0, first, rows).clone()), new(Field.Target, all.Target.narrow(0, first, rows).clone())], rows);
        }
    }

    private static Batch OneBatch(int count)
    {
        RandomStream random = RandomStream.For(2, RandomPurpose.Split);
        return new Batch([new("tokens", Draw(ref random)), new(Field.Target, Draw(ref random))], count);

        Tensor Draw(ref RandomStream from)
        {
            long[] values = new long[count * Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = from.NextInt32(Vocabulary);
            }

            return tensor(values).view(count, Length);
        }
    }

    /// <summary>Logits that depend on the current token alone.</summary>
    private sealed class Table : nn.Module<Tensor, Tensor>
    {
        public readonly TorchSharp.Modules.Parameter values;

        public Table(ulong seed)
            : base(nameof(Table))
        {
            TorchRandom.SeedInitialization(seed);
            values = new TorchSharp.Modules.Parameter(randn(Vocabulary, Vocabulary));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => values[input];
    }
}
