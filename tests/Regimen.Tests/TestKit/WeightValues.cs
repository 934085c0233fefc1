using Regimen.Engine;
using static TorchSharp.torch;

namespace Regimen.Tests.TestKit;

/// <summary>Reads and compares a model's weights as numbers.</summary>
internal static class WeightValues
{
    public static float[] Of(nn.Module model) => [.. model.parameters().SelectMany(p =>
    {
        using Tensor values = p.detach().to(float32).contiguous();
        return TensorMemory.Span<float>(values).ToArray();
    })];

    public static void AreNear(float[] expected, float[] received, double tolerance)
    {
        Assert.Equal(expected.Length, received.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - received[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"weight {i}: expected {expected[i]:R}, received {received[i]:R}");
        }
    }
}
