using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using Regimen.Engine;

namespace Regimen.Optimization;

/// <summary>Cosine annealing that begins again at the optimizer's learning rate after each cycle (Loshchilov and Hutter, "SGDR", 2017);
/// PyTorch's <c>CosineAnnealingWarmRestarts</c> with its names, updated every step.</summary>
[Schedule("cosine_restarts")]
public sealed record CosineRestartsSchedule : Schedule
{
    /// <summary>The number of epochs of the first cycle.</summary>
    [Range(1, 1_000_000)]
    [SuppressMessage("Naming", "CA1707:Identifiers should not contain underscores", Justification = "The key has PyTorch's name, t_0; T0 would be the key t0.")]
    public int T_0 { get; init; } = 10;

    /// <summary>The length of a cycle divided by that of the previous one.</summary>
    [Range(1, 1000)]
    public int TMult { get; init; } = 1;

    /// <summary>The learning rate that a cycle approaches at its end.</summary>
    [Range(0, 1e6)]
    public double EtaMin { get; init; }

    /// <inheritdoc/>
    public override double FactorAt(ScheduleProgress moment)
    {
        (long taken, long length) = (moment.Step - 1, T_0 * moment.StepsPerEpoch);
        if (TMult == 1)
        {
            taken %= length;
        }

        while (taken >= length)
        {
            (taken, length) = (taken - length, length * TMult);
        }

        double lowest = EtaMin / moment.Lr;
        return lowest + ((1 - lowest) * (1 + PortableFunctions.Cos(Math.PI * taken / length)) / 2);
    }
}
