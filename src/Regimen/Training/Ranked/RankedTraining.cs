using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Loading;
using Regimen.Metrics;
using Regimen.Optimization;
using Regimen.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Training;

/// <summary>What the ranks of a job do together in a training: they add up gradients and losses, and decide alike.</summary>
/// <remarks>Every rank takes its share of each batch and makes the same update from the same sum, so that all have the same weights without sending them.
/// Whatever ends a training early is agreed on after a step, so that no rank waits for one that has ended.</remarks>
internal sealed class RankedTraining : IDisposable
{
    private readonly RankGroup _group;
    private readonly SynchronisedBatchNorms? _norms;
    private readonly DataLoader _train;
    private readonly DataLoader? _validation;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _asked;
    private readonly (RankShare Train, RankShare? Validation) _before;
    private Func<bool> _wantsEnd = () => false;
    private bool _hasStop;
    private HostGradients? _host;

    private RankedTraining(RankGroup group, TrainSetup setup, CancellationToken cancellationToken)
    {
        (DataLoader train, DataLoader? validation) = (setup.Train, setup.Validation);
        _norms = setup.Options.SyncBatchNorm ? new SynchronisedBatchNorms(setup.Model, group) : null;
        (_group, _train, _validation, _before) = (group, train, validation, (train.Share, validation?.Share));
        train.Share = new RankShare(group.Rank, group.Size, ShareKind.Samples);

        // Rank 0 reads every batch of a validation, because metrics need the targets; it computes its share only.
        if (validation is not null && group.Rank > 0)
        {
            validation.Share = new RankShare(group.Rank, group.Size, ShareKind.Batches);
        }

        _asked = cancellationToken.Register(group.Watch.RequestStop);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, group.Watch.Stop);
    }

    /// <summary>The number of this rank, from 0.</summary>
    public int Rank => _group.Rank;

    /// <summary>Cancelled when a stop is requested on any rank.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Whether the ranks have agreed that the training ends before its last step.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Never cancelled but by a rank that failed or is lost: a rank that is asked to stop takes part in the step that the others take.</summary>
    public CancellationToken Broken => _group.Watch.Broken;

    /// <summary>Begins a training of several ranks. Until it is disposed, the loaders return this rank's share.</summary>
    /// <returns>What the ranks do together; null for one process.</returns>
    public static RankedTraining? Begin(RankGroup? group, TrainSetup setup, CancellationToken cancellationToken)
        => group is null ? null : new RankedTraining(group, setup, cancellationToken);

    /// <summary>Throws if the ranks do not begin with the same weights and settings.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="run">The run, at its first step; whether it ends early is for rank 0 to say, which has the observers and the clock that counts.</param>
    /// <param name="observers">The observers of this rank.</param>
    /// <exception cref="RequestException">A rank has others than rank 0, or an observer measures what one rank alone can't; every rank throws it.</exception>
    public void ThrowUnlessAlike(FlatParameters parameters, TrainPlan plan, TrainingRun run, ObserverGroup observers)
    {
        _wantsEnd = () => run.WantsEnd;
        const int FirstSteps = 10_000;
        bool measures = Enumerable.Range(1, (int)Math.Min(plan.TotalSteps, FirstSteps)).Any(step => observers.NeedsBatchNormsOf(step));
        if (_group.Exchange.Gather([measures ? 1 : 0]).Any(v => v[0] > 0))
        {
            throw new RequestException(new Problem("An observer measures the gradient of each batch, which a job of several ranks does not have")
            {
                Where = "observers",
                Expected = "no gradient_noise",
                Received = $"{_group.Size} ranks",
            });
        }

        _group.ThrowUnlessEqual(
            "weights or a plan",
            $"{plan}\n{run.State.At}\nweights {WeightsDigest(parameters)}\nthreads {Threads.Current}",
            "All ranks need the same program, config, data, number of threads and kind of processor.");
    }

    /// <summary>Throws if the weights of the ranks are no longer the same bits. Every rank updates its own from the same gradient.</summary>
    /// <exception cref="WorkFailedException">They are not: hosts with different processors or libraries compute differently.</exception>
    public void ThrowIfDiverged(FlatParameters parameters)
    {
        try
        {
            _group.ThrowUnlessEqual("weights", WeightsDigest(parameters), "The hosts compute differently: use hosts of one kind, with the same libraries.");
        }
        catch (RequestException exception)
        {
            throw new WorkFailedException(exception.Problems[0]);
        }
    }

    /// <summary>Adds up the gradients and losses of a step over all ranks.</summary>
    /// <param name="gradients">This rank's gradients, replaced by the sum; the same tensor in every step.</param>
    /// <param name="values">This rank's loss, weight and parts, each weighted as part of the whole step.</param>
    /// <returns>The sums.</returns>
    public double[] Sum(Tensor gradients, ReadOnlySpan<double> values)
    {
        _host = gradients.device_type == DeviceType.CPU ? null : _host ?? new HostGradients(gradients);
        Tensor summed = _host?.Read() ?? gradients;
        double[] own = [.. values];
        double[][] all = ExchangedMemory.During(summed, () =>
        {
            unsafe
            {
                return _group.Exchange.Sum(TensorMemory.Pointer<float>(summed), summed.numel(), own);
            }
        });

        _host?.Write();
        return [.. Enumerable.Range(0, own.Length).Select(i => all.Sum(v => v[i]))];
    }

    /// <summary>Begins or ends the computation of a batch: what is synchronised in the model is so in between.</summary>
    public void Computes(bool begins)
    {
        if (_norms is not null)
        {
            _norms.IsActive = begins;
        }
    }

    /// <summary>Decides alike whether to end or to stop: after each step, each validation and each epoch.</summary>
    public void Agree()
    {
        double[][] all = _group.Exchange.Gather([Stop.IsCancellationRequested ? 1 : 0, Rank == 0 && _wantsEnd() ? 1 : 0]);
        _hasStop |= all.Any(v => v[0] > 0);
        HasEnd |= all[0][1] > 0;
        if (_hasStop)
        {
            _stop.Cancel();
        }
    }

    /// <summary>Throws if the ranks have agreed to stop: with the step that each has taken.</summary>
    /// <exception cref="OperationCanceledException">They have.</exception>
    public void ThrowIfStopped()
    {
        if (_hasStop)
        {
            throw new OperationCanceledException(Stop);
        }
    }

    /// <summary>Returns the fault of a rank that an exception follows from; null if it does not.</summary>
    public RankFault? FaultBehind(Exception exception) => exception is WorkFailedException or OperationCanceledException ? _group.Watch.Fault : null;

    /// <summary>Evaluates a model: each rank computes every Nth batch, rank 0 measures all in their order, and every rank gets its values.</summary>
    public EvaluationResult Evaluate(nn.Module model, Objective objective, IReadOnlyList<Metric> metrics, CancellationToken cancellationToken)
    {
        CopyBuffers(model);
        return RankedEvaluation.Run(_group, model, objective, _validation!, metrics, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _norms?.Dispose();
        _host?.Dispose();
        _train.Share = _before.Train;
        if (_validation is not null)
        {
            _validation.Share = _before.Validation!.Value;
        }

        _asked.Dispose();
        _stop.Dispose();
    }

    private static string WeightsDigest(FlatParameters parameters)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = parameters.Values.cpu();
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        TensorMemory.ForEachPiece(values, piece => hash.AppendData(piece));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Copies the statistics of batch norm and all other buffers of rank 0 to the others: each rank has those of its own share, and rank 0's are
    /// recorded.</summary>
    private void CopyBuffers(nn.Module model)
    {
        foreach ((_, Tensor buffer) in model.named_buffers())
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor plain = buffer.detach().cpu().contiguous();
            ExchangedMemory.During(plain, () =>
            {
                _group.Exchange.CopyFromFirst(TensorMemory.AddressOf(plain), plain.numel() * plain.ElementSize);
                return true;
            });
            if (Rank > 0)
            {
                using IDisposable noGrad = no_grad();
                buffer.copy_(plain);
            }
        }
    }
}
