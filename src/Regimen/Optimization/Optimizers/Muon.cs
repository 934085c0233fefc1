using System.ComponentModel.DataAnnotations;
using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>Muon (Jordan, Jin, Boza, You, Cesista, Newhouse and Bernstein, "Muon: An optimizer for hidden layers in neural networks", 2024): the momentum of
/// each matrix is replaced by the nearest semi-orthogonal matrix, which a Newton–Schulz iteration approximates. All other parameters, and the matrices in
/// <c>adamw</c>, are updated by AdamW. Weight decay is decoupled in both.</summary>
/// <remarks>A parameter of more dimensions, such as a convolution's, is a matrix of its first dimension by all others. The coefficients of the iteration are
/// the authors'. Liu and others, "Muon is Scalable for LLM Training", 2025, propose <see cref="MuonScale.MatchRmsAdamw"/>, so that one learning rate fits
/// both kinds of parameters.</remarks>
[Optimizer("muon")]
public sealed record Muon : OptimizerOptions
{
    private static readonly (double A, double B, double C) Coefficients = (3.4445, -4.7750, 2.0315);

    /// <summary>The momentum of the matrices.</summary>
    [Range(0, 1, MaximumIsExclusive = true)]
    public double Momentum { get; init; } = 0.95;

    /// <summary>Whether to use Nesterov momentum.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>The number of Newton–Schulz iterations.</summary>
    [Range(1, 100)]
    public int NsSteps { get; init; } = 5;

    /// <summary>The factor of a matrix's update: match_rms_adamw for 0.2·√max(rows, columns), as large as AdamW's; original for √max(1, rows/columns).</summary>
    public MuonScale AdjustLr { get; init; } = MuonScale.MatchRmsAdamw;

    /// <summary>Patterns of the names of matrices that AdamW updates: embeddings and the output layer.</summary>
    public IReadOnlyList<string> Adamw { get; init; } = [];

    /// <summary>AdamW's decay rates, for the other parameters.</summary>
    [Length(2, 2)]
    [Range(0, 1, MaximumIsExclusive = true)]
    public IReadOnlyList<double> Betas { get; init; } = [0.9, 0.999];

    /// <summary>AdamW's constant added to the denominator.</summary>
    [Range(0, 1)]
    public double Eps { get; init; } = 1e-8;

    /// <inheritdoc/>
    /// <remarks>The momentum of a matrix is in <c>exp_avg</c>; its part of <c>exp_avg_sq</c> is not used.</remarks>
    public override IReadOnlyList<string> StateNames => ["exp_avg", "exp_avg_sq"];

    internal override bool IsApart(ParameterRange parameter) => parameter.Shape.Count >= 2 && !Adamw.Any(pattern => new NamePattern(pattern).Matches(parameter.Name));

    internal override IEnumerable<Problem> CheckNames(IReadOnlyList<string> names)
        => Adamw.Select(pattern => new NamePattern(pattern).MatchesNothing("optimizer.adamw", names, "a parameter of the model")).OfType<Problem>();

    /// <inheritdoc/>
    /// <remarks><c>b = μb + (1−μ)g; u = nesterov ? (1−μ)g + μb : b; X = u/‖u‖; repeat X = aX + (bA + cA²)X with A = XXᵀ; p −= lr·wd·p + lr·factor·X</c>.</remarks>
    protected internal override void Update(OptimizerStep step)
    {
        if (!step.IsApart)
        {
            Others.Update(step);
            return;
        }

        if (step.WeightDecay > 0)
        {
            step.Values.mul_(step.Scalar(1 - (step.Lr * step.WeightDecay)));
        }

        (Tensor gradients, Tensor momentum) = (step.Gradients, step.State("exp_avg"));
        momentum.mul_(step.Scalar(Momentum)).add_(gradients, step.Scalar(1 - Momentum));
        Tensor direction = Nesterov ? gradients.mul_(step.Scalar(1 - Momentum)).add_(momentum, step.Scalar(Momentum)) : momentum;
        foreach (ParameterRange parameter in step.Parameters)
        {
            using DisposeScope scope = NewDisposeScope();
            long rows = parameter.Shape[0];
            Tensor matrix = direction.narrow(0, parameter.Start, parameter.Length).view(rows, -1);
            long columns = matrix.size(1);
            double factor = Factor(rows, columns);
            Tensor values = step.Values.narrow(0, parameter.Start, parameter.Length).view(rows, -1);
            values.add_(Orthogonal(matrix, step), step.Scalar(-step.Lr * factor));
        }
    }

    internal override bool IsPortable => true;

    internal override bool TryUpdateInOnePass(ParameterGroup group, double lr, long number)
    {
        if (!group.Settings.IsApart)
        {
            return Others.TryUpdateInOnePass(group, lr, number);
        }

        if (Arithmetic.IsPortable)
        {
            PortableNorms.Muon(group, lr, Momentum, Nesterov, NsSteps, Coefficients, Factor);
        }

        return Arithmetic.IsPortable;
    }

    private double Factor(long rows, long columns)
        => AdjustLr == MuonScale.Original ? Math.Sqrt(Math.Max(1, (double)rows / columns)) : 0.2 * Math.Sqrt(Math.Max(rows, columns));

    /// <inheritdoc/>
    public bool Equals(Muon? other) => base.Equals(other) && Momentum.Equals(other!.Momentum) && Nesterov == other.Nesterov && NsSteps == other.NsSteps
        && AdjustLr == other.AdjustLr && Adamw.SequenceEqual(other.Adamw) && Betas.SequenceEqual(other.Betas) && Eps.Equals(other.Eps);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Momentum, Nesterov, NsSteps, AdjustLr, Adamw.Count, Betas[0], Betas[1]);

    private AdamW Others => new AdamW { Betas = Betas, Eps = Eps };

    /// <summary>Approximates the semi-orthogonal matrix nearest to a matrix; for one of zeros, zeros.</summary>
    private Tensor Orthogonal(Tensor matrix, OptimizerStep step)
    {
        bool isTall = matrix.size(0) > matrix.size(1);
        Tensor x = isTall ? matrix.t() : matrix;
        x = x.div(x.norm().add_(step.Scalar(1e-7)));
        (Scalar a, Scalar b, Scalar c) = (step.Scalar(Coefficients.A), step.Scalar(Coefficients.B), step.Scalar(Coefficients.C));
        for (int i = 0; i < NsSteps; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor square = x.mm(x.t());
            Tensor polynomial = square.mul(b).add_(square.mm(square).mul_(c));
            x = x.mul(a).add_(polynomial.mm(x)).MoveToOuterDisposeScope();
        }

        return isTall ? x.t() : x;
    }
}

/// <summary>The factor by which <see cref="Muon"/> multiplies the update of a matrix.</summary>
public enum MuonScale
{
    /// <summary><c>√max(1, rows/columns)</c>, the authors'.</summary>
    Original,

    /// <summary><c>0.2·√max(rows, columns)</c>: the size of AdamW's updates.</summary>
    MatchRmsAdamw,
}
