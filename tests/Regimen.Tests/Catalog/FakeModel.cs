using Regimen.Data;
using Regimen.Datasets;
using Regimen.Models;
using static TorchSharp.torch;

namespace Regimen.Tests.Catalog;

/// <summary>A model without weights that stores its constructor arguments.</summary>
[Model("fake_model")]
public sealed class FakeModel : FakeModule
{
    public sealed record Options
    {
        public int Width { get; init; } = 7;
    }

    /// <summary>Parameters can be in any order, and a parameter of an unsupported type can have a default value.</summary>
    public FakeModel(int outputs, Options options, SampleShape input, string note = "a default")
        => (Outputs, Chosen, Input, Note) = (outputs, options, input, note);

    public int Outputs { get; }

    public Options Chosen { get; }

    public SampleShape Input { get; }

    public string Note { get; }
}

/// <summary>A model without constructor parameters, whose constructor throws.</summary>
[Model("fake_failing_model")]
public sealed class FakeFailingModel : FakeModule
{
    public FakeFailingModel() => throw new InvalidTimeZoneException("of the model itself");
}

/// <summary>The base of test models.</summary>
public class FakeModule() : nn.Module<Tensor, Tensor>("fake")
{
    public override Tensor forward(Tensor input) => input;
}

public static class FakeDatasets
{
    public sealed record Options(string Path, [property: System.ComponentModel.DataAnnotations.Range(1, 9)] int Count = 3);

    /// <summary>A data set whose options are a positional record.</summary>
    [Dataset("fake_data")]
    public static DataSplits Load(DatasetContext context, Options options)
        => throw new InvalidTimeZoneException($"{options.Path} {options.Count} {context.Seed}");
}
