using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Experiments;

/// <summary>Adds the transforms of a config before those of the data set: the configured ones receive pixels as numbers from 0 to 1, and the
/// data set's normalisation comes last.</summary>
internal static class ConfiguredTransforms
{
    /// <summary>Returns the data with both the configured and its own transforms.</summary>
    /// <exception cref="RequestException">A transform does not support the shape of its input, a random transform is used in evaluation, samples
    /// would be normalised twice, or training and evaluation produce samples of different shapes.</exception>
    public static DataSplits AddTo(DataSplits data, TransformsOptions options)
    {
        SampleShape train = ShapeAfter(data.Train.SampleShape, options.Train, data.TrainTransforms, "transforms.train");
        SampleShape eval = ShapeAfter(data.Train.SampleShape, options.Eval, data.EvalTransforms, "transforms.eval");
        RefuseRandom(options.Eval);
        RefuseLosses(data, options);
        return train != eval
            ? throw new RequestException(new Problem("Training and evaluation produce samples of different shapes")
            {
                Where = "transforms",
                Expected = "transforms that produce the same shape",
                Received = $"{train} of transforms.train, {eval} of transforms.eval",
            })
            : data with
            {
                TrainTransforms = [.. options.Train, .. data.TrainTransforms],
                EvalTransforms = [.. options.Eval, .. data.EvalTransforms],
            };
    }

    private static SampleShape ShapeAfter(SampleShape shape, IReadOnlyList<Transform> listed, IReadOnlyList<ITransform> own, string key)
    {
        for (int i = 0; i < listed.Count; i++)
        {
            if (listed[i] is Normalize && own.Any(t => t is Normalize))
            {
                throw new RequestException(new Problem("Samples would be normalised twice")
                {
                    Where = $"{key}[{i}]",
                    Expected = "one normalisation: the data set has its own (data.mean, data.std)",
                    Hint = "Remove it from the list, and set data.mean and data.std instead.",
                });
            }

            try
            {
                shape = listed[i].Transformed(shape);
            }
            catch (RequestException exception)
            {
                throw new RequestException([.. exception.Problems.Select(p => p with { Where = p.Where ?? $"{key}[{i}]" })]);
            }
        }

        return own.Aggregate(shape, (s, transform) => transform.Transformed(s));
    }

    /// <summary>Throws if transforms would receive values that float32 can't represent before normalisation.</summary>
    private static void RefuseLosses(DataSplits data, TransformsOptions options)
    {
        string? key = options.Train.Count > 0 ? "transforms.train" : options.Eval.Count > 0 ? "transforms.eval" : null;
        if (key is not null && data.TrainTransforms.Concat(data.EvalTransforms).Any(t => t is Normalize { NeedsDouble: true } or Standardize { NeedsDouble: true }))
        {
            throw new RequestException(new Problem("Transforms would lose most of the precision of these values")
            {
                Where = key,
                Expected = "values closer to 0 relative to their deviation: transforms compute in float32, before normalisation",
                Hint = $"Subtract the mean before saving the arrays, or remove the transforms: {key}=[].",
            });
        }
    }

    private static void RefuseRandom(IReadOnlyList<Transform> eval)
    {
        for (int i = 0; i < eval.Count; i++)
        {
            if (eval[i].IsRandom)
            {
                throw new RequestException(new Problem("Random transforms are not allowed in evaluation")
                {
                    Where = $"transforms.eval[{i}]",
                    Expected = "a deterministic transform, such as resize, center_crop or normalize",
                    Received = $"{eval[i].Describe()["name"]}",
                    Hint = "Move it to transforms.train.",
                });
            }
        }
    }
}
