using Regimen.Engine;
using Regimen.Runs;

namespace Regimen.Recording;

/// <summary>What surrounds a run: machine, versions, source.</summary>
/// <param name="Versions">The versions of all that has a say in a run's bits.</param>
/// <param name="Git">The state of the source.</param>
/// <param name="CodePatch">How the source differed from its commit, as git tells it; null where it did not, or is not to be recorded.</param>
public sealed record RunEnvironment(RunVersions Versions, GitState? Git, byte[]? CodePatch = null)
{
    /// <summary>Those of this process.</summary>
    /// <param name="git">The state of the source.</param>
    /// <param name="codePatch">How it differed from its commit.</param>
    public static RunEnvironment OfProcess(GitState? git, byte[]? codePatch = null)
    {
        Machine machine = Machine.Inspect();
        return new(
            new RunVersions(
                machine.RegimenVersion,
                machine.TorchSharpVersion,
                machine.LibTorchVersion ?? "unknown",
                machine.DotNetVersion,
                machine.OperatingSystem,
                machine.Processor,
                string.Join(' ', machine.InstructionSets)),
            git,
            codePatch);
    }
}
