using System.Globalization;
using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

/// <summary>The accuracies of the recipes in docs/models.md are those of their runs. Cheap numbers are in transcripts (<see cref="TranscriptTests"/>);
/// times are measured in bench/.</summary>
public sealed partial class DocumentNumbersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, double> Recipes
    {
        get
        {
            var recipes = new TheoryData<string, double>();
            foreach (Match row in Recipe().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "models.md"))))
            {
                recipes.Add(row.Groups["experiment"].Value, double.Parse(row.Groups["accuracy"].Value, CultureInfo.InvariantCulture));
            }

            return recipes;
        }
    }

    /// <summary>With a tolerance of 0.3 points: 30 of 10,000 images, by which another processor's rounding may differ.</summary>
    [Theory]
    [MemberData(nameof(Recipes))]
    public void A_recipe_has_the_accuracy_that_its_document_states(string experiment, double accuracy)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "trains for minutes: REGIMEN_LONG=1");
        using CommandProcess process = CommandProcess.Regimen(_folder.FullPath, "train", $"experiment={experiment}", $"data.root={Path.Combine(Repository.Root, "data", "mnist")}", "--json");
        Assert.Equal(accuracy / 100, process.WaitForEnd(TimeSpan.FromHours(1)).Ends(0).Json["test"]!["accuracy"]!.GetValue<double>(), 0.003);
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex(@"^\| `regimen train experiment=(?<experiment>\w+)` \|.*test accuracy (?<accuracy>[\d.]+) % \|$", RegexOptions.Multiline)]
    private static partial Regex Recipe();
}
