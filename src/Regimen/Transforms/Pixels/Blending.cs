namespace Regimen.Transforms;

/// <summary>Blends two levels as torchvision does: in float32, limited to a byte, the fraction cut off.</summary>
internal static class Blending
{
    /// <summary>Returns <c>first · weight + second · rest</c> as a byte.</summary>
    public static byte Of(float first, float second, float weight, float rest) => (byte)Math.Clamp((first * weight) + (second * rest), 0f, 255f);
}
