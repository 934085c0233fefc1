using System.Reflection.PortableExecutable;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

public sealed class CompiledAheadTests
{
    /// <summary>Checks the Release output that <c>dotnet run</c> starts: it has native code besides the IL.</summary>
    [Theory]
    [InlineData("Regimen")]
    [InlineData("Regimen.App")]
    [InlineData("TorchSharp")]
    [InlineData("System.CommandLine")]
    public void The_assemblies_of_the_program_are_compiled_ahead_of_time(string assembly)
    {
        string project = Path.Combine(Repository.Root, "src", "Regimen.Cli");
        string compiled = Path.Combine(project, "obj", "Release", "net10.0", "ready-to-run", $"{assembly}.dll");
        Assert.SkipUnless(File.Exists(compiled), "the program was not built in Release, or without the compiler");
        Assert.True(HasNativeCode(Path.Combine(project, "bin", "Release", "net10.0", $"{assembly}.dll")));
    }

    private static bool HasNativeCode(string file)
    {
        using var reader = new PEReader(File.OpenRead(file));
        return reader.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0;
    }
}
