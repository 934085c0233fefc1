using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Prediction;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

public sealed class MeasuredPixelsTests
{
    [Fact]
    public void The_training_images_alone_are_measured_and_the_numbers_are_in_the_models_file()
    {
        using var project = new ProjectFolder();
        Write(project, "train", count: 9, seed: 1);
        Write(project, "val", count: 4, seed: 50);
        Write(project, "test", count: 3, seed: 90);
        string[] line =
        [
            "train", "data=image_folder", $"data.root={project.Folder["images"]}", "data.mean=auto", "data.std=auto", "model=mlp", "trainer.epochs=2",
            "early_stopping=none", "loader.batch_size=4", "threads=1",
        ];
        project.Do([.. line, "--quiet"]).Ends(0);
        byte[][] pixels = [.. Enumerable.Range(0, 18).Select(i => Pixels(1 + i))];
        double[] mean = new double[3];
        double[] std = new double[3];
        for (int channel = 0; channel < 3; channel++)
        {
            double[] values = [.. pixels.SelectMany(p => p.Where((_, at) => at % 3 == channel)).Select(v => v / 255.0)];
            mean[channel] = values.Average();
            std[channel] = Math.Sqrt(values.Average(v => (v - mean[channel]) * (v - mean[channel])));
        }

        JsonNode step = Normalisation(project.Run);
        Assert.Equal("normalize", step["name"]!.ToString());
        Assert.All(Enumerable.Range(0, 3), c => Assert.Equal(mean[c], step["mean"]![c]!.GetValue<double>(), 1e-14));
        Assert.All(Enumerable.Range(0, 3), c => Assert.Equal(std[c], step["std"]![c]!.GetValue<double>(), 1e-12));

        // The config keeps the word, and the run is repeated from it to the same bits.
        Assert.Contains("mean: auto", File.ReadAllText(Path.Combine(project.Run, "config.yaml")), StringComparison.Ordinal);
        Assert.Contains("identical", project.Do("verify", "latest", "--quiet").Ends(0).Out, StringComparison.Ordinal);

        // predict, without the data, has the bits of evaluate's pre-processing: the probabilities of stated numbers.
        string image = Directory.GetFiles(project.Folder["images"], "*.png", SearchOption.AllDirectories)[0];
        using Predictor predictor = Predictor.Open(project.Run);
        float[] measured = [.. predictor.PredictFile(image).Outputs];
        string[] stated = [.. line.Select(l => l switch
        {
            "data.mean=auto" => $"data.mean=[{string.Join(',', step["mean"]!.AsArray().Select(m => m!.ToString()))}]",
            "data.std=auto" => $"data.std=[{string.Join(',', step["std"]!.AsArray().Select(m => m!.ToString()))}]",
            _ => l,
        })];
        using Predictor same = Predictor.Open(project.Do([.. stated, "--json"]).Ends(0).Json["run"]!.ToString());
        Assert.Equal(measured, same.PredictFile(image).Outputs.ToArray());
    }

    [Fact]
    public void A_built_in_data_set_is_measured_over_the_run_own_training_images()
    {
        using var project = new ProjectFolder();
        CommandOutput auto = project.Train("data.mean=auto", "data.std=auto", "--json").Ends(0);
        CommandOutput published = project.Train("--json").Ends(0);
        Assert.NotEqual(published.Json["weights_digest"]!.ToString(), auto.Json["weights_digest"]!.ToString());
        Assert.Equal(0.1307, Normalisation(published.Json["run"]!.ToString())["mean"]![0]!.GetValue<double>());

        // Only one of the two may be measured, too.
        JsonNode step = Normalisation(project.Train("data.mean=auto", "--json").Ends(0).Json["run"]!.ToString());
        Assert.Equal(0.3081, step["std"]![0]!.GetValue<double>());
        Assert.NotEqual(0.1307, step["mean"]![0]!.GetValue<double>());
    }

    [Fact]
    public void Images_of_one_level_and_half_a_scale_are_refused()
    {
        using var project = new ProjectFolder();
        foreach (string name in new[] { "a", "b" })
        {
            for (int i = 0; i < 3; i++)
            {
                project.Folder.Write(string.Create(CultureInfo.InvariantCulture, $"images/{name}/{i}.png"), ImageBytes.GreyPng(2, 2, [7, 7, 7, 7]));
            }
        }

        string[] line = ["train", "data=image_folder", $"data.root={project.Folder["images"]}"];
        Assert.Contains("same level", project.Do([.. line, "data.mean=auto", "data.std=auto"]).Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("auto for both", project.Do([.. line, "data.mean=auto"]).Ends(2).Error, StringComparison.Ordinal);
        Assert.Contains("or auto", project.Do([.. line, "data.mean=automatic"]).Ends(2).Error, StringComparison.Ordinal);
    }

    /// <summary>The only step of a run's pre-processing.</summary>
    private static JsonNode Normalisation(string run)
        => JsonNode.Parse(SafetensorsFile.Read(Directory.GetFiles(run, "model.safetensors", SearchOption.AllDirectories)[0]).Metadata["regimen.preprocessing"])!.AsArray().Single()!;

    private static void Write(ProjectFolder project, string part, int count, int seed)
    {
        for (int i = 0; i < 2 * count; i++)
        {
            project.Folder.Write(
                string.Create(CultureInfo.InvariantCulture, $"images/{part}/{(i < count ? "a" : "b")}/{i}.png"), ImageBytes.ColourPng(5, 3, Pixels(seed + i)));
        }
    }

    /// <summary>The pixels of an image, red, green, blue in turn.</summary>
    private static byte[] Pixels(int seed) => [.. Enumerable.Range(0, 45).Select(i => (byte)((seed * 53) + (i * i * (1 + (i % 3)))))];
}
