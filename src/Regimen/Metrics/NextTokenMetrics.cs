using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Regimen.Engine;
using Regimen.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Metrics;

/// <summary>The metrics of next-token prediction over all positions: perplexity, which is <c>e</c> to the mean negative logarithm of the
/// probability of the next token, and the fraction of positions whose most likely token is the next one.</summary>
/// <remarks>Logarithms are summed in double precision in the order of the positions. The loss with label smoothing is not the logarithm of the
/// perplexity, which has none. Of equal logits, the lowest index is predicted. A position with a NaN logit is never correct.</remarks>
/// <param name="ignored">The token whose positions are left out; null for none.</param>
internal sealed class NextTokenMetrics(long? ignored = null) : ITaskMetrics
{
    private double _negativeLogs;
    private long _correct;
    private long _positions;

    /// <summary>The metrics.</summary>
    internal static IReadOnlyList<MetricName> All { get; } =
    [
        new("perplexity", MonitorMode.Min),
        new("accuracy", MonitorMode.Max) { IsFraction = true },
    ];

    IReadOnlyList<MetricName> IMetric.Names => All;

    /// <summary>The metrics by name.</summary>
    public IReadOnlyDictionary<string, double> Values => new OrderedDictionary<string, double>
    {
        ["perplexity"] = _positions == 0 ? double.NaN : PortableFunctions.Exp(_negativeLogs / _positions),
        ["accuracy"] = _positions == 0 ? double.NaN : (double)_correct / _positions,
    };

    void ITaskMetrics.Check(Tensor targets)
    {
        if (targets.dtype != ScalarType.Int64 || targets.dim() != 2)
        {
            throw new RequestException(new Problem("The targets are not tokens")
            {
                Expected = "int64 [batch, length]",
                Received = MetricTensors.Describe(targets),
            });
        }
    }

    /// <inheritdoc/>
    public void Merge(IMetric other)
    {
        NextTokenMetrics others = MetricMerge.As<NextTokenMetrics>(other);
        _negativeLogs += others._negativeLogs;
        _correct += others._correct;
        _positions += others._positions;
    }

    /// <summary>Counts a batch.</summary>
    /// <param name="predictions">Logits <c>[batch, length, vocabulary]</c>.</param>
    /// <param name="targets">Tokens <c>[batch, length]</c>, int64.</param>
    /// <exception cref="RequestException">A shape is wrong, or a target is not a token.</exception>
    public void Add(Tensor predictions, Tensor targets)
    {
        using DisposeScope scope = NewDisposeScope();
        ((ITaskMetrics)this).Check(targets);
        if (predictions.dim() != 3 || predictions.size(0) != targets.size(0) || predictions.size(1) != targets.size(1))
        {
            throw new RequestException(new Problem("The model's predictions do not fit the data's tokens")
            {
                Expected = $"[{targets.size(0)}, {targets.size(1)}, vocabulary]",
                Received = MetricTensors.Shape(predictions),
            });
        }

        int vocabulary = (int)predictions.size(2);
        ReadOnlySpan<float> logits = TensorMemory.Span<float>(MetricTensors.Floats(predictions));
        ReadOnlySpan<long> tokens = TensorMemory.Span<long>(targets.cpu().contiguous());
        for (int i = 0; i < tokens.Length; i++)
        {
            long token = tokens[i];
            if (token == ignored)
            {
                continue;
            }

            if ((ulong)token >= (ulong)vocabulary)
            {
                throw NoToken(token, vocabulary);
            }

            Add(logits.Slice(i * vocabulary, vocabulary), (int)token);
            _positions++;
        }
    }

    private static RequestException NoToken(long token, int vocabulary)
        => new(new Problem("A target is not a token of the vocabulary")
        {
            Expected = $"0 to {vocabulary - 1}",
            Received = $"{token}",
        });

    private void Add(ReadOnlySpan<float> row, int token)
    {
        int highest = 0;
        for (int c = 1; c < row.Length; c++)
        {
            highest = row[c] > row[highest] ? c : highest;
        }

        float sum = Arithmetic.IsPortable ? PortableSumOfExponentials(row, row[highest]) : SumOfExponentials(row, row[highest]);
        _negativeLogs += row[highest] + PortableFunctions.Log(sum) - row[token];
        _correct += highest == token && !float.IsNaN(sum) ? 1 : 0;
    }

    /// <summary>8 sums, each of every 8th value, added in pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float PortableSumOfExponentials(ReadOnlySpan<float> row, float highest)
    {
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i + Vector256<float>.Count <= row.Length; i += Vector256<float>.Count)
        {
            sums += VectorFunctions.Exp(Vector256.Create(row[i..]) - Vector256.Create(highest));
        }

        for (int lane = 0; i < row.Length; i++, lane++)
        {
            sums = sums.WithElement(lane, sums[lane] + VectorFunctions.Exp(Vector256.Create(row[i] - highest))[0]);
        }

        Vector128<float> four = sums.GetLower() + sums.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float SumOfExponentials(ReadOnlySpan<float> row, float highest)
    {
        Vector256<float> sums = Vector256<float>.Zero;
        int i = 0;
        for (; i + Vector256<float>.Count <= row.Length; i += Vector256<float>.Count)
        {
            sums += Vector256.Exp(Vector256.Create(row[i..]) - Vector256.Create(highest));
        }

        float sum = Vector256.Sum(sums);
        for (; i < row.Length; i++)
        {
            sum += MathF.Exp(row[i] - highest);
        }

        return sum;
    }
}
