using System.ComponentModel.DataAnnotations;
using Regimen.Layers;
using Regimen.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace OwnParts.Models;

/// <summary>A variational autoencoder with one hidden layer on each side (Kingma and Welling, "Auto-Encoding Variational Bayes", 2014).</summary>
[Model("vae")]
public sealed class Vae : nn.Module<Tensor, Tensor>
{
    private readonly Linear encoder;
    private readonly Linear code;
    private readonly Linear decoder;
    private readonly Linear output;

    public sealed record Options
    {
        /// <summary>Units of the hidden layers.</summary>
        [Range(1, 65_536)]
        public int Hidden { get; init; } = 64;

        /// <summary>Values of the latent code.</summary>
        [Range(1, 4096)]
        public int Latent { get; init; } = 4;
    }

    public Vae(Options options, ModelContext context)
        : base(nameof(Vae))
    {
        Latent = options.Latent;
        int features = context.Inputs[0].Shape.Elements;
        encoder = new Linear(features, options.Hidden);
        code = new Linear(options.Hidden, 2 * Latent);
        decoder = new Linear(Latent, options.Hidden);
        output = new Linear(options.Hidden, features);
        RegisterComponents();
    }

    /// <summary>The number of latent values.</summary>
    public int Latent { get; }

    /// <summary>The reconstruction, then mean and logarithm of the variance of the latent code: <c>[batch, features + 2·latent]</c>. In
    /// evaluation the code is the mean.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor both = code.call(encoder.call(input.flatten(1)).relu());
        Tensor mean = both.narrow(1, 0, Latent);
        using Scalar half = 0.5;
        Tensor latent = training ? mean + both.narrow(1, Latent, Latent).mul(half).exp() * randn_like(mean) : mean;
        return cat([output.call(decoder.call(latent).relu()), both], 1);
    }
}
