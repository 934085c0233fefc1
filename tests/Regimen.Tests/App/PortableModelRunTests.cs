using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests that runs of each model, loss and transform that is Regimen's own are portable, and have the same bits in processes that may not use
/// some of the processor's instructions, with other kernels of libtorch, and with another number of threads.</summary>
[Collection(OtherProcesses.Name)]
public sealed class PortableModelRunTests
{
    /// <summary>The process whose bits are expected, and the one that differs most from it.</summary>
    private static readonly (string Threads, Dictionary<string, string> Environment)[] Few =
    [
        ("threads=2", []),
        ("threads=1", new() { ["DOTNET_EnableHWIntrinsic"] = "0", ["ATEN_CPU_CAPABILITY"] = "default" }),
    ];

    private static readonly (string Threads, Dictionary<string, string> Environment)[] All =
    [
        .. Few,
        ("threads=1", []),
        ("threads=2", new() { ["DOTNET_EnableAVX512"] = "0", ["ATEN_CPU_CAPABILITY"] = "avx2" }),
        ("threads=3", new() { ["DOTNET_EnableAVX2"] = "0" }),
    ];

    public static TheoryData<string, bool> Runs => new()
    {
        { "model.activation=gelu model.norm=layer model.hidden=[70,33]", false },
        { "data=text data.context=70 model=gpt model.layers=2 model.width=36 model.heads=3 model.dropout=0 objective=next_token loader.batch_size=5", true },
        { "data=text data.context=17 model=gpt model.layers=1 model.width=20 model.heads=2 model.tie=false objective=next_token objective.label_smoothing=0.1 objective.ignore_index=3 optimizer=muon", true },
        { "model=vit model.patch=7 model.width=36 model.depth=2 model.heads=3 model.dropout=0.1", true },
        { "data=csv data.path=houses.csv data.target=[price,rent] data.categories=codes model=tabular objective=huber", false },
        { "data=csv data.path=houses.csv data.target=[price] data.scale_target=log objective=mse early_stopping.monitor=val.rmse", true },
        { "data=csv data.path=iris.csv data.target=[species] data.categories=codes model=tabular model.hidden=[23] objective=focal objective.alpha=balanced optimizer=lamb optimizer.weight_decay=0.01", true },
        { "data=csv data.path=iris.csv data.target=[species] objective=cross_entropy objective.class_weights=[0.5,2,1] objective.label_smoothing=0.1 objective.ignore_index=1 optimizer=muon", true },
        { "data=csv data.path=iris.csv data.target=[field] objective=binary_cross_entropy objective.pos_weight=balanced", true },
        { "loader.mixup=0.3 loader.cutmix=0.5 transforms.train=[random_affine,random_erasing,rand_augment,random_resized_crop,gaussian_blur,aug_mix] metrics=[top_k]", true },
        { "data=text data.context=23 model=gru model.layers=2 model.width=19 model.dropout=0.1 objective=next_token", true },
        { "model.activation=tanh model.hidden=37", true },
        { "data=text data.context=41 model=gpt model.layers=2 model.width=24 model.heads=3 model.dropout=0.2 objective=next_token loader.batch_size=5 trainer.limit_train_batches=4", true },
        { "data=segmentation data.root=shapes data.classes=[background,disc,square] model=unet model.width=3 model.depth=2 objective=dice objective.cross_entropy=0.5 loader.batch_size=7", true },
        { "data=segmentation data.root=shapes data.classes=[background,disc,square] model=unet model.width=4 model.depth=1 loader.batch_size=5 trainer.limit_train_batches=2", true },
        { "metrics=[calibration_error] model.hidden=[19]", true },
        { "model.activation=silu model.norm=layer model.dropout=0.2 model.hidden=[37,41]", true },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_run_has_the_same_bits_on_other_processors_and_threads(string keys, bool isLong)
    {
        bool all = Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1";
        Assert.SkipWhen(isLong && !all, "takes a quarter of a minute: REGIMEN_LONG=1");
        using var project = new ProjectFolder();
        project.Folder.Write("data/text/story.txt", TinyText.Of(6000));
        Shapes.Write(project.Folder, "shapes", 18);
        project.Folder.Write("iris.csv", Tables.Iris(151));
        project.Folder.Write("houses.csv", Tables.Houses(151));
        string? expected = null;
        foreach ((string threads, Dictionary<string, string> environment) in all ? All : Few)
        {
            string received = Trained(project, environment, [.. keys.Split(' '), threads]);
            expected ??= received;
            Assert.True(expected == received, $"{threads} {string.Join(' ', environment)}:\n{expected}\n{received}");
        }
    }

    /// <summary>Trains, and returns every loss, the results and the digest of the weights.</summary>
    private static string Trained(ProjectFolder project, Dictionary<string, string> environment, string[] keys)
    {
        using CommandProcess process = CommandProcess.Regimen(
            project.Folder.FullPath, environment, ["train", "trainer.bits=portable", "trainer.epochs=2", "loader.batch_size=24", "--quiet", .. keys]);
        process.WaitForEnd().Ends(0);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(project.Run, "run.json")))!;
        Assert.Equal("portable", manifest["bits"]!.GetValue<string>());
        string record = string.Join(
            '\n', manifest["weights_digest"]!, manifest["val"]!.ToJsonString(), manifest["test"]?.ToJsonString(),
            Convert.ToHexString(File.ReadAllBytes(Path.Combine(project.Run, "steps.f32"))));
        Directory.Delete(project.Run, recursive: true);
        return record;
    }
}
