using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Samples;

/// <summary>An exported model gives its run's accuracy in a program that references ONNX Runtime alone.</summary>
public sealed class OnnxOnlyTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void The_program_measures_the_runs_accuracy()
    {
        JsonNode trained = _project.Train("--json", "model.hidden=9").Ends(0).Json;
        _project.Do("export", "latest", "--preprocessing", "--output", "m.onnx").Ends(0);
        using CommandProcess process = CommandProcess.Start("OnnxOnly", _project.Folder.FullPath, "m.onnx", _project.Data);
        string accuracy = process.WaitForEnd().Ends(0).Out.Trim().Split(' ')[^1];
        Assert.Equal((double)trained["test"]!["accuracy"]!, double.Parse(accuracy, CultureInfo.InvariantCulture), 9);
    }

    public void Dispose() => _project.Dispose();
}
