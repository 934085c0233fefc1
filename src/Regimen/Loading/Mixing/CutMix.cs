using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Replaces a rectangle of each image of a batch by that of its partner; the rectangle is the same for the whole batch.</summary>
internal sealed class CutMix(int channels, int height, int width)
{
    /// <summary>Draws a rectangle and fills it from the partners.</summary>
    /// <param name="pure">The batch before.</param>
    /// <param name="partners">The partner of each image.</param>
    /// <param name="share">The part of the area that stays.</param>
    /// <param name="inputs">The batch.</param>
    /// <param name="random">The stream of the rectangle's centre.</param>
    /// <returns>The part that stayed: a rectangle at the border is smaller.</returns>
    public float Apply(float[] pure, int[] partners, float share, Span<float> inputs, ref RandomStream random)
    {
        int centreX = random.NextInt32(width);
        int centreY = random.NextInt32(height);
        (int top, int bottom, int left, int right) = Rectangle(centreX, centreY, share);
        int size = channels * height * width;
        for (int i = 0; i < partners.Length && right > left; i++)
        {
            for (int row = 0; row < channels * (bottom - top); row++)
            {
                int at = (((row / (bottom - top) * height) + top + (row % (bottom - top))) * width) + left;
                pure.AsSpan((partners[i] * size) + at, right - left).CopyTo(inputs[((i * size) + at)..]);
            }
        }

        return (float)(1 - ((double)(right - left) * (bottom - top) / (width * height)));
    }

    /// <summary>Returns the rectangle around a pixel whose area is the rest of <paramref name="share"/>, within the image.</summary>
    internal (int Top, int Bottom, int Left, int Right) Rectangle(int centreX, int centreY, double share)
    {
        double half = 0.5 * Math.Sqrt(1 - share);
        (int halfWidth, int halfHeight) = ((int)(half * width), (int)(half * height));
        return (Math.Max(0, centreY - halfHeight), Math.Min(height, centreY + halfHeight), Math.Max(0, centreX - halfWidth), Math.Min(width, centreX + halfWidth));
    }
}
