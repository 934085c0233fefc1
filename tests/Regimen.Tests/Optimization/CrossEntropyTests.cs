using System.Runtime.InteropServices;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Optimization;

/// <summary>Cross-entropy's fused kernel against libtorch.</summary>
public sealed class CrossEntropyTests
{
    public static TheoryData<int, int, double, double, bool> Cases()
    {
        var cases = new TheoryData<int, int, double, double, bool>();
        foreach (int classes in (int[])[1, 2, 3, 8, 10, 17, 1000])
        {
            cases.Add(5, classes, 0, 1, false);
            cases.Add(64, classes, 0.1, 0.25, false);
            cases.Add(3, classes, 0, 1, true);
            cases.Add(7, classes, 1, 0.5, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradients_equal_libtorch_to_rounding(int rows, int classes, double smoothing, double weight, bool soft)
    {
        using Tensor features = arange(rows * 6, dtype: float32).mul(1.7).sin().view(rows, 6);
        using Tensor target = soft
            ? arange(rows * classes, dtype: float32).mul(0.3).cos().mul(3).view(rows, classes).softmax(1)
            : arange(rows).mul(7).remainder(classes);
        using var batch = new Batch([new(Field.Input, features), new(Field.Target, target)], rows);
        var objective = new CrossEntropy { LabelSmoothing = smoothing };
        using nn.Module<Tensor, Tensor> model = Wide(classes);
        float loss = objective.Backward(model, batch, weight);
        float[] gradients = Gradients(model);

        using nn.Module<Tensor, Tensor> reference = Wide(classes);
        using Tensor expected = nn.functional.cross_entropy(reference.call(features), target, label_smoothing: smoothing).mul(weight);
        expected.backward();
        Assert.Equal(expected.ToSingle(), loss, 1e-5f * Math.Max(1, Math.Abs(loss)));
        WeightValues.AreNear(Gradients(reference), gradients, 2e-6);
    }

    /// <summary>Logits for which exponentials without the maximum subtracted overflow.</summary>
    [Fact]
    public void Extreme_logits_give_a_finite_loss()
    {
        using Tensor logits = tensor([1e30f, 0, -1e30f, 500, 499, -500], 2, 3);
        using Tensor target = tensor([0L, 2L]);
        (float loss, Tensor gradient) = SoftmaxKernel.Run(logits, target, 0, 1);
        using (gradient)
        using (Tensor expected = nn.functional.cross_entropy(logits, target))
        {
            Assert.Equal(expected.ToSingle(), loss, 1e-3f);
            Assert.All(TensorMemory.Span<float>(gradient).ToArray(), g => Assert.True(float.IsFinite(g)));
        }
    }

    [Fact]
    public void A_NaN_logit_gives_a_NaN_loss()
    {
        using Tensor logits = tensor([1f, float.NaN, 2f], 1, 3);
        using Tensor target = tensor([0L]);
        (float loss, Tensor gradient) = SoftmaxKernel.Run(logits, target, 0, 1);
        gradient.Dispose();
        Assert.True(float.IsNaN(loss));
    }

    /// <summary>Unsupported arguments are left to libtorch, which rejects them, and which supports the ignored index.</summary>
    [Fact]
    public void Other_targets_and_types_are_left_to_libtorch()
    {
        using Tensor logits = zeros(2, 3);
        using Tensor doubles = zeros(2, 3, float64);
        using Tensor outside = tensor([0L, 3L]);
        using Tensor leftOut = tensor([0L, -100L]);
        using Tensor fine = tensor([0L, 2L]);
        Assert.True(SoftmaxKernel.CanRun(logits, fine));
        Assert.False(SoftmaxKernel.CanRun(logits, outside));
        Assert.False(SoftmaxKernel.CanRun(logits, leftOut));
        Assert.False(SoftmaxKernel.CanRun(doubles, fine));
        using nn.Module<Tensor, Tensor> model = Wide(3);
        using var batch = new Batch([new(Field.Input, ones(2, 6)), new(Field.Target, outside.clone())], 2);
        Assert.ThrowsAny<ExternalException>(() => Objectives.CrossEntropy.Backward(model, batch));
    }

    private static nn.Module<Tensor, Tensor> Wide(int classes)
    {
        nn.Module<Tensor, Tensor> model = nn.Linear(6, classes);
        using (no_grad())
        {
            long at = 0;
            foreach (TorchSharp.Modules.Parameter parameter in model.parameters())
            {
                using Tensor values = arange(at, at + parameter.numel(), dtype: float32).sin().view(parameter.shape);
                parameter.copy_(values);
                at += parameter.numel();
            }
        }

        return model;
    }

    private static float[] Gradients(nn.Module model)
        => [.. model.parameters().SelectMany(p => TensorMemory.Span<float>(p.grad!).ToArray())];
}
