using Regimen.Reports;
using Regimen.Runs;
using Regimen.Tests.Reports;
using Regimen.Tests.TestKit;
using Regimen.Training;

namespace Regimen.Tests.App;

public sealed class ReportCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    private string Report => Path.Combine(_project.Run, RunReport.FileName);

    [Fact]
    public void A_run_ends_with_its_report_which_the_command_writes_with_the_same_bytes()
    {
        string output = _project.Train("model.hidden=31").Ends(0).Out;
        Assert.Contains(RunReport.FileName, output, StringComparison.Ordinal);
        byte[] written = File.ReadAllBytes(Report);
        string page = RunReportTests.Parse(System.Text.Encoding.UTF8.GetString(written)).Value;
        Assert.Contains("Worst mistakes", page, StringComparison.Ordinal);
        Assert.Contains("31 default 128", page, StringComparison.Ordinal);
        File.Delete(Report);
        Assert.EndsWith($"{RunReport.FileName}\n", _project.Do("report", "latest").Ends(0).Out, StringComparison.Ordinal);
        Assert.Equal(written, File.ReadAllBytes(Report));
    }

    [Fact]
    public void Without_report_none_is_written()
    {
        _project.Train("report=false").Ends(0);
        Assert.False(File.Exists(Report));
    }

    [Fact]
    public void A_report_that_cannot_be_written_is_told_once_and_does_not_fail_the_run()
    {
        using var tiny = new TinyExperiment();
        string run = tiny.Train(["trainer.max_steps=3"], happened =>
        {
            if (happened is TrainEvent.StepTaken { State.At.Step: 2 })
            {
                Directory.CreateDirectory(Path.Combine(Directory.GetDirectories(tiny.Runs).Single(), RunReport.FileName, "in the way"));
            }
        });
        Assert.Equal(RunStatus.Finished, RunManifest.Read(Path.Combine(run, "run.json")).Status);
        Assert.Single(File.ReadAllLines(Path.Combine(run, "train.log")), l => l.Contains($"WRN {RunReport.FileName} is not written: ", StringComparison.Ordinal));
        Assert.Contains(RunReport.FileName, _project.Do("report", run).Ends(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_of_an_earlier_version_is_evaluated_for_its_report_where_its_data_is_there()
    {
        _project.Train().Ends(0);
        byte[] complete = File.ReadAllBytes(Report);
        File.Delete(Path.Combine(_project.Run, RunFindings.FileName));
        string config = Path.Combine(_project.Run, "config.yaml");
        File.WriteAllLines(config, File.ReadAllLines(config).Where(l => !l.StartsWith("report:", StringComparison.Ordinal)));
        string[] before = [.. Directory.GetFileSystemEntries(_project.Run).Order()];
        Assert.Equal(string.Empty, _project.Do("report", "latest").Ends(0).Error);
        Assert.Equal(before, Directory.GetFileSystemEntries(_project.Run).Order());
        Assert.Contains("Worst mistakes", File.ReadAllText(Report), StringComparison.Ordinal);

        Directory.Move(_project.Data, _project.Data + "-moved");
        Assert.StartsWith("note: the run is not evaluated: ", _project.Do("report", "latest").Ends(0).Error, StringComparison.Ordinal);
        Assert.Contains("the run could not be evaluated: ", File.ReadAllText(Report), StringComparison.Ordinal);
        Assert.Equal(string.Empty, _project.Do("report", "latest", $"data.root={_project.Data}-moved").Ends(0).Error);
        Assert.Contains("Worst mistakes", File.ReadAllText(Report), StringComparison.Ordinal);
        Assert.NotEmpty(complete);
    }

    [Fact]
    public void Several_runs_are_compared_in_one_file()
    {
        _project.Train("name=first").Ends(0);
        _project.Train("name=second", "optimizer.lr=0.02").Ends(0);
        string[] runs = Directory.GetDirectories(_project.Runs);
        _project.Do("report", runs[0], runs[1], "--output", "both.html").Ends(0);
        string page = RunReportTests.Parse(File.ReadAllText(_project.Folder["both.html"])).Value;
        Assert.Contains("optimizer.lr", page, StringComparison.Ordinal);
        Assert.Contains("2 runs compared", page, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_run_and_no_run_are_refused()
    {
        Assert.Contains("There is no run 'nothing'", _project.Do("report", "nothing").Ends(2).Error, StringComparison.Ordinal);
        _project.Do("report").Ends(2);
        Assert.Contains("No run is named", _project.Do("report", "data.root=x").Ends(2).Error, StringComparison.Ordinal);
    }

    public void Dispose() => _project.Dispose();
}
