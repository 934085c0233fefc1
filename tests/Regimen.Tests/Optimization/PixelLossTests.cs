using System.Globalization;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Regimen.Tests.Optimization;

/// <summary>The losses of masks: value and gradient against PyTorch in float64, at 3 images of 5×4 pixels and 4 classes, some pixels without a class.</summary>
public sealed class PixelLossTests
{
    private const int Images = 3;
    private const int Classes = 4;
    private const int Height = 5;
    private const int Width = 4;
    private const int Values = Images * Classes * Height * Width;

    private const string Script =
        """
        import torch, torch.nn.functional as F
        B, C, H, W = 3, 4, 5, 4
        i = torch.arange(B * C * H * W, dtype=torch.float64)
        z = (2.3 * torch.sin(0.7 * i) + torch.cos(0.31 * i)).reshape(B, C, H, W)
        n = torch.arange(B * H * W)
        y = ((5 * n + n // 7) % C)
        y[n % 6 == 1] = 255
        y = y.reshape(B, H, W)
        w = torch.tensor([0.3, 1.0, 2.5, 0.7], dtype=torch.float64)
        without = torch.where(y == 2, torch.tensor(255), y)
        def focal(x, y, gamma, alpha):
            counted = y != 255
            logp = F.log_softmax(x, 1).permute(0, 2, 3, 1)[counted]
            t = y[counted]
            own = logp[torch.arange(len(t)), t]
            return (-alpha[t] * (1 - own.exp()) ** gamma * own).mean()
        def dice(x, y, smooth):
            counted = (y != 255)[:, None].double()
            p = x.softmax(1) * counted
            t = F.one_hot(torch.where(y == 255, torch.tensor(0), y), C).permute(0, 3, 1, 2).double() * counted
            each = (2 * (p * t).sum((2, 3)) + smooth) / (p.sum((2, 3)) + t.sum((2, 3)) + smooth)
            return (1 - each.mean(1)).mean()
        def entropy(x, y):
            return torch.stack([F.cross_entropy(x[b:b + 1], y[b:b + 1], ignore_index=255) for b in range(B)]).mean()
        one = torch.ones(C, dtype=torch.float64)
        cases = {
            "plain": lambda x: F.cross_entropy(x, y, ignore_index=255),
            "weighted": lambda x: F.cross_entropy(x, y, w, ignore_index=255),
            "smooth": lambda x: F.cross_entropy(x, y, ignore_index=255, label_smoothing=0.2),
            "ignored": lambda x: F.cross_entropy(x, without, w, ignore_index=255),
            "focal": lambda x: focal(x, y, 2, one),
            "focal_alpha": lambda x: focal(x, without, 0.5, w),
            "focal_0": lambda x: F.cross_entropy(x, y, ignore_index=255),
            "dice": lambda x: dice(x, y, 1),
            "dice_ignored": lambda x: dice(x, without, 0.2),
            "dice_entropy": lambda x: dice(x, y, 1) + 0.6 * entropy(x, y),
        }
        for name, loss in cases.items():
            x = z.clone().requires_grad_()
            value = loss(x)
            value.backward()
            print(name, repr(value.item()), *map(repr, x.grad.flatten().tolist()))
        """;

    private static readonly Lazy<Dictionary<string, double[]>> PyTorchs = new(() => PyTorch.Run(Script).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => parts[1..].Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()));

    private static readonly ClassWeights Weights = [0.3, 1, 2.5, 0.7];

    public static TheoryData<string, Objective> Cases => new()
    {
        { "plain", new PixelCrossEntropy() },
        { "weighted", new PixelCrossEntropy { ClassWeights = Weights } },
        { "smooth", new PixelCrossEntropy { LabelSmoothing = 0.2 } },
        { "ignored", new PixelCrossEntropy { ClassWeights = Weights, IgnoreIndex = 2 } },
        { "focal", new PixelFocal() },
        { "focal_alpha", new PixelFocal { Gamma = 0.5, Alpha = Weights, IgnoreIndex = 2 } },
        { "focal_0", new PixelFocal { Gamma = 0 } },
        { "dice", new Dice() },
        { "dice_ignored", new Dice { Smooth = 0.2, IgnoreIndex = 2 } },
        { "dice_entropy", new Dice { CrossEntropy = 0.6 } },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradient_equal_PyTorchs(string name, Objective objective) => CheckValues(name, objective);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_and_gradient_equal_PyTorchs_with_portable_bits(string name, Objective objective)
    {
        using IDisposable arithmetic = Arithmetic.Borrow(Bits.Portable);
        Assert.True(objective.IsPortable);
        CheckValues(name, objective);
        Pixels_without_a_class_alone_give_a_finite_loss(name, objective);
        The_mean_of_parts_of_a_batch_is_that_of_the_batch(name, objective);
        Parts_are_the_two_losses();
    }

    /// <summary>Threads take images, and the layout of the logits decides nothing.</summary>
    [Fact]
    public void Dice_has_the_same_bits_for_any_number_of_threads_and_layout()
    {
        using IDisposable arithmetic = Arithmetic.Borrow(Bits.Portable);
        using DisposeScope scope = NewDisposeScope();
        float[] values = [.. Enumerable.Range(0, 5 * 19 * 90).Select(i => (float)Math.Sin(0.37 * i * i))];
        Tensor logits = tensor(values).reshape(5, 19, 9, 10);
        using var batch = new Batch([new(Field.Input, zeros(5)), new(Field.Target, tensor([.. Enumerable.Range(0, 450).Select(i => i % 23 == 0 ? MaskTarget.Ignored : (long)(i * i % 19))]).reshape(5, 9, 10))], 5);
        try
        {
            string[] results = [.. from threads in new[] { 1, 2, 3, 4 } from last in new[] { false, true } select Measured(threads, last)];
            Assert.Single(results.Distinct());
        }
        finally
        {
            Threads.Use(1);
        }

        string Measured(int threads, bool last)
        {
            Threads.Use(threads, SharedBy.Layers);
            Tensor x = (last ? MemoryLayout.ChannelsLast(logits) : logits).detach().requires_grad_();
            using var model = new Given(x);
            ObjectiveResult result = new Dice { CrossEntropy = 0.3 }.Compute(model, batch);
            Tensor gradient = autograd.grad([result.Loss], [x])[0];
            return Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(TensorMemory.Span<float>(cat([result.Loss.reshape(1), result.Parts[0].Value.reshape(1), result.Parts[1].Value.reshape(1), gradient.contiguous().flatten()]).detach())));
        }
    }

    private static void CheckValues(string name, Objective objective)
    {
        PyTorch.SkipWhereMissing();
        double[] expected = PyTorchs.Value[name];
        Assert.Equal(1 + Values, expected.Length);
        using DisposeScope scope = NewDisposeScope();
        using var model = new Logits();
        using Batch batch = BatchOf(0, Images);
        Assert.Equal(0.25 * expected[0], objective.Backward(model, batch, weight: 0.25), 1e-6);
        Assert.All(TensorMemory.Span<float>(model.values.grad!).ToArray().Index(), g => Assert.Equal(0.25 * expected[1 + g.Index], g.Item, 1e-6));
        using (no_grad())
        {
            Assert.Equal(expected[0], objective.Compute(model, batch).Loss.ToDouble(), 2e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_mean_of_parts_of_a_batch_is_that_of_the_batch(string name, Objective objective)
    {
        _ = name;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable withoutGradients = no_grad();
        using var model = new Logits();
        (double sum, double weight) = (0, 0);
        for (int image = 0; image < Images; image++)
        {
            using Batch one = BatchOf(image, 1);
            double own = objective.WeightOf(one) ?? one.Count;
            sum += objective.Compute(model, one).Loss.ToDouble() * own;
            weight += own;
        }

        using Batch all = BatchOf(0, Images);
        Assert.Equal(objective.Compute(model, all).Loss.ToDouble(), sum / weight, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pixels_without_a_class_alone_give_a_finite_loss(string name, Objective objective)
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Logits();
        using var batch = new Batch([new(Field.Input, arange(Images)), new(Field.Target, full([Images, Height, Width], MaskTarget.Ignored, ScalarType.Int64))], Images);
        Assert.InRange(objective.Backward(model, batch), 0, 1);
        Assert.All(TensorMemory.Span<float>(model.values.grad!).ToArray(), g => Assert.Equal(0, g));
        Assert.Equal(name.StartsWith("dice", StringComparison.Ordinal) ? null : 0.0, objective.WeightOf(batch));
    }

    [Fact]
    public void Parts_are_the_two_losses()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Logits();
        using Batch batch = BatchOf(0, Images);
        var objective = new Dice { CrossEntropy = 0.6 };
        Assert.Equal(["dice_loss", "cross_entropy"], objective.Parts);
        Assert.Empty(new Dice().Parts);
        ObjectiveResult result = objective.Compute(model, batch);
        Assert.Equal(new Dice().Compute(model, batch).Loss.ToSingle(), result.Parts[0].Value.ToSingle(), 1e-7);
        Assert.Equal(result.Loss.ToSingle(), result.Parts[0].Value.ToSingle() + (0.6f * result.Parts[1].Value.ToSingle()), 1e-6);
    }

    [Fact]
    public void Balanced_weights_count_the_pixels_of_the_training_masks()
    {
        byte[] pixels = [0, 0, 0, 1, 255, 2, 0, 0, 1, 0, 255, 0];
        using Tensor masks = tensor(pixels, ScalarType.Byte).reshape(2, 2, 3);
        using Tensor images = zeros(2, 1, 2, 3);
        var data = new Masked(new TensorDataset([(Field.Input, images), (Field.Target, masks)], ["a", "b", "c"]));
        Assert.Equal([10 / (3 * 7.0), 10 / (3 * 2.0), 10 / 3.0], MeasuredWeights.OfPixels(data, ignored: null, "key"));
        Assert.Equal([0, 3 / (2 * 2.0), 3 / 2.0], MeasuredWeights.OfPixels(data, ignored: 0, "key"));
        Assert.Contains("b", new PixelCrossEntropy { ClassWeights = ClassWeights.Balanced }.For(data).Measured(data.Classes), StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_of_another_size_and_targets_that_are_no_masks_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Logits();
        using var smaller = new Batch([new(Field.Input, arange(Images)), new(Field.Target, zeros([Images, Height, Width - 1], ScalarType.Int64))], Images);
        using var labels = new Batch([new(Field.Input, arange(Images)), new(Field.Target, zeros([Images], ScalarType.Int64))], Images);
        foreach (Objective objective in (Objective[])[new PixelCrossEntropy(), new PixelFocal(), new Dice()])
        {
            Assert.Contains("model=unet", Assert.Throws<RequestException>(() => objective.Compute(model, smaller)).Message, StringComparison.Ordinal);
            Assert.Contains("masks, int64", Assert.Throws<RequestException>(() => objective.Compute(model, labels)).Message, StringComparison.Ordinal);
        }
    }

    private static Batch BatchOf(int first, int count)
    {
        long[] classes = [.. Enumerable.Range(0, Images * Height * Width).Select(n => n % 6 == 1 ? MaskTarget.Ignored : ((5L * n) + (n / 7)) % Classes)];
        return new Batch([new(Field.Input, arange(first, first + count)), new(Field.Target, tensor(classes).reshape(Images, Height, Width).narrow(0, first, count).clone())], count);
    }

    /// <summary>A model whose logits are its parameter: those of the images that the input names.</summary>
    private sealed class Logits : nn.Module<Tensor, Tensor>
    {
        public readonly Parameter values;

        public Logits()
            : base(nameof(Logits))
        {
            float[] start = [.. Enumerable.Range(0, Values).Select(i => (float)((2.3 * Math.Sin(0.7 * i)) + Math.Cos(0.31 * i)))];
            values = new Parameter(tensor(start).reshape(Images, Classes, Height, Width));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => values.index_select(0, input.to(ScalarType.Int64));
    }

    /// <summary>A model that returns given logits.</summary>
    private sealed class Given(Tensor logits) : nn.Module<Tensor, Tensor>(nameof(Given))
    {
        public override Tensor forward(Tensor input) => logits.alias();
    }

    /// <summary>Tensors whose target is a mask.</summary>
    private sealed class Masked(TensorDataset source) : IDataset
    {
        public int Count => source.Count;

        public IReadOnlyList<Field> Fields => [source.Fields[0], source.Fields[1] with { AsIndices = true }];

        public IReadOnlyList<string> Classes => source.Classes;

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into) => source.Gather(indices, scale, into);

        public void AppendTo(System.Security.Cryptography.IncrementalHash hash) => source.AppendTo(hash);
    }
}
