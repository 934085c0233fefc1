using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Tests.Transforms;

/// <summary>Applies a transform to one sample.</summary>
internal static class One
{
    /// <summary>Returns the transformed sample, with the sample's own random stream as in the loader.</summary>
    public static float[] Sample(ITransform transform, float[] input, SampleShape shape, int index = 0)
    {
        float[] output = new float[transform.Transformed(shape).Elements];
        Array.Fill(output, float.NaN);
        RandomStream random = RandomStream.For(1, RandomPurpose.Augmentation, 1, index);
        transform.Apply(input, output, shape, ref random);
        return output;
    }

    /// <summary>Returns the problem with which a shape is refused.</summary>
    public static Problem Refused(ITransform transform, SampleShape shape)
        => Assert.Single(Assert.Throws<RequestException>(() => transform.Transformed(shape)).Problems);
}
