using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Models;

public sealed class VitTests
{
    private static readonly string[] NamesOfBlock =
        ["norm1.weight 12", "norm1.bias 12", "attn.qkv.weight 36,12", "attn.qkv.bias 36", "attn.proj.weight 12,12", "attn.proj.bias 12", "norm2.weight 12", "norm2.bias 12",
         "mlp.fc1.weight 48,12", "mlp.fc1.bias 48", "mlp.fc2.weight 12,48", "mlp.fc2.bias 12"];

    /// <summary>The state dict of timm's VisionTransformer(img_size=(14, 21), patch_size=7, in_chans=1, num_classes=5, embed_dim=12, depth=2,
    /// num_heads=3).</summary>
    [Fact]
    public void Parameters_have_the_names_and_shapes_of_timm()
    {
        using var model = new Vit(new VitOptions { Patch = 7, Width = 12, Depth = 2, Heads = 3 }, new SampleShape(1, 14, 21), 5);
        string[] expected =
        [
            "cls_token 1,1,12", "pos_embed 1,7,12", "patch_embed.proj.weight 12,1,7,7", "patch_embed.proj.bias 12", .. NamesOfBlock.Select(n => $"blocks.0.{n}"),
            .. NamesOfBlock.Select(n => $"blocks.1.{n}"), "norm.weight 12", "norm.bias 12", "head.weight 5,12", "head.bias 5",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), model.state_dict().Select(p => $"{p.Key} {string.Join(',', p.Value.shape)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Initial_values_are_those_of_timm()
    {
        using DisposeScope scope = NewDisposeScope();
        TorchRandom.SeedInitialization(4);
        using var model = new Vit(new VitOptions { Patch = 2, Width = 64, Depth = 1 }, new SampleShape(1, 28, 28), 10);
        Dictionary<string, Tensor> w = model.state_dict();
        foreach (string name in (string[])["pos_embed", "blocks.0.attn.qkv.weight", "blocks.0.mlp.fc2.weight", "head.weight"])
        {
            Tensor values = w[name].to(ScalarType.Float64);
            Assert.InRange(values.std().item<double>(), 0.0175, 0.0225);
            Assert.InRange(Math.Abs(values.mean().item<double>()), 0, 0.003);
        }

        Assert.InRange(w["cls_token"].abs().max().item<float>(), 1e-8, 1e-5);
        Assert.Equal(0, w["blocks.0.attn.qkv.bias"].abs().max().item<float>());
        Assert.Equal(0, w["head.bias"].abs().max().item<float>());
    }

    [Theory]
    [InlineData(new[] { 1, 28, 27 })]
    [InlineData(new[] { 1, 27, 28 })]
    [InlineData(new[] { 28, 28 })]
    public void Samples_that_patches_do_not_fill_are_an_error(int[] shape)
    {
        RequestException refused = Assert.Throws<RequestException>(() => new Vit(new VitOptions(), new SampleShape(shape), 10));
        Assert.Equal("images [channels, height, width], height and width multiples of model.patch=4", Assert.Single(refused.Problems).Expected);
    }

    [Fact]
    public void Heads_must_divide_the_width()
        => Assert.Contains("12 is not a multiple of 5 heads", Assert.Throws<RequestException>(() => new Vit(new VitOptions { Width = 12, Heads = 5 }, new SampleShape(1, 8, 8), 3)).Message, StringComparison.Ordinal);

    [Fact]
    public void Dropout_is_active_in_training_mode_only()
    {
        using DisposeScope scope = NewDisposeScope();
        using var model = new Vit(new VitOptions { Width = 8, Depth = 1, Heads = 2, Dropout = 0.5 }, new SampleShape(1, 8, 8), 3);
        using Tensor input = randn(2, 1, 8, 8);
        using IDisposable quiet = no_grad();
        model.train();
        Assert.False(allclose(model.call(input), model.call(input)));
        model.eval();
        Assert.True(allclose(model.call(input), model.call(input)));
    }
}
