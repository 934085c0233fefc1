using Regimen.Data;
using Regimen.Engine;
using Regimen.Evaluation;
using Regimen.Reports;
using Regimen.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Findings;

/// <summary>Collects the losses of next-token prediction by position and kind of token, and the worst samples.</summary>
/// <param name="tokenizer">The tokenizer; null where the tokens have no text.</param>
/// <param name="ignored">The token whose positions are left out; null for none.</param>
internal sealed class TextCollector(Tokenizer? tokenizer, long? ignored = null) : Collector
{
    private const int MostPositions = 128;
    private const int MostWindows = 8;
    private const int LongestWindow = 256;
    private readonly TokenKinds _kinds = new(tokenizer);
    private readonly WorstSamples<(int From, int[] Tokens, float[] Losses)> _windows = new(MostWindows);
    private double[] _positions = [];
    private long[] _counted = [];
    private double _losses;
    private long _tokens;
    private int _length;

    public override RunFindings Finish(RunFindings to, EvaluationResult result, Func<IReadOnlyList<int>, IReadOnlyList<FoundSample>> describe)
        => to with
        {
            Text = new TextFindings
            {
                Perplexity = Math.Exp(_losses / _tokens),
                Positions = [.. Positions()],
                Kinds = _kinds.Read(),
                Windows =
                [
                    .. _windows.Samples.Select(w => new TextWindow(
                        w.Index, w.Score, w.Content.From, [.. w.Content.Tokens.Select(TextOf)], [.. w.Content.Losses.Select(l => Math.Round((double)l, 4))])),
                ],
            },
        };

    protected override void Collect(Tensor predictions, Batch batch)
    {
        Tensor targets = batch.Target;
        Tensor losses = predictions.detach().to(ScalarType.Float32).logsumexp(-1) - predictions.to(ScalarType.Float32).gather(-1, Gathered(targets).unsqueeze(-1)).squeeze(-1);
        ReadOnlySpan<float> values = TensorMemory.Span<float>(losses.cpu().contiguous());
        ReadOnlySpan<long> tokens = TensorMemory.Span<long>(targets.cpu().contiguous());
        _length = (int)targets.size(1);
        if (_positions.Length == 0)
        {
            _positions = new double[_length];
            _counted = new long[_length];
        }

        for (int i = 0; i < batch.Count; i++)
        {
            Add(Samples + i, values.Slice(i * _length, _length), tokens.Slice(i * _length, _length));
        }
    }

    private void Add(int index, ReadOnlySpan<float> losses, ReadOnlySpan<long> tokens)
    {
        double sum = 0;
        int counted = 0;
        for (int position = 0; position < losses.Length; position++)
        {
            if (tokens[position] == ignored)
            {
                continue;
            }

            counted++;
            _counted[position]++;
            _positions[position] += losses[position];
            sum += losses[position];
            _kinds.Add((int)tokens[position], losses[position]);
        }

        _losses += sum;
        _tokens += counted;
        double mean = sum / counted;
        if (tokenizer is not null && counted > 0 && _windows.Keeps(mean))
        {
            (int from, int count) = WorstPart(losses);
            _windows.Add(mean, index, (from, [.. tokens.Slice(from, count).ToArray().Select(t => (int)t)], losses.Slice(from, count).ToArray()));
        }
    }

    /// <summary>The tokens around the most surprising one, where the whole sample is too long to show.</summary>
    private static (int From, int Count) WorstPart(ReadOnlySpan<float> losses)
    {
        if (losses.Length <= LongestWindow)
        {
            return (0, losses.Length);
        }

        int worst = 0;
        for (int i = 1; i < losses.Length; i++)
        {
            worst = losses[i] > losses[worst] ? i : worst;
        }

        return (Math.Clamp(worst - (LongestWindow / 2), 0, losses.Length - LongestWindow), LongestWindow);
    }

    private IEnumerable<PositionLoss> Positions()
    {
        int parts = Math.Min(MostPositions, _length);
        for (int part = 0; part < parts; part++)
        {
            int from = (int)((long)part * _length / parts);
            int to = (int)((part + 1L) * _length / parts);
            yield return new PositionLoss(to, _positions[from..to].Sum() / Math.Max(1, _counted[from..to].Sum()));
        }
    }

    /// <summary>The targets, with a token of the vocabulary in place of an ignored one that may be none.</summary>
    private Tensor Gathered(Tensor targets)
    {
        if (ignored is not { } index)
        {
            return targets;
        }

        using Scalar value = index;
        using Scalar zero = 0;
        return targets.masked_fill(targets.eq(value), zero);
    }

    private string TextOf(int token) => tokenizer!.Vocabulary[token];
}
