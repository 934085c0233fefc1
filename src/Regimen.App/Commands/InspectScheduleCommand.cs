using System.CommandLine;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.App.Screen;
using Regimen.Catalog;
using Regimen.Charts;
using Regimen.Configuration;
using Regimen.Curves;
using Regimen.Experiments;
using Regimen.Optimization;
using Regimen.Training;

namespace Regimen.App.Commands;

/// <summary>The <c>regimen inspect schedule</c> command: draws the learning rate over the steps of a run, without training.</summary>
internal static class InspectScheduleCommand
{
    /// <summary>The most steps whose learning rates are computed; of a longer run as many, evenly distributed.</summary>
    private const int MostComputed = 1_000_000;

    /// <summary>The most steps that a document lists; of a longer run the least, the greatest and the last of each of 1,000 parts.</summary>
    private const int MostListed = 10_000;
    private const int JsonColumns = 1000;

    public static Command Build(AppHost host)
    {
        var shared = new SharedOptions();
        var config = new ConfigArguments();
        Option<bool> log = new("--log") { Description = "Use a logarithmic vertical axis; values that are not positive are left out." };
        var command = new Command("schedule", "Draw the learning rate over the steps of a run.") { log };
        config.AddTo(command);
        shared.AddTo(command);
        command.SetAction(shared.Action(host, parsed =>
        {
            ComponentCatalog catalog = ConfigArguments.Catalog(host);
            RunConfig composed = config.Compose(host, parsed, catalog).Config;
            TrainPlan plan = ExperimentPreparation.Plan(composed, catalog);
            Curve lr = LearningRates(composed, plan);
            if (parsed.GetValue(shared.Json))
            {
                ProblemReport.WriteJson(host, Document(composed, plan, lr));
            }
            else
            {
                Write(host, composed, plan, lr, parsed.GetValue(log));
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Curve LearningRates(RunConfig config, TrainPlan plan)
    {
        Schedule schedule = config.Schedule.Options;
        double lr = config.Optimizer.Options.Lr;
        int count = (int)Math.Min(plan.TotalSteps, MostComputed);
        long[] steps = [.. Enumerable.Range(0, count).Select(i => count == plan.TotalSteps ? i + 1 : 1 + (long)((Int128)i * (plan.TotalSteps - 1) / (count - 1)))];
        double[] values = [.. steps.Select(step => lr * schedule.FactorWithWarmup(new(step, EpochOf(step, plan), plan.StepsPerEpoch, plan.TotalSteps) { Lr = lr }))];
        return new Curve("lr", steps, values, RunClock.Unknown);
    }

    private static int EpochOf(long step, TrainPlan plan) => (int)((step - 1) / plan.StepsPerEpoch) + 1;

    private static void Write(AppHost host, RunConfig config, TrainPlan plan, Curve lr, bool isLog)
    {
        Page page = Page.Of(host);
        Schedule schedule = config.Schedule.Options;
        string name = config.Schedule.Name;
        string warmup = schedule.WarmupSteps == 0 ? string.Empty : $"warmup of {DisplayText.Count(schedule.WarmupSteps)} steps, ";
        page.Line($"{name}  {warmup}optimizer.lr {DisplayText.Number(config.Optimizer.Options.Lr)}, {DisplayText.Count(plan.TotalSteps)} steps, {DisplayText.Count(plan.StepsPerEpoch)} in an epoch", name.Length, Page.HeadingStyle);
        if (schedule.Watches is { } monitor)
        {
            page.Line($"The learning rate depends on {monitor}. It is drawn for a value that improves at every validation.");
        }

        Curve drawn = DownSampling.MinMaxLast(lr, 2 * PlotText.Width(host));
        LineSeries line = new(lr.Name, [.. drawn.Points.Select(p => (double)p.Step)], drawn.Values.ToArray());
        PlotText.Write(host, [line], new ChartAxis { Label = "step", IsTight = true, IsWhole = true }, isLog);
    }

    private static JsonObject Document(RunConfig config, TrainPlan plan, Curve lr)
    {
        Curve listed = lr.Count <= MostListed ? lr : DownSampling.MinMaxLast(lr, JsonColumns);
        return new JsonObject
        {
            ["schedule"] = config.Schedule.Name,
            ["optimizer_lr"] = config.Optimizer.Options.Lr,
            ["warmup_steps"] = config.Schedule.Options.WarmupSteps,
            ["monitor"] = config.Schedule.Options.Watches,
            ["steps_per_epoch"] = plan.StepsPerEpoch,
            ["total_steps"] = plan.TotalSteps,
            ["step"] = new JsonArray([.. listed.Points.Select(p => JsonValue.Create(p.Step))]),
            ["epoch"] = new JsonArray([.. listed.Points.Select(p => JsonValue.Create(EpochOf(p.Step, plan)))]),
            ["lr"] = new JsonArray([.. listed.Points.Select(p => ProblemReport.Number(p.Value))]),
        };
    }
}
