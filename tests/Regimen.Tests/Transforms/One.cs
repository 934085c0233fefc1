using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Tests.Transforms;

/// <summary>A transform on one sample.</summary>
internal static class One
{
    /// <summary>What comes out, as the loader calls it: with the sample's own stream.</summary>
    public static float[] Sample(ITransform transform, float[] input, SampleShape shape, int index = 0)
    {
        float[] output = new float[transform.Transformed(shape).Elements];
        Array.Fill(output, float.NaN);
        RandomStream random = RandomStream.For(1, RandomPurpose.Augmentation, 1, index);
        transform.Apply(input, output, shape, ref random);
        return output;
    }

    /// <summary>The problem for which a shape is refused.</summary>
    public static Problem Refused(ITransform transform, SampleShape shape)
        => Assert.Single(Assert.Throws<RequestException>(() => transform.Transformed(shape)).Problems);
}
