using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>What the record costs, checkpoints above all: the ready run with everything on against the same training that leaves nothing
/// behind, and with a checkpoint every 50 steps against one an epoch.</summary>
internal static class CheckpointSection
{
    private const int Pairs = 15;
    private const string Ready = "optimizer=adamw";

    public static void Run(Report report)
    {
        Peer all = Peer.Worker("Regimen", "regimen", Ready, "epochs=4");
        report.Compare("the ready run's training, a checkpoint an epoch", "µs/step", all, Peer.Worker("no record at all", "regimen", Ready, "epochs=4", "record=none"), 1.02, Pairs);
        Peer often = Peer.Worker("Regimen", "regimen", Ready, "epochs=4", "more=checkpoint.every_steps=50");
        report.Compare("a checkpoint every 50 steps", "µs/step", often, Peer.Worker("a checkpoint an epoch", "regimen", Ready, "epochs=4"), null, Pairs);
    }
}
