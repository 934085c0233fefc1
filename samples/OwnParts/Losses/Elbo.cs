using System.ComponentModel.DataAnnotations;
using OwnParts.Models;
using Regimen.Data;
using Regimen.Metrics;
using Regimen.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace OwnParts.Losses;

/// <summary>The loss of a variational autoencoder, of two parts: the squared error of the reconstruction, and how far the latent code is from a
/// normal distribution (Kingma and Welling, 2014; the factor: Higgins and others, "beta-VAE", 2017).</summary>
[Objective("elbo")]
public sealed record Elbo : Objective
{
    /// <summary>The factor of the second part.</summary>
    [Range(0.0, 1000.0)]
    public double Beta { get; init; } = 1;

    public override PredictionTask Task => PredictionTask.Other;

    public override IReadOnlyList<string> Parts => ["reconstruction", "kl"];

    public override ObjectiveResult Compute(nn.Module model, Batch batch)
    {
        Tensor output = Objectives.Forward(model, batch);
        Tensor input = batch.Input.flatten(1);
        int latent = ((Vae)model).Latent;
        Tensor reconstruction = output.narrow(1, 0, input.size(1));
        Tensor mean = output.narrow(1, input.size(1), latent);
        Tensor log = output.narrow(1, input.size(1) + latent, latent);

        using Scalar half = 0.5;
        using Scalar one = 1.0;
        using Scalar beta = Beta;
        Tensor error = (reconstruction - input).square().sum(1).mean().mul(half);
        Tensor kl = (mean.square() + log.exp() - log).sub(one).sum(1).mean().mul(half);
        return new(error + kl.mul(beta), reconstruction) { Parts = [("reconstruction", error), ("kl", kl)] };
    }
}
