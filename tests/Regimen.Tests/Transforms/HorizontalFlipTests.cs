using Regimen.Data;
using Regimen.Reproducibility;
using Regimen.Tests.TestKit;
using Regimen.Transforms;

namespace Regimen.Tests.Transforms;

public sealed class HorizontalFlipTests
{
    [Fact]
    public void Every_row_of_every_channel_is_mirrored()
    {
        float[] output = new float[12];
        RandomStream random = RandomStream.For(1, RandomPurpose.Augmentation);

        new HorizontalFlip { P = 1 }.Apply([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], output, new SampleShape(2, 2, 3), ref random);

        Assert.Equal([3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10], output);
    }

    [Fact]
    public void The_fraction_of_mirrored_samples_is_the_probability()
    {
        var flip = new HorizontalFlip { P = 0.3 };
        float[] output = new float[2];
        int mirrored = 0;
        for (int i = 0; i < 10_000; i++)
        {
            RandomStream random = RandomStream.For(1, RandomPurpose.Augmentation, 1, i);
            flip.Apply([1, 2], output, new SampleShape(1, 1, 2), ref random);
            mirrored += output[0] == 2 ? 1 : 0;
        }

        Assert.InRange(mirrored, 2_800, 3_200);
    }

    [Fact]
    public void The_description_is_its_config()
        => Assert.Equal("""{"name":"horizontal_flip","p":0.25}""", new HorizontalFlip { P = 0.25 }.Describe().ToJsonString());

    [Fact]
    public void The_transforms_of_a_config_are_applied()
    {
        using var project = new ProjectFolder();

        CommandOutput plain = project.Train("transforms.train=[{name: horizontal_flip, p: 0}]", "--json").Ends(0);
        CommandOutput twice = project.Train("transforms.train=[{name: horizontal_flip, p: 1}, {name: horizontal_flip, p: 1}]", "--json").Ends(0);
        CommandOutput mirrored = project.Train("transforms.train=[{name: horizontal_flip, p: 1}]", "--json").Ends(0);

        Assert.Equal(Digest(plain), Digest(twice));
        Assert.NotEqual(Digest(plain), Digest(mirrored));

        static string Digest(CommandOutput output) => output.Json["weights_digest"]!.GetValue<string>();
    }

    [Fact]
    public void A_run_from_its_own_config_applies_the_same_transforms()
    {
        using var project = new ProjectFolder();
        CommandOutput first = project.Train("transforms.train=[horizontal_flip]", "--json").Ends(0);

        CommandOutput again = project.Do("train", "--config", Path.Combine(project.Run, "config.yaml"), "runs=others", "--json").Ends(0);

        Assert.Equal(first.Json["weights_digest"]!.ToString(), again.Json["weights_digest"]!.ToString());
    }
}
