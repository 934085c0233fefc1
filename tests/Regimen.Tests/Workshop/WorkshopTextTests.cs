using System.Text.RegularExpressions;
using Workshop;
using ExerciseCatalog = Workshop.Checks.Catalog;

namespace Regimen.Tests.Workshop;

/// <summary>Checks what the workshop's files say, without running the steps.</summary>
public sealed partial class WorkshopTextTests
{
    public static TheoryData<string> Steps => WorkshopStepTests.Steps;

    public static TheoryData<string, int> Exercises
    {
        get
        {
            var exercises = new TheoryData<string, int>();
            foreach (Exercise exercise in ExerciseCatalog.All)
            {
                exercises.Add(exercise.Step, exercise.Number);
            }

            return exercises;
        }
    }

    [Fact]
    public void There_are_steps_00_to_12_and_the_table_lists_them()
    {
        string table = File.ReadAllText(Path.Combine(WorkshopStepTests.Folder, "README.md"));
        string[] files = [.. WorkshopStepTests.StepFiles.Select(f => Path.GetFileName(f))];
        Assert.Equal(Enumerable.Range(0, 13).Select(i => $"{i:00}"), files.Select(f => f[..2]));
        Assert.All(files, f => Assert.Contains($"| [{f[..2]} {StepSource.Read(Path.Combine(WorkshopStepTests.Folder, f)).Title}]({f}) |", table, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_step_has_its_question_its_news_its_break_its_answer_and_links_that_exist(string file)
    {
        StepSource step = StepSource.Read(Path.Combine(WorkshopStepTests.Folder, file));
        int number = int.Parse(file[..2], System.Globalization.CultureInfo.InvariantCulture);
        Assert.All(["Think first", "Break it", "Answer", "In Regimen"], heading => Assert.NotEmpty(step.Section(heading)));
        Assert.True(number == 0 || step.Section($"New since step {number - 1:00}").StartsWith("- ", StringComparison.Ordinal));
        Assert.Contains($"dotnet run workshop/{file} -- --break", step.Section("Break it"), StringComparison.Ordinal);
        Assert.Contains("](../src/", step.Section("In Regimen"), StringComparison.Ordinal);
        Assert.All(Link().Matches(File.ReadAllText(step.Path)), l => Assert.True(Path.Exists(Path.Combine(WorkshopStepTests.Folder, l.Groups["target"].Value)), l.Value));
        Assert.True(File.Exists(Path.Combine(WorkshopStepTests.Folder, "pytorch", $"{file[..2]}.py")));
        Assert.InRange(ExerciseCatalog.All.Count(e => e.Step == file[..2]), 2, 3);
        Assert.Contains(step.Parts.OfType<SourcePart.Code>(), c => c.BrokenOutput.Count > 0);
    }

    [Theory]
    [MemberData(nameof(Exercises))]
    public void An_exercise_fails_unwritten_and_passes_solved(string step, int number)
    {
        Exercise exercise = ExerciseCatalog.All.Single(e => (e.Step, e.Number) == (step, number));
        Assert.Equal("not written yet", exercise.Check(solution: false));
        Assert.Null(exercise.Check(solution: true));
        Assert.NotEmpty(exercise.Hints);
    }

    /// <summary>Steps use what earlier steps built: the same code, in the library.</summary>
    [Theory]
    [InlineData("01-dataset.cs", "MnistDataset.cs")]
    [InlineData("02-loader.cs", "Batches.cs")]
    [InlineData("03-tensors-and-modules.cs", "Perceptron.cs")]
    public void The_library_has_the_class_of_the_step(string step, string built)
    {
        string library = File.ReadAllText(Path.Combine(WorkshopStepTests.Folder, "lib", "Built", built));
        string code = library[library.IndexOf("/// <summary>", StringComparison.Ordinal)..].Trim();
        Assert.EndsWith(code, File.ReadAllText(Path.Combine(WorkshopStepTests.Folder, step)).Trim(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loss 0.0942", "loss 0.0958", true)]
    [InlineData("loss 0.0942", "loss 0.1042", false)]
    [InlineData("938 batches", "939 batches", false)]
    [InlineData("~ 0  12  7", "0  14  2", true)]
    [InlineData("~ 0  12  7", "0  19  2", false)]
    [InlineData("weights …", "weights 2f9c", true)]
    [InlineData("weights …", "weight 2f9c", false)]
    [InlineData("loss 2.30", "loss NaN", false)]
    [InlineData("fc1: [64, 784]", "fc1: [64, 785]", false)]
    public void Output_is_compared_with_what_is_stated(string stated, string printed, bool equal)
        => Assert.Equal(equal, StatedOutput.AreEqual(stated, printed));

    [Fact]
    public void A_source_is_split_into_text_and_code_with_its_output()
    {
        StepSource source = StepSource.Parse("07-x.cs", ["int a = 1;", "", "/*", "# Title", "## Think first", "Why?", "*/", "Print(a);", "//> 1", "//! 2", "//~ 3 4", "/* short */", "a++;"]);
        Assert.Equal(("07", "Title", "Why?"), (source.Number, source.Title, source.Section("Think first")));
        SourcePart.Code[] code = [.. source.Parts.OfType<SourcePart.Code>()];
        Assert.Equal(["int a = 1;", "Print(a);", "a++;"], code.Select(c => c.Text));
        Assert.Equal(["1", "~3 4"], code[1].Output);
        Assert.Equal(["2"], code[1].BrokenOutput);
        Assert.Equal([(1, 2), (8, 11), (13, 13)], code.Select(c => (c.FirstLine, c.LastLine)));
        Assert.Throws<FormatException>(() => StepSource.Parse("x.cs", ["/* no end"]));
    }

    [Fact]
    public void Missing_and_additional_lines_are_differences()
    {
        StepSource source = StepSource.Parse("07-x.cs", ["Print();", "//> one", "//> two 2.5"]);
        Assert.Empty(StatedOutput.Differences(source, [new(1, "one\ntwo 2.51\n", null)], isBroken: false));
        Assert.Single(StatedOutput.Differences(source, [new(1, "one\n", null)], isBroken: false));
        Assert.Single(StatedOutput.Differences(source, [new(1, "one\ntwo 2.5\nthree\n", null)], isBroken: false));
        Assert.Empty(StatedOutput.Differences(source, [new(1, "other\n", null)], isBroken: true));
    }

    [GeneratedRegex(@"\]\((?<target>\.\./[^)#]+)[^)]*\)")]
    private static partial Regex Link();
}
