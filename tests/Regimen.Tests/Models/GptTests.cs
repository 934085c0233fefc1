using System.Globalization;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class GptTests
{
    private const int Vocabulary = 19;
    private const int Context = 13;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Parameters_have_the_names_and_shapes_of_GPT2(bool tie)
    {
        using Gpt model = Create(new GptOptions { Layers = 2, Width = 12, Heads = 3, Tie = tie });
        IEnumerable<(string, string)> block = Enumerable.Range(0, 2).SelectMany(i => new (string, string)[]
        {
            ($"h.{i}.ln_1.weight", "12"), ($"h.{i}.ln_1.bias", "12"),
            ($"h.{i}.attn.c_attn.weight", "36,12"), ($"h.{i}.attn.c_attn.bias", "36"), ($"h.{i}.attn.c_proj.weight", "12,12"), ($"h.{i}.attn.c_proj.bias", "12"),
            ($"h.{i}.ln_2.weight", "12"), ($"h.{i}.ln_2.bias", "12"),
            ($"h.{i}.mlp.c_fc.weight", "48,12"), ($"h.{i}.mlp.c_fc.bias", "48"), ($"h.{i}.mlp.c_proj.weight", "12,48"), ($"h.{i}.mlp.c_proj.bias", "12"),
        });
        Assert.Equal(
            [("wte.weight", "19,12"), ("wpe.weight", "13,12"), .. block, ("ln_f.weight", "12"), ("ln_f.bias", "12"), .. tie ? [] : new[] { ("lm_head.weight", "19,12") }],
            model.named_parameters().Select(p => (p.name, string.Join(',', p.parameter.shape))));
    }

    [Fact]
    public void Initial_weights_are_normal_and_smaller_where_they_add_to_the_residual_sum()
    {
        using DisposeScope scope = NewDisposeScope();
        using Gpt model = Create(new GptOptions { Layers = 8, Width = 64, Heads = 2 });
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in model.named_parameters())
        {
            double expected = name.EndsWith("c_proj.weight", StringComparison.Ordinal) ? 0.02 / 4 : 0.02;
            if (parameter.dim() == 2)
            {
                Assert.InRange(parameter.std().ToDouble(), expected * 0.9, expected * 1.1);
                Assert.InRange(parameter.mean().ToDouble(), -expected * 0.1, expected * 0.1);
            }
            else
            {
                Assert.True(parameter.eq(tensor(name.EndsWith("weight", StringComparison.Ordinal) ? 1f : 0f)).all().ToBoolean(), name);
            }
        }
    }

    [Fact]
    public void Logits_depend_on_the_tokens_up_to_their_position_only()
    {
        using DisposeScope scope = NewDisposeScope();
        using Gpt model = Create(new GptOptions { Layers = 3, Width = 20, Heads = 5 });
        Scatter(model);
        model.eval();
        using IDisposable noGrad = no_grad();
        Tensor tokens = Tokens(2, Context);
        Tensor before = model.call(tokens).clone();
        for (int t = 0; t < Context; t++)
        {
            Tensor changed = tokens.clone();
            changed[1, t] = (changed[1, t].ToInt64() + 1) % Vocabulary;
            Tensor after = model.call(changed);
            Assert.True(after.narrow(1, 0, t).eq(before.narrow(1, 0, t)).all().ToBoolean());
            Assert.True(after[0].eq(before[0]).all().ToBoolean());
            Assert.False(after[1, t].allclose(before[1, t], rtol: 1e-3, atol: 1e-3));
            Assert.False(after[1, Context - 1].eq(before[1, Context - 1]).all().ToBoolean());
        }

        // Shorter inputs are the beginning of longer ones.
        Assert.True(model.call(tokens.narrow(1, 0, 6)).allclose(before.narrow(1, 0, 6), rtol: 1e-4, atol: 1e-5));
        Assert.Throws<ArgumentException>(() => model.call(Tokens(1, Context + 1)));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 2)]
    public void Logits_and_gradients_equal_those_of_PyTorch(bool tie, int threads)
    {
        PyTorch.SkipWhereMissing();
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using Gpt model = Create(new GptOptions { Layers = 2, Width = 24, Heads = 3, Tie = tie });
        Scatter(model);
        Weights.Save(model, folder["gpt.safetensors"]);
        Tensor tokens = Tokens(5, Context);
        try
        {
            Threads.Use(threads, threads == 1 ? SharedBy.Torch : SharedBy.Layers);
            Tensor logits = model.call(tokens);
            logits.square().mean().backward();
            double[] expected = PyTorch.Numbers(PyTorch.Run(PyTorch.ReadSafetensors + Script, folder["gpt.safetensors"], "3", string.Join(' ', TensorMemory.Span<long>(tokens).ToArray()), Context.ToString(CultureInfo.InvariantCulture)));
            float[] received = [.. TensorMemory.Span<float>(logits.contiguous()), .. model.named_parameters().OrderBy(p => p.name, StringComparer.Ordinal).SelectMany(p => TensorMemory.Span<float>(p.parameter.grad!.contiguous()).ToArray())];
            Assert.Equal(expected.Length, received.Length);
            double scale = expected.Max(Math.Abs);
            Assert.All(expected.Zip(received), pair => Assert.InRange(pair.Second - pair.First, -1e-5 * Math.Max(1, scale), 1e-5 * Math.Max(1, scale)));
        }
        finally
        {
            Threads.Use(1);
        }
    }

    [Fact]
    public void Dropout_changes_the_output_in_training_only()
    {
        using DisposeScope scope = NewDisposeScope();
        using Gpt model = Create(new GptOptions { Layers = 1, Width = 12, Heads = 2, Dropout = 0.4 });
        Tensor tokens = Tokens(3, 9);
        TorchRandom.SeedInitialization(1);
        Tensor first = model.call(tokens);
        Tensor second = model.call(tokens);
        Assert.False(first.allclose(second));
        TorchRandom.SeedInitialization(1);
        Assert.True(first.eq(model.call(tokens)).all().ToBoolean());
        model.eval();
        Assert.True(model.call(tokens).eq(model.call(tokens)).all().ToBoolean());
    }

    [Fact]
    public void Samples_that_are_no_tokens_and_unfit_options_are_refused()
    {
        Assert.Contains("one input of tokens", Assert.Throws<RequestException>(() => new Gpt(new GptOptions(), ModelContext.Of(new SampleShape(1, 28, 28), 10))).Message, StringComparison.Ordinal);
        Assert.Contains("multiple of model.heads=5", Assert.Throws<RequestException>(() => Create(new GptOptions { Width = 12, Heads = 5 })).Message, StringComparison.Ordinal);
        Assert.Contains("model.tie=false", Assert.Throws<RequestException>(() => new Gpt(new GptOptions(), TextContext() with { Outputs = 3 })).Message, StringComparison.Ordinal);
    }

    /// <summary>GPT-2 in PyTorch's functions, from a description of the model.</summary>
    private const string Script =
        """
        import torch.nn.functional as F
        heads = int(sys.argv[2])
        tokens = torch.tensor([int(t) for t in sys.argv[3].split()]).view(-1, int(sys.argv[4]))
        w = {n: t.clone().requires_grad_() for n, t in weights.items()}
        batch, length = tokens.shape
        width = w["wte.weight"].shape[1]
        mask = torch.tril(torch.ones(length, length)).bool()
        x = w["wte.weight"][tokens] + w["wpe.weight"][:length]
        norm = lambda x, n: F.layer_norm(x, (width,), w[n + ".weight"], w[n + ".bias"], 1e-5)
        linear = lambda x, n: x @ w[n + ".weight"].t() + w[n + ".bias"]
        gelu = lambda x: 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x ** 3)))
        layer = 0
        while f"h.{layer}.ln_1.weight" in w:
            p = f"h.{layer}."
            q, k, v = [part.view(batch, length, heads, -1).transpose(1, 2) for part in linear(norm(x, p + "ln_1"), p + "attn.c_attn").split(width, 2)]
            scores = (q @ k.transpose(2, 3) / (width // heads) ** 0.5).masked_fill(~mask, float("-inf"))
            y = (torch.softmax(scores, 3) @ v).transpose(1, 2).reshape(batch, length, width)
            x = x + linear(y, p + "attn.c_proj")
            x = x + linear(gelu(linear(norm(x, p + "ln_2"), p + "mlp.c_fc")), p + "mlp.c_proj")
            layer += 1
        logits = norm(x, "ln_f") @ w.get("lm_head.weight", w["wte.weight"]).t()
        (logits ** 2).mean().backward()
        for t in [logits] + [w[n].grad for n in sorted(w)]:
            print(*[repr(v) for v in t.flatten().tolist()])
        """;

    private static ModelContext TextContext()
    {
        var field = new Field("tokens", new SampleShape(Context), ElementType.Int64) { Cardinality = Vocabulary };
        return new ModelContext { Inputs = [field], Outputs = Vocabulary, Target = field with { Name = Field.Target } };
    }

    private static Gpt Create(GptOptions options)
    {
        TorchRandom.SeedInitialization(4);
        return new Gpt(options, TextContext());
    }

    /// <summary>Adds noise to all parameters, so that biases and norms count too.</summary>
    private static void Scatter(nn.Module model)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (TorchSharp.Modules.Parameter parameter in model.parameters())
        {
            parameter.add_(randn_like(parameter).mul(0.2f));
        }
    }

    private static Tensor Tokens(int batch, int length) => arange(batch * length, ScalarType.Int64).mul(7).remainder(Vocabulary).view(batch, length);
}
