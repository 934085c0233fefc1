using Regimen.Engine;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Tests.Engine;

public sealed class SharedMemoryTests
{
    [Fact]
    public void Two_parameters_that_share_memory_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Pair(randn(7, 5), w => w);
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => FlatParameters.Check(net)).Problems);
        Assert.Equal("Pair, first and second", problem.Where);
        Assert.Contains("same Parameter object", problem.Hint, StringComparison.Ordinal);
    }

    /// <summary>A transposed view, some rows, some columns, and a single common element.</summary>
    [Fact]
    public void Overlapping_views_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Func<Tensor, Tensor>[] views = [w => w.t(), w => w[TensorIndex.Slice(3, 5)], w => w[.., TensorIndex.Slice(1, 5, 3)], w => w.flatten()[^1..]];
        foreach (Func<Tensor, Tensor> view in views)
        {
            using var net = new Pair(randn(7, 5), view);
            Assert.Throws<RequestException>(() => FlatParameters.Check(net));
        }
    }

    [Fact]
    public void A_buffer_that_is_a_view_of_a_parameter_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using var net = new Pair(randn(7, 5), w => zeros(2), w => w.detach());
        Assert.Equal("Pair, first and buffer", Assert.Single(Assert.Throws<RequestException>(() => FlatParameters.Check(net)).Problems).Where);
    }

    /// <summary>One object in two places is tied; the left and right half of a matrix have no common element; and after a training all
    /// parameters are parts of one buffer.</summary>
    [Fact]
    public void Tensors_without_a_common_element_are_accepted()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor whole = randn(7, 10);
        using var halves = new Pair(whole[.., ..5], _ => whole[.., 5..]);
        FlatParameters.Check(halves);
        using (new FlatParameters(halves))
        {
        }

        FlatParameters.Check(halves);
        Linear layer = nn.Linear(3, 3);
        using nn.Module tied = nn.Sequential(("a", layer), ("b", layer));
        FlatParameters.Check(tied);
    }

    private sealed class Pair : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter first;
        private readonly Parameter second;

        public Pair(Tensor values, Func<Tensor, Tensor> other, Func<Tensor, Tensor>? buffer = null)
            : base(nameof(Pair))
        {
            first = new Parameter(values);
            using IDisposable noGrad = no_grad();
            second = new Parameter(zeros(1));
            second.set_(other(first.detach()));
            if (buffer is not null)
            {
                register_buffer("buffer", buffer(first));
            }

            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => input.matmul(first.t()) + second.sum();
    }
}
