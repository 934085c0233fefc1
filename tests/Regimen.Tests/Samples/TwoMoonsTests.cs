using Regimen.Tests.TestKit;

namespace Regimen.Tests.Samples;

public sealed class TwoMoonsTests
{
    [Fact]
    public void The_sample_trains_and_writes_no_files()
    {
        using var folder = new TemporaryFolder();
        using CommandProcess process = CommandProcess.Start("TwoMoons", folder.FullPath);
        CommandOutput output = process.WaitForEnd().Ends(0);
        Assert.Empty(output.Error);
        Assert.StartsWith("epoch 10: train loss 0.", output.Lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^validation accuracy (0\.9[5-9]\d|1\.000), loss 0\.\d{4}$", output.Lines[^1]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.FullPath));
    }
}
