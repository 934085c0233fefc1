using Regimen.FineTuning;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.FineTuning;

public sealed class InitialWeightsTests : IDisposable
{
    private static readonly Dictionary<string, string> NoMetadata = [];
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Everything_is_loaded_where_everything_fits()
    {
        using TinyNet source = TinyNet.Seeded(1);
        using TinyNet model = TinyNet.Seeded(2);
        Weights.Save(source, _folder["a"]);
        InitReport report = InitialWeights.Load(model, new InitOptions { From = _folder["a"] });
        Assert.Equal(WeightValues.Of(source), WeightValues.Of(model));
        Assert.Equal((Weights.Digest(source), 4, 0), (report.Digest, report.Loaded.Count, report.Fresh.Count));
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], report.Loaded);
    }

    [Fact]
    public void A_head_for_other_classes_is_told_and_skipping_keeps_the_new_one()
    {
        using TinyNet source = TinyNet.Seeded(1, classes: 5);
        using TinyNet model = TinyNet.Seeded(2, classes: 3);
        float[] before = WeightValues.Of(model);
        Weights.Save(source, _folder["a"]);
        Problem problem = Assert.Single(Refuse(model, new InitOptions()));
        Assert.Equal("2 tensors of the model have another shape or type in the file: fc2.weight, fc2.bias", problem.Message);
        Assert.Equal(("F32 [3, 8] for fc2.weight", "F32 [5, 8]"), (problem.Expected, problem.Received));
        Assert.Contains("init.skip=[fc2.*]", problem.Hint, StringComparison.Ordinal);
        Assert.Equal(before, WeightValues.Of(model));

        InitReport report = InitialWeights.Load(model, new InitOptions { From = _folder["a"], Skip = ["fc2.*"] });
        Assert.Equal(["fc2.weight", "fc2.bias"], report.Skipped);
        Assert.Equal(WeightValues.Of(source)[..40], WeightValues.Of(model)[..40]);
        Assert.Equal(before[40..], WeightValues.Of(model)[40..]);
    }

    [Fact]
    public void Without_strict_what_fits_is_loaded_and_the_rest_keeps_its_values()
    {
        using TinyNet model = TinyNet.Seeded(2);
        float[] before = WeightValues.Of(model);
        Save(new("fc1.bias", full(8, 7f)), new("fc2.weight", ones(5, 8)), new("other", ones(2)));
        InitReport report = InitialWeights.Load(model, new InitOptions { From = _folder["a"], Strict = false });
        Assert.Equal(["fc1.bias"], report.Loaded);
        Assert.Equal(["fc1.weight", "fc2.bias"], report.Missing);
        Assert.Equal(("fc2.weight", "F32 [3, 8]", "F32 [5, 8]", true), (report.Misfits.Single().Name, report.Misfits.Single().Expected, report.Misfits.Single().Received, report.Misfits.Single().IsOtherOutputs));
        Assert.Equal(["other"], report.Unexpected);
        Assert.Equal([.. before[..32], .. Enumerable.Repeat(7f, 8), .. before[40..]], WeightValues.Of(model));

        Save(KeyValuePair.Create("other", ones(2)));
        Assert.Contains("Nothing in the file fits", string.Join('\n', Refuse(model, new InitOptions { Strict = false })), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_unexpected_names_are_all_told_with_the_nearest()
    {
        using TinyNet model = TinyNet.Seeded(2);
        Save(new("fc1.weight", ones(8, 4)), new("fc1.bias", ones(8)), new("fc3.weight", ones(3, 8)), new("fc2.bias", ones(3)));
        Problem[] problems = Refuse(model, new InitOptions());
        Assert.Equal(["The file has no tensor 'fc2.weight'", "The model has no tensor 'fc3.weight'"], problems.Select(p => p.Message));
        Assert.Equal(["The file has 'fc3.weight': init.rename={fc3: fc2}.", "The model has 'fc2.weight'."], problems.Select(p => p.Hint));
    }

    [Theory]
    [InlineData("net.", "{net: \"\"}", "net", "")]
    [InlineData("a.b.", null, "a.b", "")]
    [InlineData("x1_", null, "x1_*", "*")]
    public void A_prefix_of_the_file_is_removed(string prefix, string? hint, string from, string to)
    {
        using TinyNet source = TinyNet.Seeded(1);
        using TinyNet model = TinyNet.Seeded(2);
        SafetensorsWriter.Write(_folder["a"], source.state_dict().Select(t => KeyValuePair.Create(prefix + t.Key, t.Value)), NoMetadata);
        Problem[] problems = Refuse(model, new InitOptions());
        Assert.True(hint is null || (problems is [{ Hint: { } shown }] && shown.Contains($"init.rename={hint}", StringComparison.Ordinal)));
        InitialWeights.Load(model, new InitOptions { From = _folder["a"], Rename = new Dictionary<string, string> { [from] = to } });
        Assert.Equal(WeightValues.Of(source), WeightValues.Of(model));
    }

    [Theory]
    [InlineData("first", "second", "two tensors", "fc1.weight")]
    [InlineData("fc9", "fc1", "matches no tensor of the file", "fc9")]
    [InlineData("fc1", "*.fc1", "more * on its right", null)]
    [InlineData("fc1.weight", "", "no name", "fc1.weight")]
    public void A_wrong_rename_is_refused(string from, string to, string message, string? received)
    {
        using TinyNet model = TinyNet.Seeded(2);
        if (from == "first")
        {
            (from, to) = ("fc2", "fc1");
        }

        Weights.Save(model, _folder["a"]);
        Problem[] problems = Refuse(model, new InitOptions { Rename = new Dictionary<string, string> { [from] = to } });
        Assert.Contains(problems, p => p.Message.Contains(message, StringComparison.OrdinalIgnoreCase) && (received is null || p.Received!.Contains(received, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_skip_that_matches_nothing_is_refused_with_the_nearest_name()
    {
        using TinyNet model = TinyNet.Seeded(2);
        Weights.Save(model, _folder["a"]);
        Problem problem = Assert.Single(Refuse(model, new InitOptions { Skip = ["fc.*"] }));
        Assert.Equal(("init.skip", "`fc.*` matches no tensor of the model or the file"), (problem.Where, problem.Message));
        Assert.Equal("Did you mean `fc1.*`?", problem.Hint);
    }

    [Fact]
    public void Floating_point_values_are_converted_and_whole_numbers_are_not()
    {
        using DisposeScope scope = NewDisposeScope();
        using TinyNet model = TinyNet.Seeded(2);
        Save(new("fc1.weight", full([8, 4], 1.5).to(float16)), new("fc1.bias", full([8], 0.25).to(bfloat16)), new("fc2.weight", ones(3, 8, float64)), new("fc2.bias", ones(3, int64)));
        Problem problem = Assert.Single(Refuse(model, new InitOptions()));
        Assert.Equal(("F32 [3] for fc2.bias", "I64 [3]"), (problem.Expected, problem.Received));
        InitialWeights.Load(model, new InitOptions { From = _folder["a"], Skip = ["fc2.bias"] });
        Assert.Equal([.. Enumerable.Repeat(1.5f, 32), .. Enumerable.Repeat(0.25f, 8), .. Enumerable.Repeat(1f, 24)], WeightValues.Of(model)[..64]);
    }

    [Fact]
    public void A_state_dict_of_PyTorch_is_loaded()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = nn.Sequential(("fc", nn.Linear(3, 2)));
        File.WriteAllBytes(_folder["w.pth"], TorchBytes.StateDict());
        InitReport report = InitialWeights.Load(model, new InitOptions { From = _folder["w.pth"], Skip = ["back", "empty"] });
        Assert.Equal(["fc.weight", "fc.bias"], report.Loaded);
        Assert.Equal([1f, 2, 3, 4, 5, 6, 2, 4], WeightValues.Of(model));
    }

    [Fact]
    public void A_damaged_value_leaves_the_model_unchanged()
    {
        byte[] bytes = TorchBytes.StateDict();
        bytes[System.Text.Encoding.Latin1.GetString(bytes).IndexOf("data/0", StringComparison.Ordinal) + 8] ^= 1;
        File.WriteAllBytes(_folder["w.pth"], bytes);
        using var model = nn.Sequential(("fc", nn.Linear(3, 2)));
        float[] before = WeightValues.Of(model);
        Assert.Contains("checksum", Assert.Throws<RequestException>(() => InitialWeights.Load(model, new InitOptions { From = _folder["w.pth"], Skip = ["back", "empty"] })).Message, StringComparison.Ordinal);
        Assert.Equal(before, WeightValues.Of(model));
    }

    [Fact]
    public void A_batch_norm_without_its_counter_is_complete()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = nn.Sequential(("norm", nn.BatchNorm1d(3)));
        Save(new("norm.weight", ones(3)), new("norm.bias", ones(3)), new("norm.running_mean", full(3, 2f)), new("norm.running_var", ones(3)));
        Assert.Equal(["norm.num_batches_tracked"], InitialWeights.Load(model, new InitOptions { From = _folder["a"] }).Missing);
    }

    [Fact]
    public void Another_digest_is_refused_and_no_tensor_leaks()
    {
        using TinyNet model = TinyNet.Seeded(2);
        Weights.Save(model, _folder["a"]);
        var options = new InitOptions { From = _folder["a"], Digest = Weights.Digest(model) };
        InitialWeights.Load(model, options);
        long before = Tensors.SettledCount();
        InitialWeights.Load(model, options);
        Problem problem = Assert.Single(Refuse(model, options with { Digest = "00" }));
        Assert.Equal("init.digest=00", problem.Expected);
        Tensors.AssertNoneLeaked(before);
    }

    public void Dispose() => _folder.Dispose();

    private void Save(params KeyValuePair<string, Tensor>[] tensors)
    {
        File.Delete(_folder["a"]);
        SafetensorsWriter.Write(_folder["a"], tensors, NoMetadata);
    }

    private Problem[] Refuse(nn.Module model, InitOptions options)
        => [.. Assert.Throws<RequestException>(() => InitialWeights.Load(model, options with { From = _folder["a"] })).Problems];
}
