using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Reproducibility;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class GruTests
{
    private const int Vocabulary = 19;
    private const int Length = 7;

    [Fact]
    public void Parameters_have_the_names_of_PyTorch()
    {
        using Gru model = OfTokens(new GruOptions { Layers = 2, Width = 6 });
        Assert.Equal(
            [
                ("embedding.weight", "19,6"),
                ("gru.weight_ih_l0", "18,6"), ("gru.weight_hh_l0", "18,6"), ("gru.bias_ih_l0", "18"), ("gru.bias_hh_l0", "18"),
                ("gru.weight_ih_l1", "18,6"), ("gru.weight_hh_l1", "18,6"), ("gru.bias_ih_l1", "18"), ("gru.bias_hh_l1", "18"),
                ("fc.weight", "19,6"), ("fc.bias", "19"),
            ],
            model.named_parameters().Select(p => (p.name, string.Join(',', p.parameter.shape))));
    }

    [Fact]
    public void Logits_equal_those_of_PyTorch()
    {
        PyTorch.SkipWhereMissing();
        using DisposeScope scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using Gru model = OfTokens(new GruOptions { Layers = 2, Width = 6 });
        Weights.Save(model, folder["gru.safetensors"]);
        Tensor tokens = Tokens(3);
        using var batch = new Batch([new("tokens", tokens)], 3);
        Tensor logits = model.call(batch);
        Assert.Equal([3, Length, Vocabulary], logits.shape);
        const string script =
            """
            tokens = torch.tensor([int(t) for t in sys.argv[2].split()]).view(3, -1)
            gru = torch.nn.GRU(6, 6, 2, batch_first=True)
            gru.load_state_dict({n[4:]: t for n, t in weights.items() if n.startswith("gru.")})
            states, _ = gru(weights["embedding.weight"][tokens])
            print(*(states @ weights["fc.weight"].t() + weights["fc.bias"]).flatten().tolist())
            """;
        double[] expected = PyTorch.Numbers(PyTorch.Run(PyTorch.ReadSafetensors + script, folder["gru.safetensors"], string.Join(' ', TensorMemory.Span<long>(tokens).ToArray())));
        float[] received = TensorMemory.Span<float>(logits.contiguous()).ToArray();
        Assert.All(expected.Zip(received, (e, r) => (e, r)), p => Assert.Equal(p.e, p.r, 1e-5));
        Assert.Equal(expected.Length, received.Length);
    }

    [Fact]
    public void Logits_depend_on_the_tokens_up_to_their_position_only()
    {
        using DisposeScope scope = NewDisposeScope();
        using Gru model = OfTokens(new GruOptions { Width = 9 });
        using IDisposable noGrad = no_grad();
        Tensor tokens = Tokens(2);
        Tensor before = Run(tokens);
        for (int t = 0; t < Length; t++)
        {
            Tensor changed = tokens.clone();
            changed[1, t] = (changed[1, t].ToInt64() + 1) % Vocabulary;
            Tensor after = Run(changed);
            Assert.True(after.narrow(1, 0, t).eq(before.narrow(1, 0, t)).all().ToBoolean());
            Assert.False(after[1, t].eq(before[1, t]).all().ToBoolean());
        }

        Tensor Run(Tensor of)
        {
            using var batch = new Batch([new("tokens", of.alias())], 2);
            return model.call(batch);
        }
    }

    /// <summary>The class of a sample is its last token, which is only found if the padding is left out.</summary>
    [Fact]
    public void A_class_follows_from_the_last_step_before_the_padding()
    {
        using DisposeScope scope = NewDisposeScope();
        using var trainer = new TrainerRun(new LastToken(400));
        EvaluationResult result = Evaluator.Evaluate(trainer.Model, Objectives.CrossEntropy, new LastToken(97), cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(result.Metrics["accuracy"] > 0.95, $"accuracy {result.Metrics["accuracy"]}");
    }

    [Fact]
    public void Sequences_of_floats_are_accepted()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Gru(new GruOptions { Width = 5 }, ModelContext.Of(new SampleShape(Length, 3), 2));
        using var batch = new Batch([new(Field.Input, ones(4, Length, 3))], 4);
        Assert.Equal([4, 2], model.call(batch).shape);
        Assert.Equal("18,3", string.Join(',', new Gru(new GruOptions { Width = 6 }, ModelContext.Of(new SampleShape(Length, 3), 2)).get_parameter("gru.weight_ih_l0")!.shape));
    }

    [Fact]
    public void Samples_of_another_kind_are_refused()
        => Assert.Contains("float32 [length, features]", Assert.Throws<RequestException>(() => new Gru(new GruOptions(), ModelContext.Of(new SampleShape(1, 28, 28), 10))).Message, StringComparison.Ordinal);

    private static Gru OfTokens(GruOptions options)
    {
        TorchRandom.SeedInitialization(4);
        var field = new Field("tokens", new SampleShape(Length), ElementType.Int64) { Cardinality = Vocabulary };
        return new Gru(options, new ModelContext { Inputs = [field], Outputs = Vocabulary, Target = field with { Name = Field.Target } });
    }

    private static Tensor Tokens(int batch) => arange(batch * Length, ScalarType.Int64).mul(7).remainder(Vocabulary).view(batch, Length);

    private sealed class TrainerRun : IDisposable
    {
        public TrainerRun(LastToken data)
        {
            var trainer = new Trainer(new TrainOptions { Epochs = 12, Seed = 2 }, []);
            Model = trainer.CreateModel(() => new Gru(new GruOptions { Width = 16 }, new ModelContext { Inputs = [data.Fields[0]], Outputs = 3, Target = Field.ClassIndex }));
            trainer.Fit(Model, Objectives.CrossEntropy, Optimizers.AdamW(lr: 0.02), data);
        }

        public Gru Model { get; }

        public void Dispose() => Model.Dispose();
    }

    private sealed class LastToken(int count) : IDataset
    {
        public int Count => count;

        public IReadOnlyList<Field> Fields { get; } = [Field.Tokens("tokens", 9, 4), Field.ClassIndex];

        public IReadOnlyList<string> Classes { get; } = ["a", "b", "c"];

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
        {
            for (int row = 0; row < indices.Length; row++)
            {
                RandomStream random = RandomStream.For((ulong)count, RandomPurpose.Split, indices[row]);
                int length = 1 + random.NextInt32(9);
                into.Lengths("tokens")[row] = length;
                for (int i = 0; i < length; i++)
                {
                    into.Longs("tokens")[(row * 9) + i] = 1 + random.NextInt32(3);
                }

                into.Longs(Field.Target)[row] = into.Longs("tokens")[(row * 9) + length - 1] - 1;
            }
        }

        public void AppendTo(System.Security.Cryptography.IncrementalHash hash) => hash.AppendData([(byte)count]);
    }
}
