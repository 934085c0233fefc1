using Regimen.Tests.TestKit;

namespace Regimen.Tests.Sweeps;

/// <summary>Tests the requests that the command <c>cv</c> refuses, and its plan.</summary>
public sealed class CrossValidationRequestTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    public CrossValidationRequestTests() => CrossValidationTests.Write(_project);

    public void Dispose() => _project.Dispose();

    [Theory]
    [InlineData("The number of folds is missing", "cv data.limit=90")]
    [InlineData("a whole number from 2 to 10000; received 1", "cv folds=1")]
    [InlineData("Unknown setting `cv.grup`", "cv folds=2 cv.grup=a")]
    [InlineData("true, false or auto; received yes", "cv folds=2 cv.stratify=yes")]
    [InlineData("The cross-validation sets the fold of each run", "cv folds=2 data.fold=2")]
    [InlineData("data=text can't be divided into folds", "cv folds=2 data=text")]
    [InlineData("Folds can be stratified by classes only", "cv folds=2 cv.stratify=true data=csv data.path=iris.csv data.target=[species] objective=mse early_stopping=none")]
    [InlineData("data.folds: There are fewer groups of data.group than folds", "cv folds=20 cv.group=who data=csv data.path=iris.csv data.target=[species]")]
    [InlineData("can't be changed", "cv --resume latest folds=3")]
    [InlineData("There is no cross-validation 'nowhere'", "cv --resume nowhere")]
    [InlineData("Unknown key `epoch` in trainer", "cv folds=2 trainer.epoch=3")]
    public void A_wrong_request_is_refused_before_anything_is_written(string message, string command)
    {
        Assert.Contains(message, _project.Do(command.Replace("iris.csv", _project.Folder["iris.csv"], StringComparison.Ordinal).Split(' ')).Ends(2).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void A_plan_is_checked_without_training()
    {
        string[] command = ["cv", "folds=3", "repeats=2", "cv.stratify=false", $"data.root={_project.Data}", "--dry-run"];
        Assert.Contains("3 folds, 2 repeats: 6 runs", _project.Do(command).Ends(0).Out, StringComparison.Ordinal);
        Assert.Equal(["1", "2", "3", "1", "2", "3"], _project.Do([.. command, "--json"]).Ends(0).Json["folds"]!.AsArray().Select(f => $"{f!["fold"]}"));
        Assert.False(Directory.Exists(_project.Runs));
    }

    [Fact]
    public void A_run_recorded_before_these_keys_existed_is_verified_and_resumed()
    {
        string[] train = ["data=csv", $"data.path={_project.Folder["iris.csv"]}", "data.target=[species]", "data.drop=[who]", "trainer.epochs=2", "--quiet"];
        _project.Do(["train", .. train]).Ends(0);
        string config = Path.Combine(_project.Run, "config.yaml");
        string[] lines = File.ReadAllLines(config);
        string[] before = [.. lines.Where(l => l.Trim().Split(':')[0] is not ("group" or "folds" or "fold" or "repeat" or "window" or "horizon" or "stride"))];
        Assert.Equal(7, lines.Length - before.Length);
        File.WriteAllLines(config, before);
        Assert.Contains("identical: ", _project.Do("verify", "latest", "--quiet").Ends(0).Out, StringComparison.Ordinal);
        _project.Do("resume", "latest", "trainer.epochs=3", "--quiet").Ends(0);
    }
}
