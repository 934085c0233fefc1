using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using static TorchSharp.torch;

namespace Regimen.Tests.Evaluation;

public sealed class EvaluatorTests
{
    private static readonly string[] Classes = ["a", "b"];

    [Fact]
    public void The_loss_is_the_mean_over_samples_not_over_batches()
    {
        using var model = nn.Identity();
        using Batch three = Logits([2, 0, 0, 2, 2, 0], [0, 1, 1]);
        using Batch one = Logits([0, 0], [0]);
        EvaluationResult result = Evaluator.Evaluate(model, Objectives.CrossEntropy, [three, one], Classes, TestContext.Current.CancellationToken);

        double right = Math.Log(1 + Math.Exp(-2));
        double wrong = Math.Log(1 + Math.Exp(2));
        Assert.Equal((right + right + wrong + Math.Log(2)) / 4, result.Loss, 1e-6);
        Assert.Equal(4, result.Samples);
        Assert.Equal(0.75, result.Metrics["accuracy"]);
        Assert.Equal([[2, 0], [1, 1]], result.Confusion!.Rows.Select(r => r.ToArray()));
        Assert.Equal(["a", "b"], result.PerClass.Select(c => c.Class));
        Assert.Equal(ClassificationMetrics.Names(Classes.Length), result.Metrics.Keys);
    }

    [Fact]
    public void The_pass_runs_in_evaluation_mode_and_restores_the_mode_of_every_module()
    {
        using TinyNet model = TinyNet.Seeded(drop: 0.5);
        model.train();
        nn.Module frozen = model.named_modules().First(m => m.name == "fc1").module;
        frozen.eval();
        var seen = new List<bool>();
        Objective objective = Objectives.From((m, batch) =>
        {
            seen.Add(m.training);
            seen.AddRange(m.modules().Select(child => child.training));
            seen.Add(is_grad_enabled());
            return Objectives.CrossEntropy.Compute(m, batch);
        });
        using Batch batch = Rows(6);
        Evaluator.Evaluate(model, objective, [batch], [], TestContext.Current.CancellationToken);

        Assert.All(seen, Assert.False);
        Assert.True(model.training);
        Assert.True(is_grad_enabled());
        Assert.Equal([("fc1", false), ("fc2", true), ("dropout", true)], model.named_modules().Select(m => (m.name, m.module.training)).OrderByDescending(m => m.name.StartsWith('f')).ThenBy(m => m.name));
    }

    [Fact]
    public void Modes_are_restored_if_the_pass_fails()
    {
        using TinyNet model = TinyNet.Seeded(drop: 0.5);
        model.train();
        Objective failing = Objectives.From((_, _) => throw new InvalidOperationException("no"));
        using Batch batch = Rows(2);
        Assert.Throws<InvalidOperationException>(() => Evaluator.Evaluate(model, failing, [batch], [], TestContext.Current.CancellationToken));
        Assert.True(model.training);
    }

    [Fact]
    public void Only_the_loss_is_measured_for_other_tasks_and_without_classes()
    {
        using var model = nn.Identity();
        using Batch batch = Logits([2, 0], [0]);
        Objective other = Objectives.From((m, b) => Objectives.CrossEntropy.Compute(m, b));
        foreach ((Objective objective, string[] classes) in ((Objective, string[])[])[(other, Classes), (Objectives.CrossEntropy, [])])
        {
            EvaluationResult result = Evaluator.Evaluate(model, objective, [batch], classes, TestContext.Current.CancellationToken);
            Assert.Empty(result.Metrics);
            Assert.Null(result.Confusion);
            Assert.Empty(result.PerClass);
            Assert.Equal(Math.Log(1 + Math.Exp(-2)), result.Loss, 1e-6);
        }
    }

    [Fact]
    public void A_wrong_label_is_reported_before_the_loss_is_computed()
    {
        using var model = nn.Identity();
        using Batch batch = Logits([2, 0], [5]);
        RequestException refused = Assert.Throws<RequestException>(
            () => Evaluator.Evaluate(model, Objectives.CrossEntropy, [batch], Classes, TestContext.Current.CancellationToken));
        Assert.Equal("5", refused.Problems[0].Received);
    }

    [Fact]
    public void An_evaluation_without_samples_is_an_error()
    {
        using var model = nn.Identity();
        Assert.Throws<RequestException>(() => Evaluator.Evaluate(model, Objectives.CrossEntropy, [], Classes, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Cancellation_ends_the_pass_before_the_next_batch()
    {
        using var model = nn.Identity();
        using var source = new CancellationTokenSource();
        int batches = 0;
        IEnumerable<Batch> Endless()
        {
            using Batch batch = Logits([2, 0], [0]);
            while (true)
            {
                if (++batches == 3)
                {
                    source.Cancel();
                }

                yield return batch;
            }
        }

        Assert.Throws<OperationCanceledException>(() => Evaluator.Evaluate(model, Objectives.CrossEntropy, Endless(), Classes, source.Token));
        Assert.Equal(3, batches);
    }

    [Fact]
    public void All_tensors_are_disposed_and_batches_remain_usable()
    {
        using TinyNet model = TinyNet.Seeded();
        using Batch batch = Rows(6);
        void Pass() => Evaluator.Evaluate(model, Objectives.CrossEntropy, Enumerable.Repeat(batch, 5), ["a", "b", "c"], TestContext.Current.CancellationToken);
        Pass();
        long before = Tensors.SettledCount();
        Pass();
        Tensors.AssertNoneLeaked(before);
        Assert.False(batch.Input.IsInvalid);
    }

    [Fact]
    public void An_evaluation_does_not_draw_random_numbers_or_change_weights()
    {
        using TinyNet model = TinyNet.Seeded(drop: 0.5);
        float[] weights = WeightValues.Of(model);
        using Batch batch = Rows(6);
        using Tensor before = get_rng_state();
        Evaluator.Evaluate(model, Objectives.CrossEntropy, [batch], ["a", "b", "c"], TestContext.Current.CancellationToken);
        using Tensor after = get_rng_state();
        Assert.Equal(TensorMemory.Span<byte>(before).ToArray(), TensorMemory.Span<byte>(after).ToArray());
        Assert.Equal(weights, WeightValues.Of(model));
        Assert.All(model.parameters(), p => Assert.Null(p.grad));
    }

    private static Batch Logits(float[] logits, long[] targets)
        => new([new(Field.Input, tensor(logits, [targets.Length, logits.Length / targets.Length])), new(Field.Target, tensor(targets))], targets.Length);

    private static Batch Rows(int count)
        => new([new(Field.Input, ones(count, 4)), new(Field.Target, zeros(count, ScalarType.Int64))], count);
}
