using Regimen.Data;
using Regimen.Transforms;

namespace Regimen.Experiments;

/// <summary>The transforms that a config lists, before those that the data set brings itself: pixels are turned, cut and painted over as
/// numbers from 0 to 1, and then normalised.</summary>
internal static class ConfiguredTransforms
{
    /// <summary>The data with both.</summary>
    /// <exception cref="RequestException">One is not for samples of the shape that reaches it, a random one would be used to evaluate, samples
    /// would be normalised twice, or training and evaluation would give the model samples of different shapes.</exception>
    public static DataSplits AddTo(DataSplits data, TransformsOptions options)
    {
        SampleShape train = ShapeAfter(data.Train.SampleShape, options.Train, data.TrainTransforms, "transforms.train");
        SampleShape eval = ShapeAfter(data.Train.SampleShape, options.Eval, data.EvalTransforms, "transforms.eval");
        RefuseRandom(options.Eval);
        RefuseLosses(data, options);
        return train != eval
            ? throw new RequestException(new Problem("Training and evaluation would see samples of different shapes")
            {
                Where = "transforms",
                Expected = "lists that end in the same shape",
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
                    Hint = "Take it out of the list, and set data.mean and data.std instead.",
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

    /// <summary>Transforms work on float32: values that only normalisation brings into its range must not reach them before it.</summary>
    private static void RefuseLosses(DataSplits data, TransformsOptions options)
    {
        string? key = options.Train.Count > 0 ? "transforms.train" : options.Eval.Count > 0 ? "transforms.eval" : null;
        if (key is not null && data.TrainTransforms.Concat(data.EvalTransforms).Any(t => t is Normalize { NeedsDouble: true } or Standardize { NeedsDouble: true }))
        {
            throw new RequestException(new Problem("Transforms would lose most digits of these values")
            {
                Where = key,
                Expected = "values that are not so far from 0 compared to their deviation: transforms work on float32, before normalisation",
                Hint = $"Subtract the mean before the arrays are saved, or take the transforms out: {key}=[].",
            });
        }
    }

    private static void RefuseRandom(IReadOnlyList<Transform> eval)
    {
        for (int i = 0; i < eval.Count; i++)
        {
            if (eval[i].IsRandom)
            {
                throw new RequestException(new Problem("A model is not evaluated on samples that chance has changed")
                {
                    Where = $"transforms.eval[{i}]",
                    Expected = "a transform without randomness, as resize, center_crop or normalize",
                    Received = $"{eval[i].Describe()["name"]}",
                    Hint = "It belongs into transforms.train.",
                });
            }
        }
    }
}
