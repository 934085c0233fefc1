namespace Regimen.Metrics;

/// <summary>Reads the predicted class of each pixel from logits, one plane for each class.</summary>
internal static class PixelClasses
{
    /// <summary>The class of a pixel one of whose logits is not a number.</summary>
    public const int None = -1;

    /// <summary>Finds the class with the highest logit of each pixel, the lowest index among equals; <see cref="None"/> where a logit is NaN.</summary>
    /// <param name="logits">The logits of one image, <c>[classes, height, width]</c>.</param>
    /// <param name="classes">The output, <c>[height, width]</c>.</param>
    public static void Highest(ReadOnlySpan<float> logits, Span<int> classes)
    {
        int area = classes.Length;
        classes.Clear();
        float[] best = logits[..area].ToArray();
        for (int c = 0; c * area < logits.Length; c++)
        {
            ReadOnlySpan<float> plane = logits.Slice(c * area, area);
            for (int i = 0; i < plane.Length; i++)
            {
                float value = plane[i];
                if (value > best[i])
                {
                    (best[i], classes[i]) = (value, c);
                }
                else if (float.IsNaN(value))
                {
                    // No logit is above infinity, so the pixel keeps this.
                    (best[i], classes[i]) = (float.PositiveInfinity, None);
                }
            }
        }
    }
}
