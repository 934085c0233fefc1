using Regimen.Data;

namespace Regimen.Experiments;

/// <summary>The transforms that a config lists, behind those that the data set brings itself.</summary>
internal static class ConfiguredTransforms
{
    /// <summary>The data with both.</summary>
    /// <exception cref="RequestException">One is not for samples of the shape that reaches it, or training and evaluation would give the
    /// model samples of different shapes.</exception>
    public static DataSplits AddTo(DataSplits data, TransformsOptions options)
    {
        SampleShape train = ShapeAfter(data.TrainTransforms, options.Train, data.Train.SampleShape, "transforms.train");
        SampleShape eval = ShapeAfter(data.EvalTransforms, options.Eval, data.Train.SampleShape, "transforms.eval");
        return train != eval
            ? throw new RequestException(new Problem("Training and evaluation would see samples of different shapes")
            {
                Where = "transforms",
                Expected = "lists that end in the same shape",
                Received = $"{train} of transforms.train, {eval} of transforms.eval",
            })
            : data with
            {
                TrainTransforms = [.. data.TrainTransforms, .. options.Train],
                EvalTransforms = [.. data.EvalTransforms, .. options.Eval],
            };
    }

    private static SampleShape ShapeAfter(IReadOnlyList<ITransform> own, IReadOnlyList<Transform> listed, SampleShape shape, string key)
    {
        shape = own.Aggregate(shape, (s, transform) => transform.Transformed(s));
        for (int i = 0; i < listed.Count; i++)
        {
            try
            {
                shape = listed[i].Transformed(shape);
            }
            catch (RequestException exception)
            {
                throw new RequestException([.. exception.Problems.Select(p => p with { Where = p.Where ?? $"{key}[{i}]" })]);
            }
        }

        return shape;
    }
}
