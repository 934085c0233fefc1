using System.Security.Cryptography;
using Regimen.Files;

namespace Regimen.Downloads;

/// <summary>Fetches public files over HTTP: each is written beside its place, checked, and only then put there.</summary>
/// <param name="options">How patient to be; null for the defaults.</param>
/// <param name="progress">Who watches; told on the thread that fetches.</param>
public sealed class Downloader(DownloadOptions? options = null, IProgress<DownloadProgress>? progress = null)
{
    private readonly DownloadOptions _options = options ?? new();

    /// <summary>Fetches files into a folder, which is made where there is none.</summary>
    /// <param name="address">The folder on the server: an absolute http or https address.</param>
    /// <param name="files">What to fetch from it. A file that stands in the folder already is replaced.</param>
    /// <param name="folder">Where to put them.</param>
    /// <param name="cancellationToken">Ends the fetching; files that are complete stay.</param>
    /// <exception cref="RequestException">The address is none, the server can't be reached or does not have a file, a file is not the one
    /// published, or it can't be written. Whatever was fetched of it is removed.</exception>
    public void Fetch(string address, IReadOnlyList<PublicFile> files, string folder, CancellationToken cancellationToken = default)
    {
        Uri server = ServerFolder(address);
        string byHand = $"Put {string.Join(", ", files.Select(f => f.Name))} into {Path.GetFullPath(folder)} by hand, "
            + "or set data.url to the address of a folder that has them.";
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Regimen");
        foreach (PublicFile file in files)
        {
            var transfer = new Transfer(client, new Uri(server, file.Name), _options, bytes => Tell(bytes.Bytes, bytes.Total, isComplete: false));
            Fetch(transfer, file, Path.Combine(folder, file.Name), byHand, cancellationToken);
            long length = new FileInfo(Path.Combine(folder, file.Name)).Length;
            Tell(length, length, isComplete: true);

            void Tell(long bytes, long? total, bool isComplete)
                => progress?.Report(new DownloadProgress(file.Name, server.Host, bytes, total, isComplete));
        }
    }

    private static void Fetch(Transfer transfer, PublicFile file, string path, string byHand, CancellationToken cancellationToken)
    {
        string part = path + ".part";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (FileStream beside = Open(part))
            {
                try
                {
                    transfer.ReceiveAsync(beside, cancellationToken).GetAwaiter().GetResult();
                    Check(beside, file, transfer.Address, byHand);
                    beside.Flush();
                    DiskFlush.File(beside.SafeFileHandle, part);
                }
                catch
                {
                    beside.Dispose();
                    File.Delete(part);
                    throw;
                }
            }

            File.Move(part, path, overwrite: true);
        }
        catch (TransferException e)
        {
            throw new RequestException(e.Problem with { Where = transfer.Address.ToString(), Hint = byHand }, e);
        }
        catch (Exception e) when (OutputFile.IsFault(e))
        {
            throw new RequestException(
                new Problem($"The file could not be written: {e.Message}")
                {
                    Where = path,
                    Hint = OutputFile.IsDiskFull(e) ? "Free space on that disk, or set data.root to a folder on another one." : "Set data.root to a folder that may be written.",
                },
                e);
        }
    }

    private static FileStream Open(string part)
    {
        try
        {
            return new FileStream(part, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (File.Exists(part) && !OutputFile.IsDiskFull(e))
        {
            throw new RequestException(
                new Problem($"The file can't be written: {e.Message}") { Where = part, Hint = "Is another process fetching it? Wait until it is done." }, e);
        }
    }

    private static void Check(FileStream fetched, PublicFile file, Uri address, string byHand)
    {
        fetched.Position = 0;
#pragma warning disable CA5351 // The publishers give no other checksum; it tells a damaged file, not a forged one.
        string received = Convert.ToHexStringLower(MD5.HashData(fetched));
#pragma warning restore CA5351
        if (received != file.Md5)
        {
            throw new RequestException(new Problem("What was fetched is not the file that was published")
            {
                Where = address.ToString(),
                Expected = $"MD5 {file.Md5}",
                Received = $"MD5 {received} ({fetched.Length} bytes)",
                Hint = $"Try again later. {byHand}",
            });
        }
    }

    private static Uri ServerFolder(string address)
        => Uri.TryCreate(address.EndsWith('/') ? address : address + "/", UriKind.Absolute, out Uri? server) && server.Scheme is "http" or "https"
            ? server
            : throw new RequestException(new Problem("This is no address to fetch files from")
            {
                Where = "data.url",
                Expected = "the address of a folder on a server, as https://example.org/mnist/",
                Received = address,
            });
}
