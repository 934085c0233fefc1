using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Regimen.Downloads;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Downloads;

public sealed class DownloaderTests : IDisposable
{
    private static readonly DownloadOptions Quick = new() { Pause = TimeSpan.Zero, Attempts = 3 };
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * i / 7))];
    private static readonly PublicFile Digits = File("digits.gz", Content);
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder["digits.gz"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_downloaded_into_a_new_folder()
    {
        using LocalServer server = LocalServer.WithFiles(new Dictionary<string, byte[]> { ["sets/digits.gz"] = Content, ["sets/more.gz"] = [1, 2] });
        var seen = new Seen();
        string folder = _folder["data/mnist"];
        new Downloader(Quick, seen).Fetch(server.Address + "sets", [Digits, File("more.gz", [1, 2])], folder);
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Path.Combine(folder, "digits.gz")));
        Assert.Equal(["digits.gz", "more.gz"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        DownloadProgress[] ofDigits = [.. seen.Reports.Where(r => r.File == "digits.gz")];
        Assert.Equal(ofDigits.OrderBy(r => r.Bytes), ofDigits);
        Assert.Equal((0, 300_000), (ofDigits[0].Bytes, ofDigits[0].Total));
        Assert.Equal(new DownloadProgress("digits.gz", "127.0.0.1", 300_000, 300_000, IsComplete: true), ofDigits[^1]);
        Assert.Single(ofDigits, r => r.IsComplete);
    }

    [Fact]
    public void A_lost_connection_is_continued_where_it_was_lost()
    {
        using LocalServer server = LocalServer.Start((request, stream) => request.Number == 0
            ? LocalServer.WriteAsync(stream, 200, Content[..100_000], Content.Length)
            : LocalServer.WriteAsync(stream, 206, Content[100_000..], header: $"Content-Range: bytes 100000-299999/{Content.Length}"));
        new Downloader(Quick).Fetch(server.Address, [Digits], _folder.FullPath);
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Target));
        Assert.Equal([null, "bytes=100000-"], server.Requests.Select(r => r.Range));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(416)]
    public void A_server_without_range_support_restarts_the_transfer(int second)
    {
        using LocalServer server = LocalServer.Start((request, stream) => request.Number switch
        {
            0 => LocalServer.WriteAsync(stream, 200, Content[..100_000], Content.Length),
            1 when second == 416 => LocalServer.WriteAsync(stream, 416, []),
            _ => LocalServer.WriteAsync(stream, 200, Content),
        });
        new Downloader(Quick).Fetch(server.Address, [Digits], _folder.FullPath);
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Target));
    }

    [Fact]
    public void A_connection_that_is_always_lost_fails_and_leaves_no_file()
    {
        using LocalServer server = LocalServer.Start((_, stream) => LocalServer.WriteAsync(stream, 200, Content[..1000], Content.Length));
        Problem problem = Refused(server);
        Assert.StartsWith("The connection was lost", problem.Message, StringComparison.Ordinal);
        Assert.EndsWith("(3 attempts)", problem.Message, StringComparison.Ordinal);
        Assert.Equal(("the whole file", "1000 of 300000 bytes"), (problem.Expected, problem.Received));
        Assert.Equal(server.Address + "digits.gz", problem.Where);
        Assert.Contains($"Put digits.gz into {_folder.FullPath} by hand", problem.Hint, StringComparison.Ordinal);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void A_wrong_checksum_is_rejected_and_the_existing_file_is_kept()
    {
        System.IO.File.WriteAllText(Target, "mine");
        using LocalServer server = LocalServer.WithFiles(new Dictionary<string, byte[]> { ["digits.gz"] = [.. Content[..^1], 0] });
        RequestException error = Assert.Throws<RequestException>(() => new Downloader(Quick).Fetch(server.Address, [Digits], _folder.FullPath));
        Assert.Equal($"MD5 {Digits.Md5}", error.Problems[0].Expected);
        Assert.EndsWith("(300000 bytes)", error.Problems[0].Received, StringComparison.Ordinal);
        Assert.Equal("mine", System.IO.File.ReadAllText(Assert.Single(Directory.GetFiles(_folder.FullPath))));
    }

    [Fact]
    public void A_truncated_file_without_a_content_length_is_detected_by_its_checksum()
    {
        using LocalServer server = LocalServer.Start((_, stream) => LocalServer.WriteAsync(stream, 200, Content[..1000], length: -1));
        Assert.EndsWith("(1000 bytes)", Refused(server).Received, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_file_is_not_decompressed()
    {
        using LocalServer server = LocalServer.Start((_, stream) => LocalServer.WriteAsync(stream, 200, Content, header: "Content-Encoding: gzip"));
        new Downloader(Quick).Fetch(server.Address, [Digits], _folder.FullPath);
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Target));
    }

    [Theory]
    [InlineData(404, "status 404 NotFound", 1)]
    [InlineData(403, "status 403 Forbidden", 1)]
    [InlineData(503, "status 503 ServiceUnavailable", 3)]
    public void An_error_status_is_reported_and_retried_only_if_it_may_be_temporary(int status, string received, int requests)
    {
        using LocalServer server = LocalServer.Start((_, stream) => LocalServer.WriteAsync(stream, status, []));
        Assert.Equal(received, Refused(server).Received);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Fact]
    public void A_busy_server_is_retried()
    {
        using LocalServer server = LocalServer.Start((request, stream) => LocalServer.WriteAsync(stream, request.Number == 0 ? 503 : 200, request.Number == 0 ? [] : Content));
        new Downloader(Quick).Fetch(server.Address, [Digits], _folder.FullPath);
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Target));
    }

    [Fact]
    public async Task A_slow_response_is_awaited()
    {
        var asked = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        using LocalServer server = LocalServer.Start(async (_, stream) =>
        {
            asked.SetResult();
            await go.Task;
            await LocalServer.WriteAsync(stream, 200, Content);
        });
        Task fetching = Task.Run(() => new Downloader(Quick).Fetch(server.Address, [Digits], _folder.FullPath));
        await asked.Task;
        Assert.False(fetching.IsCompleted);
        go.SetResult();
        await fetching;
        Assert.Equal(Content, System.IO.File.ReadAllBytes(Target));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_server_that_stops_sending_times_out(bool afterTheHeader)
    {
        var never = new TaskCompletionSource();
        using LocalServer server = LocalServer.Start(async (_, stream) =>
        {
            if (afterTheHeader)
            {
                await LocalServer.WriteAsync(stream, 200, Content[..10], Content.Length);
            }

            await never.Task;
        });
        Problem problem = Refused(server, Quick with { Silence = TimeSpan.FromMilliseconds(50), Attempts = 2 });
        Assert.Equal("The server sent nothing for 0.05 s (2 attempts)", problem.Message);
        never.SetResult();
    }

    [Fact]
    public void Cancelling_stops_the_download_and_leaves_no_file()
    {
        using var source = new CancellationTokenSource();
        var never = new TaskCompletionSource();
        using LocalServer server = LocalServer.Start(async (_, stream) =>
        {
            await LocalServer.WriteAsync(stream, 200, Content[..10], Content.Length);
            await source.CancelAsync();
            await never.Task;
        });
        Assert.ThrowsAny<OperationCanceledException>(() => new Downloader(Quick).Fetch(server.Address, [Digits], _folder.FullPath, source.Token));
        Assert.Empty(Directory.GetFiles(_folder.FullPath));
        never.SetResult();
    }

    [Fact]
    public void An_unreachable_server_is_reported_with_a_hint()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        RequestException error = Assert.Throws<RequestException>(() => new Downloader(Quick).Fetch($"http://127.0.0.1:{port}/", [Digits, File("more.gz", [])], _folder.FullPath));
        Assert.StartsWith("The server can't be reached", error.Problems[0].Message, StringComparison.Ordinal);
        Assert.Contains($"Put digits.gz, more.gz into {_folder.FullPath} by hand", error.Problems[0].Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(-1)]
    public void A_file_that_is_too_large_is_rejected(int? length)
    {
        using LocalServer server = LocalServer.Start((_, stream) => LocalServer.WriteAsync(stream, 200, Content, length));
        Assert.Equal("The file on the server is too large", Refused(server, Quick with { LargestFile = 200_000 }).Message);
    }

    [Fact]
    public void A_full_disk_is_reported()
    {
        using TinyDisk disk = TinyDisk.Mount();
        var large = new byte[3 << 20];
        using LocalServer server = LocalServer.WithFiles(new Dictionary<string, byte[]> { ["digits.gz"] = large });
        RequestException error = Assert.Throws<RequestException>(() => new Downloader(Quick).Fetch(server.Address, [File("digits.gz", large)], disk["data"]));
        Assert.StartsWith("Free space on the disk", error.Problems[0].Hint, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(disk["data"]));
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_reported()
    {
        System.IO.File.WriteAllText(Target, "a file");
        using LocalServer server = LocalServer.WithFiles(new Dictionary<string, byte[]> { ["digits.gz"] = Content });
        RequestException error = Assert.Throws<RequestException>(() => new Downloader(Quick).Fetch(server.Address, [Digits], Target));
        Assert.StartsWith("Unable to write the file", error.Problems[0].Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mnist")]
    [InlineData("ftp://example.org/mnist/")]
    [InlineData("file:///etc/")]
    [InlineData("/usr/share")]
    public void An_invalid_url_is_rejected(string address)
    {
        RequestException error = Assert.Throws<RequestException>(() => new Downloader(Quick).Fetch(address, [Digits], _folder.FullPath));
        Assert.Equal(("data.url", address), (error.Problems[0].Where, error.Problems[0].Received));
    }

    private static PublicFile File(string name, byte[] content)
    {
#pragma warning disable CA5351 // The publishers provide MD5.
        return new(name, Convert.ToHexStringLower(MD5.HashData(content)));
#pragma warning restore CA5351
    }

    /// <summary>Returns the problem of a failed download, and checks that no file is left.</summary>
    private Problem Refused(LocalServer server, DownloadOptions? options = null)
    {
        RequestException error = Assert.Throws<RequestException>(() => new Downloader(options ?? Quick).Fetch(server.Address, [Digits], _folder.FullPath));
        Assert.Empty(Directory.GetFiles(_folder.FullPath));
        return Assert.Single(error.Problems);
    }

    private sealed class Seen : IProgress<DownloadProgress>
    {
        public ConcurrentQueue<DownloadProgress> Reports { get; } = [];

        public void Report(DownloadProgress value) => Reports.Enqueue(value);
    }
}
