using System.Security.Cryptography;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Downloads;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Data sets download missing files if enabled.</summary>
public sealed class DataDownloadTests : IDisposable
{
    private readonly TemporaryFolder _there = new();
    private readonly TemporaryFolder _here = new();

    public void Dispose()
    {
        _there.Dispose();
        _here.Dispose();
    }

    [Fact]
    public void Published_files_are_downloaded_once_and_read()
    {
        Dictionary<string, byte[]> files = Published();
        Mnist.Options options;
        using (LocalServer server = LocalServer.WithFiles(files))
        {
            options = new() { Root = _here["mnist"], Download = true, Url = server.Address };
            Assert.Equal(TinyMnist.Test, Load(options, files).Test!.Count);
            Assert.Equal(files.Keys.Order(), server.Requests.Select(r => r.Path).Order());
        }

        // The server has stopped. The files are not requested again.
        Assert.Equal(TinyMnist.Test, Load(options, files).Test!.Count);
    }

    [Fact]
    public void Existing_files_are_not_downloaded_again()
    {
        Dictionary<string, byte[]> files = Published();
        TinyMnist.Write(_here, ".");
        File.Delete(_here["t10k-labels-idx1-ubyte"]);
        using LocalServer server = LocalServer.WithFiles(files);
        Load(new() { Root = _here.FullPath, Download = true, Url = server.Address }, files);
        Assert.Equal("t10k-labels-idx1-ubyte.gz", Assert.Single(server.Requests).Path);
    }

    [Fact]
    public void Nothing_is_downloaded_by_default()
    {
        using LocalServer server = LocalServer.WithFiles(Published());
        RequestException error = Assert.Throws<RequestException>(() => Load(new() { Root = _here.FullPath, Url = server.Address }, Published()));
        Assert.All(error.Problems, p => Assert.EndsWith("Set data.download=true to download them.", p.Hint, StringComparison.Ordinal));
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("cifar10")]
    [InlineData("cifar100")]
    public void An_archive_is_downloaded_and_rejected_if_its_checksum_is_wrong(string name)
    {
        using LocalServer server = LocalServer.Start((_, stream) => LocalServer.WriteAsync(stream, 200, [1, 2, 3]));
        RequestException error = Assert.Throws<RequestException>(() => name == "cifar10"
            ? Cifar10.Load(new() { Root = _here.FullPath, Download = true, Url = server.Address }, new DatasetContext(1))
            : Cifar100.Load(new() { Root = _here.FullPath, Download = true, Url = server.Address }, new DatasetContext(1)));
        Assert.Equal("The downloaded file is not the published one", Assert.Single(error.Problems).Message);
        Assert.Empty(Directory.GetFiles(_here.FullPath));
        Assert.Single(server.Requests);
    }

    [Fact]
    public void Every_published_file_has_a_checksum()
    {
        PublicFile[] files = [.. Mnist.PublicFiles, .. FashionMnist.PublicFiles, .. Kmnist.PublicFiles, .. Cifar10.PublicFiles, .. Cifar100.PublicFiles];
        Assert.Equal(14, files.Select(f => f.Md5).Distinct().Count());
        Assert.All(files, f => Assert.Matches("^[0-9a-f]{32}$", f.Md5));
    }

    private static DataSplits Load(Mnist.Options options, IReadOnlyDictionary<string, byte[]> files)
    {
#pragma warning disable CA5351 // The publishers provide MD5.
        PublicFile[] published = [.. files.Select(f => new PublicFile(f.Key, Convert.ToHexStringLower(MD5.HashData(f.Value))))];
#pragma warning restore CA5351
        return IdxImages.Load(options, [.. Enumerable.Range(0, 10).Select(i => $"{i}")], published, "Put them there.", new DatasetContext(1));
    }

    /// <summary>Returns the compressed files of a small MNIST by name.</summary>
    private Dictionary<string, byte[]> Published()
    {
        TinyMnist.Write(_there, ".");
        return Directory.GetFiles(_there.FullPath).ToDictionary(f => Path.GetFileName(f) + ".gz", f => IdxBytes.Packed(File.ReadAllBytes(f)));
    }
}
