using Regimen.Tests.TestKit;

namespace Regimen.Tests.Kernels;

/// <summary>Tests that the kernels compute the same bits on Arm, emulated by QEMU: the kernels alone, because there is no libtorch for Linux on Arm.</summary>
[Collection(DotnetCommand.Builds)]
public sealed class ArmTests
{
    private const string Emulator = "/usr/bin/qemu-aarch64";
    private const string System = "/usr/aarch64-linux-gnu";

    [Fact]
    public void Products_have_the_same_bits_on_an_emulated_Arm_processor()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "builds a program for Arm: REGIMEN_LONG=1");
        Assert.SkipUnless(File.Exists(Emulator) && File.Exists($"{System}/lib/libstdc++.so.6"), "needs Debian's qemu-user, libc6-arm64-cross and libstdc++6-arm64-cross");
        using var folder = new TemporaryFolder();
        string sources = string.Join(';', new[] { "src/Regimen/Kernels/**/*.cs", "src/Regimen/Engine/Parallel/WorkRange.cs", "src/Regimen/Reproducibility/RandomStream.cs", "tests/Regimen.Tests/Kernels/ProductCases.cs", "tests/Regimen.Tests/Kernels/ConvolutionCases.cs", "tests/Regimen.Tests/Kernels/TransposedCases.cs", "tests/Regimen.Tests/Kernels/ResultDigest.cs" }
            .Select(f => Path.Combine(Repository.Root, f)));
        File.WriteAllText(folder["Arm.csproj"], $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <RuntimeIdentifier>linux-arm64</RuntimeIdentifier>
                <SelfContained>true</SelfContained>
                <InvariantGlobalization>true</InvariantGlobalization>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="{sources}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(folder["Program.cs"], "Console.WriteLine(Regimen.Tests.Kernels.ProductCases.Digest());");
        CommandOutput built = DotnetCommand.Do(folder.FullPath, new Dictionary<string, string>(), "publish", "-c", "Release", "-o", "out");
        Assert.True(built.ExitCode == 0, built.Out + built.Error);

        string[] emulated = DotnetCommand.Do(Emulator, ["-L", System, folder["out/Arm"]], folder.FullPath, new Dictionary<string, string>()).Ends(0).Out.Trim().Split(' ');
        Assert.Equal(["Bits128", ProductCases.Digest().Split(' ')[1]], emulated);
    }
}
