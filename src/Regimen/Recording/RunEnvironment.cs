using Regimen.Engine;
using Regimen.Runs;

namespace Regimen.Recording;

/// <summary>The environment of a run: machine, versions, source code.</summary>
/// <param name="Versions">The versions of all components that can affect the bits of a run.</param>
/// <param name="Git">The git state of the source code; null outside a git repository.</param>
/// <param name="CodePatch">The difference between the source code and its commit, as output by git; null if there is none or it is not
/// recorded.</param>
public sealed record RunEnvironment(RunVersions Versions, GitState? Git, byte[]? CodePatch = null)
{
    /// <summary>Returns the environment of this process.</summary>
    /// <param name="git">The git state of the source code.</param>
    /// <param name="codePatch">The difference between the source code and its commit.</param>
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
