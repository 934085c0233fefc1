using Regimen.Data;
using Regimen.Engine;
using Regimen.Models;
using Regimen.Optimization;
using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Engine;

public sealed class AutocastTests
{
    [Fact]
    public void Autocast_is_available_on_Linux() => Assert.Equal(OperatingSystem.IsLinux(), Autocast.IsAvailable);

    [Fact]
    public void Products_are_bfloat16_only_while_it_is_on()
    {
        Assert.SkipUnless(Autocast.IsAvailable, "Mixed precision is available on Linux only.");
        using DisposeScope scope = NewDisposeScope();
        Tensor one = ones(2, 2);
        using (Autocast.Begin())
        {
            Assert.Equal(bfloat16, one.mm(one).dtype);
            using (Autocast.Begin())
            {
                Assert.Equal(bfloat16, one.mm(one).dtype);
            }

            Assert.Equal(bfloat16, one.mm(one).dtype);
        }

        Assert.Equal(float32, one.mm(one).dtype);
    }

    /// <summary>It learns as well as in float32, with other bits, and the same ones each time; weights and gradients are float32.</summary>
    [Fact]
    public void Training_in_bfloat16_learns_and_is_deterministic()
    {
        Assert.SkipUnless(Autocast.IsAvailable, "Mixed precision is available on Linux only.");
        (float[] weights, double loss) = Train(Precision.Bf16);
        (float[] again, _) = Train(Precision.Bf16);
        (float[] single, double singleLoss) = Train(Precision.Fp32);
        Assert.Equal(weights, again);
        Assert.NotEqual(single, weights);
        Assert.Equal(singleLoss, loss, 0.02);

        static (float[] Weights, double Loss) Train(Precision precision)
        {
            TorchRandom.SeedInitialization(5);
            using var model = new Mlp(new MlpOptions { Hidden = [16] }, new SampleShape(8), 2);
            float[,] features = new float[64, 8];
            int[] classes = new int[64];
            for (int i = 0; i < 64; i++)
            {
                for (int j = 0; j < 8; j++)
                {
                    features[i, j] = MathF.Sin((i * 8) + j);
                }

                classes[i] = features[i, 0] + features[i, 3] > 0 ? 1 : 0;
            }

            var trainer = new Trainer(new TrainOptions { Epochs = 20, Precision = precision });
            TrainResult result = trainer.Fit(model, Objectives.CrossEntropy, Optimizers.AdamW(1e-2), ArrayDataset.ForClassification(features, classes));
            double loss = result.History.Last(Pass.Train)!.Loss;
            Assert.InRange(loss, 0, 0.3);
            Assert.All(model.parameters(), p => Assert.Equal(float32, p.dtype));
            return (WeightValues.Of(model), loss);
        }
    }
}
