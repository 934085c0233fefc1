using System.Text.Json.Serialization;

namespace Regimen.Runs;

/// <summary>The versions that the bits of a run may depend on.</summary>
/// <param name="Regimen">The version of Regimen.</param>
/// <param name="TorchSharp">The version of TorchSharp.</param>
/// <param name="Libtorch">The version of libtorch.</param>
/// <param name="Dotnet">The version of the .NET runtime.</param>
/// <param name="Os">The operating system.</param>
/// <param name="Cpu">The processor.</param>
/// <param name="InstructionSet">The widest vector instructions of the processor.</param>
public sealed record RunVersions(string Regimen, [property: JsonPropertyName("torchsharp")] string TorchSharp, string Libtorch, string Dotnet, string Os, string Cpu, string InstructionSet)
{
    /// <summary>Describes each difference between two records.</summary>
    public static IEnumerable<string> Differences(RunVersions recorded, RunVersions here)
    {
        (string Name, string Recorded, string Here)[] all =
        [
            ("Regimen", recorded.Regimen, here.Regimen),
            ("TorchSharp", recorded.TorchSharp, here.TorchSharp),
            ("libtorch", recorded.Libtorch, here.Libtorch),
            (".NET", recorded.Dotnet, here.Dotnet),
            ("operating system", recorded.Os, here.Os),
            ("processor", recorded.Cpu, here.Cpu),
            ("instruction set", recorded.InstructionSet, here.InstructionSet),
        ];
        return all.Where(v => v.Recorded != v.Here).Select(v => $"{v.Name} is {v.Here} here, {v.Recorded} in the run's record");
    }
}
