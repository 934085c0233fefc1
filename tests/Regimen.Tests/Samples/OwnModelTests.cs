using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Samples;

/// <summary>A program with a model and a data set of its own has all commands.</summary>
public sealed class OwnModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Trains_and_evaluates_its_own_model_on_its_own_data()
    {
        JsonNode trained = Do("train", "model=wide", "model.hidden=64", "data=circles", "data.count=2000", "optimizer.lr=0.01", "trainer.epochs=15", "--json").Ends(0).Json;
        Assert.InRange(trained["test"]!["accuracy"]!.GetValue<double>(), 0.9, 1.0);
        Assert.EndsWith("_circles-wide", trained["run"]!.GetValue<string>(), StringComparison.Ordinal);

        JsonNode measured = Do("evaluate", "latest", "--json").Ends(0).Json;
        Assert.Equal(trained["test"]!["loss"]!.GetValue<double>(), measured["loss"]!.GetValue<double>());
        Assert.Equal(["outside", "inside"], measured["per_class"]!.AsArray().Select(c => c!["class"]!.GetValue<string>()));
    }

    [Fact]
    public void Its_names_and_bounds_are_in_the_problems()
    {
        CommandOutput output = Do("train", "model=wide", "model.hidden=0", "data=circle").Ends(2);
        Assert.Contains("a whole number from 1 to 65536; received 0", output.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean `circles`?", output.Error, StringComparison.Ordinal);
    }

    /// <summary>What docs/extending.md shows is what is compiled and run here: each of its lines, in order.</summary>
    [Theory]
    [InlineData("[Model(\"wide\")]", "Models/Wide.cs")]
    [InlineData("[Dataset(\"circles\")]", "Datasets/Circles.cs")]
    [InlineData("RegimenApp.RunAsync", "Program.cs")]
    public void The_documents_show_this_code(string mark, string file)
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "extending.md"));
        string block = document.Split("```csharp\n").Skip(1).Select(b => b.Split("```")[0]).Single(b => b.Contains(mark, StringComparison.Ordinal));
        using IEnumerator<string> code = ((IEnumerable<string>)File.ReadAllLines(Path.Combine(Repository.Root, "samples", "OwnModel", file))).GetEnumerator();
        foreach (string line in block.Split('\n').Where(l => l.Trim() is not ("" or "…")))
        {
            bool found = false;
            while (!found && code.MoveNext())
            {
                found = code.Current == line;
            }

            Assert.True(found, $"docs/extending.md has a line that samples/OwnModel/{file} has not, or not there:\n{line}");
        }
    }

    public void Dispose() => _folder.Dispose();

    private CommandOutput Do(params string[] args)
    {
        using CommandProcess process = CommandProcess.Start("OwnModel", _folder.FullPath, args);
        return process.WaitForEnd();
    }
}
