using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Engine;
using Regimen.Loading;
using Regimen.Models;
using Regimen.Optimization;
using static TorchSharp.torch;

namespace Regimen.Tests.Data;

/// <summary>Tests data sets of several inputs, element types and lengths.</summary>
public sealed class FieldsTests
{
    [Fact]
    public void A_batch_is_as_long_as_its_longest_sample_and_padded_behind_shorter_ones()
    {
        using DataLoader loader = DataLoader.ForEvaluation(new Ragged([3, 1, 2, 5, 1]), new LoaderOptions { EvalBatchSize = 3, Workers = 1 });
        var seen = new List<string>();
        foreach (Batch batch in loader.InOrder(TestContext.Current.CancellationToken))
        {
            Tensor tokens = batch["tokens"];
            seen.Add($"[{string.Join(", ", tokens.shape)}] {string.Join(' ', Values(tokens))} | {string.Join(' ', Values(batch.Lengths("tokens")))}");
            Assert.Equal(["tokens", "pairs"], batch.Inputs.Select((t, i) => i == 0 ? "tokens" : "pairs"));
            Assert.Equal(2, batch.Inputs.Count);
        }

        Assert.Equal(["[3, 3] 0 1 2 10 -1 -1 20 21 -1 | 3 1 2", "[2, 5] 30 31 32 33 34 40 -1 -1 -1 -1 | 5 1"], seen);
    }

    [Fact]
    public void Padding_of_float_rows_covers_whole_rows()
    {
        using DataLoader loader = DataLoader.ForEvaluation(new Ragged([1, 3]), new LoaderOptions { EvalBatchSize = 2 });
        foreach (Batch batch in loader.InOrder(TestContext.Current.CancellationToken))
        {
            Assert.Equal([2, 3, 2], batch["pairs"].shape);
            Assert.Equal([0f, 0.5f, 9, 9, 9, 9, 10, 10.5f, 11, 11.5f, 12, 12.5f], Read<float>(batch["pairs"]));
        }
    }

    [Fact]
    public void A_length_outside_the_field_is_an_error_that_names_it()
    {
        using DataLoader loader = DataLoader.ForEvaluation(new Ragged([2, 6]), new LoaderOptions { EvalBatchSize = 2, Workers = 0 });
        WorkFailedException exception = Assert.Throws<WorkFailedException>(() => loader.InOrder(TestContext.Current.CancellationToken).Count());
        Assert.Contains("the length in the field 'tokens' is 6; expected 1 to 5", exception.Message, StringComparison.Ordinal);
        Assert.Contains("sample 1, counted from 0", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_outside_the_cardinality_is_an_error_that_names_its_sample()
    {
        using DataLoader loader = DataLoader.ForEvaluation(new Ragged([1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 3]), new LoaderOptions { EvalBatchSize = 11, Workers = 0 });
        WorkFailedException exception = Assert.Throws<WorkFailedException>(() => loader.InOrder(TestContext.Current.CancellationToken).Count());
        Assert.Contains("a value in the field 'tokens' is 100; expected 0 to 99", exception.Message, StringComparison.Ordinal);
        Assert.Contains("sample 10, counted from 0", exception.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Field[]> InvalidFields => new()
    {
        { "Two fields of a data set are named 'x'", [new Field("x", new SampleShape(2), ElementType.Float32), new Field("x", new SampleShape(3), ElementType.Float32)] },
        { "has no input", [Field.ClassIndex] },
        { "has no input", [] },
        { "has no usable name", [new Field("a\n\u001b[31m", new SampleShape(2), ElementType.Float32)] },
        { "has no usable name", [new Field("", new SampleShape(2), ElementType.Float32)] },
        { "no dimension", [new Field("x", SampleShape.Scalar, ElementType.Int64) { IsVariable = true }] },
        { "is not a value of its type", [new Field("x", new SampleShape(2), ElementType.UInt8) { IsVariable = true, Padding = 300 }] },
        { "is not a value of its type", [new Field("x", new SampleShape(2), ElementType.Float32) { IsVariable = true, Padding = double.NaN }] },
        { "can't have this cardinality", [new Field("x", new SampleShape(2), ElementType.Int64) { Cardinality = -3 }] },
    };

    [Theory]
    [MemberData(nameof(InvalidFields))]
    public void Invalid_fields_are_refused_by_the_loader(string message, Field[] fields)
        => Assert.Contains(message, Assert.Throws<RequestException>(() => DataLoader.ForEvaluation(new WithFields(fields))).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_become_floats_by_the_fields_scale()
    {
        using DataLoader loader = DataLoader.ForEvaluation(new Bytes(new ChannelScale([1 / 255f, 2], [0, -1])), new LoaderOptions { EvalBatchSize = 2 });
        foreach (Batch batch in loader.InOrder(TestContext.Current.CancellationToken))
        {
            Assert.Equal(ScalarType.Float32, batch.Input.dtype);
            Assert.Equal([0f, 1, -1, 509, 51 * (1 / 255f), 102 * (1 / 255f), 19, 39], Read<float>(batch.Input));
        }

        using DataLoader raw = DataLoader.ForEvaluation(new Bytes(null), new LoaderOptions { EvalBatchSize = 2 });
        foreach (Batch batch in raw.InOrder(TestContext.Current.CancellationToken))
        {
            Assert.Equal([(byte)0, 255, 0, 255, 51, 102, 10, 20], Read<byte>(batch.Input));
        }
    }

    [Fact]
    public void A_tensor_data_set_keeps_each_fields_type_and_values()
    {
        using Tensor ids = tensor(new long[] { 5, 6, 7 });
        using Tensor pixels = tensor(new byte[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } });
        using Tensor halves = tensor(new[] { 0.5, 1.5, 2.5 });
        var data = new TensorDataset([("ids", ids), ("pixels", pixels), ("target", halves)]);
        Assert.Equal([(ElementType.Int64, "[]"), (ElementType.UInt8, "[2]"), (ElementType.Float32, "[]")], data.Fields.Select(f => (f.Type, $"{f.Shape}")));
        using DataLoader loader = DataLoader.ForTraining(data, new LoaderOptions { BatchSize = 2 });
        foreach (Batch batch in loader.Epoch(1, 1, cancellationToken: TestContext.Current.CancellationToken))
        {
            long[] of = Read<long>(batch["ids"]);
            Assert.Equal(of.Select(i => (float)i - 4.5f), Read<float>(batch.Target));
            Assert.Equal(of.SelectMany(i => new[] { (byte)((2 * i) - 9), (byte)((2 * i) - 8) }), Read<byte>(batch["pixels"]));
        }
    }

    [Fact]
    public void Rows_that_differ_in_number_are_refused()
    {
        using Tensor three = zeros(3);
        using Tensor two = zeros(2);
        Assert.Contains("Expected 3 rows", Assert.Throws<ArgumentException>(() => new TensorDataset([("a", three), ("b", two)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new TensorDataset([("a", three), ("a", three)]));
    }

    [Fact]
    public void A_context_survives_its_json()
    {
        var context = new ModelContext
        {
            Inputs = [Field.Tokens("tokens", 9, 40, padding: 2), new Field("input", new SampleShape(3, 8, 8), ElementType.UInt8) { AsFloat = ChannelScale.Identity }, new Field("side", new SampleShape(2), ElementType.Float32)],
            Outputs = 4,
            Target = new Field("label", SampleShape.Scalar, ElementType.Int64) { IsTarget = true },
            Classes = ["a", "b", "c", "d"],
            Vocabulary = ["", "x"],
        };
        ModelContext read = ModelContext.FromJson(context.ToJson(), context.Classes);
        Assert.Equal(context.ToJson().ToJsonString(), read.ToJson().ToJsonString());
        Assert.Equal(ElementType.Float32, read.Inputs[1].Type);
        Assert.True(read.Target!.IsTarget);
        Assert.Equal((true, 40, 2.0), (read.Inputs[0].IsVariable, read.Inputs[0].Cardinality, read.Inputs[0].Padding));
    }

    [Theory]
    [InlineData("""{"outputs": 2}""")]
    [InlineData("""{"inputs": [{"name": "x", "shape": [-1], "type": "float32"}], "outputs": 2}""")]
    [InlineData("""{"inputs": [{"name": "x", "shape": [2], "type": "float99"}], "outputs": 2}""")]
    [InlineData("""{"inputs": [{"name": "x", "shape": [2147483647, 9], "type": "float32"}], "outputs": 2}""")]
    public void A_damaged_context_is_refused(string json)
        => Assert.Throws<System.Text.Json.JsonException>(() => ModelContext.FromJson(System.Text.Json.Nodes.JsonNode.Parse(json)!.AsObject(), []));

    [Fact]
    public void A_model_of_another_number_of_inputs_is_refused_by_name()
    {
        using Tensor one = zeros(2, 3);
        using var batch = new Batch([new("a", one.clone()), new("b", one.clone()), new("target", zeros(2))], 2);
        using var model = new TestKit.TinyNet();
        Assert.Contains("2 input field(s)", Assert.Throws<ArgumentException>(() => Objectives.Forward(model, batch)).Message, StringComparison.Ordinal);
    }

    private static long[] Values(Tensor tensor) => Read<long>(tensor);

    private static T[] Read<T>(Tensor tensor)
        where T : unmanaged
    {
        using Tensor contiguous = tensor.contiguous();
        return TensorMemory.Span<T>(contiguous).ToArray();
    }

    /// <summary>Tokens 10·i, 10·i + 1, … and pairs of numbers, as many as a sample is long.</summary>
    private sealed class Ragged(int[] lengths) : IDataset
    {
        public int Count => lengths.Length;

        public IReadOnlyList<Field> Fields { get; } =
        [
            Field.Tokens("tokens", 5, 100, padding: -1),
            new Field("pairs", new SampleShape(5, 2), ElementType.Float32) { IsVariable = true, Padding = 9 },
            new Field("target", SampleShape.Scalar, ElementType.Float32),
        ];

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
        {
            for (int row = 0; row < indices.Length; row++)
            {
                int length = lengths[indices[row]];
                into.Lengths("tokens")[row] = length;
                into.Lengths("pairs")[row] = length;
                for (int i = 0; i < 5; i++)
                {
                    into.Longs("tokens")[(row * 5) + i] = (10 * indices[row]) + i;
                    into.Floats("pairs")[((row * 5) + i) * 2] = (10 * indices[row]) + i;
                    into.Floats("pairs")[(((row * 5) + i) * 2) + 1] = (10 * indices[row]) + i + 0.5f;
                }

                into.Floats("target")[row] = 0;
            }
        }

        public void AppendTo(IncrementalHash hash) => hash.AppendData([1]);
    }

    private sealed class WithFields(Field[] fields) : IDataset
    {
        public int Count => 3;

        public IReadOnlyList<Field> Fields => fields;

        public SampleShape SampleShape => fields.Length == 0 ? SampleShape.Scalar : fields[0].Shape;

        public void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into)
        {
        }

        public void AppendTo(IncrementalHash hash)
        {
        }
    }

    private sealed class Bytes(ChannelScale? scale) : IDataset
    {
        public int Count => 2;

        public IReadOnlyList<Field> Fields { get; } =
        [
            new Field(Field.Input, new SampleShape(2, 1, 2), ElementType.UInt8) { AsFloat = scale },
            new Field("target", SampleShape.Scalar, ElementType.Float32),
        ];

        public void Gather(ReadOnlySpan<int> indices, ChannelScale ignored, BatchBuffer into)
        {
            byte[][] samples = [[0, 255, 0, 255], [51, 102, 10, 20]];
            for (int row = 0; row < indices.Length; row++)
            {
                samples[indices[row]].CopyTo(into.Bytes(Field.Input)[(row * 4)..]);
            }
        }

        public void AppendTo(IncrementalHash hash) => hash.AppendData([2]);
    }
}
