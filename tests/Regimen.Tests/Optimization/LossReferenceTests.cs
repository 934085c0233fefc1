using System.Globalization;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Optimization;
using Regimen.Tests.TestKit;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Tests.Optimization;

/// <summary>Losses with weights, smoothing and ignored targets: value and gradient against PyTorch in float64, at 7 rows of 5 classes.</summary>
public sealed class LossReferenceTests
{
    private const int Rows = 7;
    private const int Classes = 5;

    /// <summary>Prints a line for each case: its name, the loss, and its gradient at each logit.</summary>
    private const string Script =
        """
        import torch, torch.nn.functional as F
        N, C = 7, 5
        z = torch.tensor([[2.1 * torch.sin(torch.tensor(0.7 * i + 1.3 * c)).item() for c in range(C)] for i in range(N)], dtype=torch.float64)
        y = torch.tensor([(3 * i + 1) % C for i in range(N)])
        soft = torch.softmax(torch.tensor([[1.5 * torch.cos(torch.tensor(0.4 * i - 0.9 * c)).item() for c in range(C)] for i in range(N)], dtype=torch.float64), 1)
        w = torch.tensor([0.3, 1.0, 2.5, 0.0, 0.7], dtype=torch.float64)
        hot = torch.tensor([[float((i * c) % 3 == 1) for c in range(C)] for i in range(N)], dtype=torch.float64)
        def focal(x, t, gamma, alpha):
            logp = F.log_softmax(x, 1)
            every = -alpha * (1 - logp.exp()) ** gamma * logp
            return (every * (t if t.dim() == 2 else F.one_hot(t, C))).sum(1).mean()
        one = torch.ones(C, dtype=torch.float64)
        cases = {
            "weighted": lambda x: F.cross_entropy(x, y, w),
            "weighted_smooth": lambda x: F.cross_entropy(x, y, w, label_smoothing=0.2),
            "weighted_smooth_ignored": lambda x: F.cross_entropy(x, y, w, ignore_index=2, label_smoothing=0.2),
            "ignored": lambda x: F.cross_entropy(x, y, ignore_index=4),
            "ignored_smooth": lambda x: F.cross_entropy(x, y, ignore_index=4, label_smoothing=0.3),
            "soft_weighted_smooth": lambda x: F.cross_entropy(x, soft, w, label_smoothing=0.1),
            "token_ignored": lambda x: F.cross_entropy(x, y, ignore_index=1, label_smoothing=0.1),
            "focal": lambda x: focal(x, y, 2, one),
            "focal_alpha": lambda x: focal(x, y, 0.5, w),
            "focal_0": lambda x: F.cross_entropy(x, y),
            "focal_soft": lambda x: focal(x, soft, 3, w),
            "labels": lambda x: F.binary_cross_entropy_with_logits(x, hot, pos_weight=torch.tensor([0.5, 2, 1, 3, 0.1], dtype=torch.float64)),
            "labels_single": lambda x: F.binary_cross_entropy_with_logits(x, hot, pos_weight=torch.tensor(2.5, dtype=torch.float64)),
        }
        for name, loss in cases.items():
            x = z.clone().requires_grad_()
            value = loss(x)
            value.backward()
            print(name, repr(value.item()), *map(repr, x.grad.flatten().tolist()))
        """;

    private static readonly Lazy<Dictionary<string, double[]>> PyTorchs = new(() => PyTorch.Run(Script).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => parts[1..].Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()));

    private static readonly ClassWeights Weights = [0.3, 1, 2.5, 0, 0.7];

    public static TheoryData<string, Objective> Cases => new()
    {
        { "weighted", new CrossEntropy { ClassWeights = Weights } },
        { "weighted_smooth", new CrossEntropy { ClassWeights = Weights, LabelSmoothing = 0.2 } },
        { "weighted_smooth_ignored", new CrossEntropy { ClassWeights = Weights, LabelSmoothing = 0.2, IgnoreIndex = 2 } },
        { "ignored", new CrossEntropy { IgnoreIndex = 4 } },
        { "ignored_smooth", new CrossEntropy { IgnoreIndex = 4, LabelSmoothing = 0.3 } },
        { "soft_weighted_smooth", new CrossEntropy { ClassWeights = Weights, LabelSmoothing = 0.1 } },
        { "token_ignored", new NextToken { IgnoreIndex = 1, LabelSmoothing = 0.1 } },
        { "focal", new Focal() },
        { "focal_alpha", new Focal { Gamma = 0.5, Alpha = Weights } },
        { "focal_0", new Focal { Gamma = 0 } },
        { "focal_soft", new Focal { Gamma = 3, Alpha = Weights } },
        { "labels", new MultilabelCrossEntropy { PosWeight = [0.5, 2, 1, 3, 0.1] } },
        { "labels_single", new MultilabelCrossEntropy { PosWeight = 2.5 } },
    };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Value_and_gradient_equal_those_of_PyTorch(string name, Objective objective) => Check(name, objective);

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Value_and_gradient_equal_those_of_PyTorch_with_portable_bits(string name, Objective objective)
    {
        using IDisposable arithmetic = Arithmetic.Borrow(Bits.Portable);
        Assert.True(objective.IsPortable);
        Check(name, objective);
    }

    private static void Check(string name, Objective objective)
    {
        PyTorch.SkipWhereMissing();
        double[] expected = PyTorchs.Value[name];
        Assert.Equal(1 + (Rows * Classes), expected.Length);
        using DisposeScope scope = NewDisposeScope();
        using var model = new Logits(objective is NextToken);
        using Batch batch = BatchOf(name, objective);
        Assert.Equal(0.25 * expected[0], objective.Backward(model, batch, weight: 0.25), 1e-6);
        float[] gradients = TensorMemory.Span<float>(model.values.grad!).ToArray();
        Assert.All(gradients.Index(), g => Assert.Equal(0.25 * expected[1 + g.Index], g.Item, 1e-6));
        using (no_grad())
        {
            Assert.Equal(expected[0], objective.Compute(model, batch).Loss.ToDouble(), 2e-6);
        }
    }

    [Fact]
    public void Balanced_weights_equal_those_of_scikit_learn()
    {
        PyTorch.SkipWhereMissing("sklearn");
        int[] labels = [.. Enumerable.Range(0, 53).Select(i => i % 7 == 0 ? 2 : i % 3 == 0 ? 1 : 0)];
        double[] expected = PyTorch.Numbers(PyTorch.Run(
            $"""
            import numpy as np
            from sklearn.utils.class_weight import compute_class_weight
            y = np.array([{string.Join(", ", labels)}])
            print(*map(repr, map(float, compute_class_weight("balanced", classes=np.unique(y), y=y))))
            """));
        Assert.Equal(expected, MeasuredWeights.OfClasses(Labelled(labels), ignored: null, "key"));
        Assert.Equal([labels.Count(l => l == 0) / (double)labels.Count(l => l == 1)], MeasuredWeights.OfPositive(Labelled([.. labels.Where(l => l < 2)], 2), 1, "key"));

        // A class that is left out counts for nothing.
        int rest = labels.Count(l => l != 1);
        Assert.Equal([rest / (2.0 * labels.Count(l => l == 0)), 0, rest / (2.0 * labels.Count(l => l == 2))], MeasuredWeights.OfClasses(Labelled(labels), ignored: 1, "key"));
    }

    [Fact]
    public void Labels_are_balanced_by_the_samples_without_them()
    {
        float[] hot = [1, 0, 0, 1, 1, 0, 0, 1, 1, 0];
        ArrayDataset data = ArrayDataset.ForMultilabel(new float[5], hot, new SampleShape(1), ["a", "b"]);
        Assert.Equal([2.0 / 3, 1.5], MeasuredWeights.OfLabels(data, "key"));
    }

    [Fact]
    public void A_batch_in_which_nothing_counts_has_no_loss_and_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Logits(tokens: false);
        using var batch = new Batch([new(Field.Input, zeros(Rows)), new(Field.Target, full([Rows], 3, ScalarType.Int64))], Rows);
        foreach (Objective objective in (Objective[])[new CrossEntropy { ClassWeights = Weights }, new CrossEntropy { IgnoreIndex = 3 }])
        {
            Assert.Equal(0, objective.WeightOf(batch));
            Assert.Equal(0, objective.Backward(model, batch));
            Assert.All(TensorMemory.Span<float>(model.values.grad!).ToArray(), g => Assert.Equal(0, g));
        }
    }

    [Fact]
    public void Weights_that_do_not_fit_the_data_are_refused()
    {
        ArrayDataset data = Labelled([0, 1, 0, 1, 0]);
        Assert.Contains("class_weights", Refused(new CrossEntropy { ClassWeights = [1, 2] }, data), StringComparison.Ordinal);
        Assert.Contains("'class 2'", Refused(new CrossEntropy { ClassWeights = ClassWeights.Balanced }, data), StringComparison.Ordinal);
        Assert.Contains("'class 2'", Refused(new Focal { Alpha = ClassWeights.Balanced }, data), StringComparison.Ordinal);
        Assert.Contains("All weights", Refused(new CrossEntropy { ClassWeights = [0, 0, 0] }, data), StringComparison.Ordinal);
        Assert.Contains("pos_weight", Refused(new BinaryCrossEntropy { PosWeight = [1, 2] }, Labelled([0, 1, 1], 2)), StringComparison.Ordinal);

        using DisposeScope scope = NewDisposeScope();
        using var model = new Logits(tokens: false);
        using Batch batch = BatchOf("weighted", Objectives.CrossEntropy);
        RequestException notMeasured = Assert.Throws<RequestException>(() => new CrossEntropy { ClassWeights = ClassWeights.Balanced }.Compute(model, batch));
        Assert.Contains("objective.For(training)", notMeasured.Problems[0].Hint, StringComparison.Ordinal);

        static string Refused(Objective objective, IDataset data) => Assert.Throws<RequestException>(() => objective.For(data)).Problems[0].ToString();
    }

    private static ArrayDataset Labelled(int[] labels, int classes = 3)
        => ArrayDataset.ForClassification(new float[labels.Length], labels, new SampleShape(1), [.. Enumerable.Range(0, classes).Select(c => $"class {c}")]);

    private static Batch BatchOf(string name, Objective objective)
    {
        Tensor targets = objective is MultilabelCrossEntropy
            ? tensor([.. Cells((i, c) => (float)(i * c % 3 == 1 ? 1 : 0))], Rows, Classes)
            : name.Contains("soft_", StringComparison.Ordinal) || name.EndsWith("_soft", StringComparison.Ordinal)
            ? tensor([.. Cells((i, c) => (float)(1.5 * Math.Cos((0.4 * i) - (0.9 * c))))], Rows, Classes).softmax(1)
            : tensor([.. Enumerable.Range(0, Rows).Select(i => (long)(((3 * i) + 1) % Classes))]);
        Tensor input = zeros(Rows);
        return objective is NextToken
            ? new Batch([new(Field.Input, input.unsqueeze(0)), new(Field.Target, targets.unsqueeze(0))], 1)
            : new Batch([new(Field.Input, input), new(Field.Target, targets)], Rows);
    }

    private static IEnumerable<float> Cells(Func<int, int, float> value) => Enumerable.Range(0, Rows).SelectMany(i => Enumerable.Range(0, Classes).Select(c => value(i, c)));

    /// <summary>A model whose output is its parameter.</summary>
    private sealed class Logits : nn.Module<Tensor, Tensor>
    {
        public readonly Parameter values;
        private readonly bool _tokens;

        public Logits(bool tokens)
            : base(nameof(Logits))
        {
            _tokens = tokens;
            using Tensor start = tensor([.. Cells((i, c) => (float)(2.1 * Math.Sin((0.7 * i) + (1.3 * c))))], Rows, Classes);
            values = nn.Parameter(start.clone());
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _tokens ? values.unsqueeze(0) : values;
    }
}
