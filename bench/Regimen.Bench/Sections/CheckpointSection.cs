using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>The cost of the record, mainly of checkpoints: the default run with all features against the same training without a record, and
/// with a checkpoint every 50 steps against one per epoch.</summary>
internal static class CheckpointSection
{
    private const int Pairs = 15;
    private const string Ready = "optimizer=adamw";

    public static void Run(Report report)
    {
        Peer all = Peer.Worker("Regimen", "regimen", Ready, "epochs=4");
        report.Compare("the default run's training, a checkpoint per epoch", "µs/step", all, Peer.Worker("no record", "regimen", Ready, "epochs=4", "record=none"), 1.02, Pairs);
        Peer often = Peer.Worker("Regimen", "regimen", Ready, "epochs=4", "more=checkpoint.every_steps=50");
        report.Compare("a checkpoint every 50 steps", "µs/step", often, Peer.Worker("a checkpoint per epoch", "regimen", Ready, "epochs=4"), null, Pairs);
    }
}
