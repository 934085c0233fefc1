using System.Text.Json.Nodes;
using Regimen.Imaging;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests runs of a segmentation from data to predicted masks: discs and squares on noise.</summary>
public sealed class SegmentationRunTests : IDisposable
{
    private readonly ProjectFolder _project = new();
    private readonly string[] _train;

    public SegmentationRunTests()
        => _train = ["train", .. Shapes.Config, $"data.root={Shapes.Write(_project.Folder, "shapes", 60)}", "data.test_fraction=0.2"];

    public void Dispose() => _project.Dispose();

    [Fact]
    public void A_small_unet_finds_the_shapes_and_every_command_shows_how_well()
    {
        JsonNode trained = _project.Do([.. _train, "trainer.epochs=14", "early_stopping.monitor=val.iou", "transforms.train=[horizontal_flip,vertical_flip]", "--json"]).Ends(0).Json;
        JsonNode tested = _project.Do("evaluate", "latest", "--json").Ends(0).Json;
        Assert.InRange(tested["iou"]!.GetValue<double>(), 0.8, 1);
        Assert.InRange(tested["dice"]!.GetValue<double>(), tested["iou"]!.GetValue<double>(), 1);
        Assert.Equal(tested["iou"]!.GetValue<double>(), tested["per_class"]!.AsArray().Average(c => c!["iou"]!.GetValue<double>()), 1e-12);
        Assert.Equal((12 * Shapes.Width * Shapes.Height) - 12, tested["per_class"]!.AsArray().Sum(c => c!["support"]!.GetValue<int>()));
        Assert.NotNull(trained);
        Assert.Matches("class +iou +precision +recall +dice +pixels", _project.Do("evaluate", "latest", "--tta", "flips").Ends(0).Out);
        Assert.Contains("can't be undone", _project.Do("evaluate", "latest", "--tta", "5").Ends(2).Error, StringComparison.Ordinal);
        string report = File.ReadAllText(Path.Combine(_project.Run, "report.html"));
        Assert.Contains("pixel_accuracy", report, StringComparison.Ordinal);
        Assert.Contains("Mistakes and calibration are not collected for the task segmentation.", report, StringComparison.Ordinal);

        // The masks, alone and together.
        string images = Path.Combine(_project.Folder["shapes"], "images");
        string[] lines = _project.Do("predict", "latest", images, "--masks", "all", "--format", "jsonl").Ends(0).Lines;
        Assert.Equal(60, lines.Length);
        JsonNode first = JsonNode.Parse(lines[0])!;
        Assert.Equal(_project.Folder["all/000.png"], first["mask"]!.ToString());
        Assert.Equal(1, first["pixels"]!.AsObject().Sum(p => p.Value!.GetValue<double>()), 1e-12);
        _project.Do("predict", "latest", Path.Combine(images, "000.png"), "--masks", "one").Ends(0);
        Assert.Equal(File.ReadAllBytes(_project.Folder["all/000.png"]), File.ReadAllBytes(_project.Folder["one/000.png"]));
        MaskImage predicted = Read("all/000.png");
        MaskImage truth = Read("shapes/masks/000.png");
        Assert.Equal((Shapes.Height, Shapes.Width), (predicted.Height, predicted.Width));
        Assert.InRange(predicted.Values.Zip(truth.Values).Count(p => p.First == p.Second) / (double)truth.Values.Length, 0.95, 1);

        Assert.InRange(_project.Do("export", "latest", "--format", "onnx", "--output", "m.onnx", "--json").Ends(0).Json["largest_difference"]!.GetValue<double>(), 0, 1e-5);
        Assert.Contains("can't be served", _project.Do("serve", "latest").Ends(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_data_counts_the_pixels_of_each_class_and_draws_masks_over_images()
    {
        string[] inspect = ["inspect", "data", .. _train[1..], "transforms.train=[rand_augment]"];
        JsonNode parts = _project.Do([.. inspect, "--json"]).Ends(0).Json["parts"]!;
        Assert.Equal(36 * ((Shapes.Width * Shapes.Height) - 1), parts[0]!["per_class"]!.AsArray().Sum(c => c!["pixels"]!.GetValue<int>()));
        Assert.Matches("without a class +0.12 % +0.12 % +0.12 %", _project.Do([.. inspect, "--sheet", "sheet.png"]).Ends(0).Out);
        Assert.True(File.Exists(_project.Folder["sheet.png"]));
    }

    [Fact]
    public void What_does_not_fit_masks_is_refused_before_the_run()
    {
        Assert.Contains("Choose objective=pixel_cross_entropy", Refused("objective=cross_entropy"), StringComparison.Ordinal);
        Assert.Contains("masks can't be mixed", Refused("loader.cutmix=1"), StringComparison.Ordinal);
        Assert.Contains("received aug_mix", Refused("transforms.train=[aug_mix]"), StringComparison.Ordinal);
        Assert.Contains("received 2", Refused("objective.class_weights=[1,2]"), StringComparison.Ordinal);
        Assert.Contains("val.iou", Refused("early_stopping.monitor=val.mean_iou"), StringComparison.Ordinal);
        Assert.Contains("model=unet", Refused("model=resnet18"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));

        string Refused(string key) => _project.Do([.. _train, key]).Ends(2).Error;
    }

    private MaskImage Read(string name) => MaskPng.Read(name, File.ReadAllBytes(_project.Folder[name]));
}
