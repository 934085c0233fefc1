using Regimen.Catalog;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Safetensors;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Experiments;

/// <summary>Tests that a trained model opens from its file alone.</summary>
public sealed class OpenModelTests
{
    [Theory]
    [InlineData("model=mlp", "model.hidden=9")]
    [InlineData("model=cnn", "transforms.train=[{name: resize, size: [14, 14]}]", "transforms.eval=[{name: resize, size: [14, 14]}]")]
    [InlineData("model=lenet")]
    [InlineData("model=vit", "model.patch=7", "model.width=12", "model.depth=2", "model.heads=3", "model.dropout=0.1")]
    [InlineData("model=resnet18")]
    public void A_model_opens_without_its_data_and_gives_the_runs_outputs(params string[] config)
    {
        Assert.SkipWhen(config[0] == "model=resnet18" && Environment.GetEnvironmentVariable("REGIMEN_LONG") != "1", "takes ten seconds: REGIMEN_LONG=1");
        using var project = new ProjectFolder();
        project.Train(["trainer.epochs=1", .. config]).Ends(0);
        var catalog = ComponentCatalog.From();
        TrainedModel trained = TrainedModel.Find(project.Run, project.Runs, project.Folder.FullPath);
        Tensor expected;
        Tensor input;
        using (Experiment experiment = trained.Load(catalog))
        {
            using var loader = experiment.EvaluationLoader("test");
            experiment.Model.eval();
            using IDisposable noGrad = no_grad();
            Batch batch = loader.InOrder(TestContext.Current.CancellationToken).First();
            input = batch.Input.clone();
            expected = ((nn.Module<Tensor, Tensor>)experiment.Model).call(batch.Input).clone();
        }

        Directory.Delete(project.Data, recursive: true);
        using OpenModel open = trained.Open(catalog);
        using (no_grad())
        {
            Assert.True(((nn.Module<Tensor, Tensor>)open.Model).call(input).eq(expected).all().ToBoolean());
        }

        Assert.Equal((10, 10, false), (open.Context.Outputs, open.Context.Classes.Count, open.Model.training));
        Assert.Equal(config[0] == "model=cnn" ? new SampleShape(1, 14, 14) : new SampleShape(1, 28, 28), open.Context.InputShape);
        Assert.Contains("normalize", open.Preprocessing.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_an_earlier_version_opens_by_its_shape_and_classes()
    {
        using var project = new ProjectFolder();
        project.Train("trainer.epochs=1", "model.hidden=9").Ends(0);
        string file = Directory.GetFiles(project.Run, "model.safetensors", SearchOption.AllDirectories).First();
        Rewrite(file, project.Folder["old.safetensors"], metadata => metadata.Remove("regimen.context"));
        using OpenModel open = TrainedModel.Find(project.Folder["old.safetensors"], project.Runs, project.Folder.FullPath).Open(ComponentCatalog.From());
        Assert.Equal((10, new SampleShape(1, 28, 28)), (open.Context.Outputs, open.Context.InputShape));
    }

    [Theory]
    [InlineData("regimen.context", "{}")]
    [InlineData("regimen.context", "nothing")]
    [InlineData("regimen.classes", "[1]")]
    [InlineData("regimen.preprocessing", "{")]
    [InlineData("regimen.config", "[]")]
    [InlineData("regimen.context", """{"inputs":[{"name":"input","shape":[1,5,5],"type":"float32"}],"outputs":10,"target":null}""")]
    public void Damaged_metadata_is_refused(string key, string value)
    {
        using var project = new ProjectFolder();
        project.Train("trainer.epochs=1", "model.hidden=9").Ends(0);
        string file = Directory.GetFiles(project.Run, "model.safetensors", SearchOption.AllDirectories).First();
        Rewrite(file, project.Folder["new.safetensors"], metadata => metadata[key] = value);
        Assert.Throws<RequestException>(() => TrainedModel.Find(project.Folder["new.safetensors"], project.Runs, project.Folder.FullPath).Open(ComponentCatalog.From()));
    }

    [Fact]
    public void Weights_are_saved_and_loaded_with_the_same_digest()
    {
        using var folder = new TemporaryFolder();
        using TinyNet model = TinyNet.Seeded();
        using TinyNet other = TinyNet.Seeded(seed: 2);
        Weights.Save(model, folder["a.safetensors"]);
        Weights.Save(model, folder["a.safetensors"]);
        Assert.NotEqual(Weights.Digest(model), Weights.Digest(other));
        Weights.Load(other, folder["a.safetensors"]);
        Assert.Equal(Weights.Digest(model), Weights.Digest(other));
        Assert.Equal(["a.safetensors"], Directory.GetFiles(folder.FullPath).Select(Path.GetFileName));
        using TinyNet larger = TinyNet.Seeded(hidden: 9);
        Assert.Throws<RequestException>(() => Weights.Load(larger, folder["a.safetensors"]));
    }

    private static void Rewrite(string from, string to, Action<Dictionary<string, string>> change)
    {
        SafetensorsFile file = SafetensorsFile.Read(from);
        var metadata = new Dictionary<string, string>(file.Metadata);
        change(metadata);
        SafetensorsWriter.Write(to, file.Entries.Select(e => KeyValuePair.Create(e.Name, file.ToTensor(e))), metadata);
    }
}
