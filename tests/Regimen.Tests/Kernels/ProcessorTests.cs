using Regimen.Tests.TestKit;

namespace Regimen.Tests.Kernels;

/// <summary>Tests that processes which may not use some of the processor's instructions compute the same bits.</summary>
[Collection(OtherProcesses.Name)]
public sealed class ProcessorTests
{
    [Fact]
    public void Products_have_the_same_bits_without_some_instructions()
    {
        string[] all = [.. new[] { "", "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic" }.Select(Measured)];
        Assert.Single(all.Select(line => line.Split(' ')[1]).Distinct());

        // The switches do what they are for.
        Assert.Equal("Scalar", all[3].Split(' ')[0]);
        Assert.NotEqual("Bits512", all[1].Split(' ')[0]);
    }

    [Fact]
    public void Functions_and_norms_have_the_same_bits_without_some_instructions()
    {
        string[] digests = [.. new[] { "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic" }.Select(Digest)];
        Assert.All(digests, digest => Assert.Equal(FunctionCases.Digest(), digest));

        static string Digest(string disabled)
        {
            using CommandProcess process = CommandProcess.OfFunctions(new Dictionary<string, string> { [disabled] = "0" });
            return process.WaitForEnd().Ends(0).Out.Trim();
        }
    }

    private static string Measured(string disabled)
    {
        using CommandProcess process = CommandProcess.OfProducts(disabled.Length == 0 ? new Dictionary<string, string>() : new() { [disabled] = "0" });
        return process.WaitForEnd().Ends(0).Out.Trim();
    }
}
