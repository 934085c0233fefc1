using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

[Collection(OtherProcesses.Name)]
public sealed class FindBatchCommandTests : IDisposable
{
    private readonly ProjectFolder _project = new();

    [Fact]
    public void The_largest_batch_is_found_in_processes_of_their_own_and_nothing_is_left()
    {
        string[] before = Directory.GetFileSystemEntries(_project.Folder.FullPath, "*", SearchOption.AllDirectories);
        JsonNode result = _project.DoAsProcess("find", "batch", "data.limit=40", "--memory", "8000", "--json").Ends(0).Json;
        Assert.Equal(["batch_size", "whole_set", "memory_bytes", "fastest_batch_size", "trials"], result.AsObject().Select(p => p.Key));
        JsonArray trials = result["trials"]!.AsArray();
        Assert.True((bool)result["whole_set"]!);
        Assert.Equal((int)result["batch_size"]!, (int)trials[^1]!["batch_size"]!);
        Assert.Equal(16, (int)trials[0]!["batch_size"]!);
        Assert.All(trials, t => Assert.InRange((long)t!["peak_bytes"]!, 20_000_000L, 8_000_000_000L));
        Assert.Equal(before, Directory.GetFileSystemEntries(_project.Folder.FullPath, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_memory_that_no_batch_fits_is_an_error()
        => Assert.Contains("Not even a batch of one sample fits", _project.DoAsProcess("find", "batch", "--memory", "60").Ends(1).Error, StringComparison.Ordinal);

    [Fact]
    public void A_size_above_the_memory_says_so()
        => Assert.Contains("--size 16: The memory of the training grew above the limit of 60 MB", _project.DoAsProcess("find", "batch", "--size", "16", "--memory", "60").Ends(3).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("--memory", "0")]
    [InlineData("--size", "0")]
    [InlineData("model.hiden=3", "--json")]
    public void What_can_not_work_is_refused(params string[] arguments) => _project.DoAsProcess(["find", "batch", .. arguments]).Ends(2);

    public void Dispose() => _project.Dispose();
}
