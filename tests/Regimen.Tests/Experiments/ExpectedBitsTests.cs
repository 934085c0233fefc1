using Regimen.Runs;
using Regimen.Tests.TestKit;
using Regimen.Verification;

namespace Regimen.Tests.Experiments;

/// <summary>Tests what a verification in other surroundings says beforehand.</summary>
public sealed class ExpectedBitsTests
{
    [Theory]
    [InlineData("portable", "another processor", "0.1.0", "equal bits are expected here")]
    [InlineData("machine", "another processor", "0.1.0", "equal bits can't be expected here")]
    [InlineData(null, "another processor", "0.1.0", "equal bits can't be expected here")]
    [InlineData("machine", "a processor", "0.1.0", "the machine, which is the same")]
    [InlineData("portable", "a processor", "0.2.0", "another version of Regimen")]
    public void A_verification_says_what_can_be_expected(string? bits, string processor, string version, string expected)
    {
        RunManifest manifest = Manifests.Running() with { Bits = bits };
        Assert.Contains(expected, Verifier.Expectation(manifest, manifest.Versions with { Cpu = processor, Regimen = version, Os = "Other" }), StringComparison.Ordinal);
    }
}
