using System.Security.Cryptography;
using Regimen.Files;

namespace Regimen.Downloads;

/// <summary>Downloads public files over HTTP. Each file is written to a temporary file, verified, and then moved to its final path.</summary>
/// <param name="options">The options; null for the defaults.</param>
/// <param name="progress">Receives progress on the downloading thread; null for none.</param>
public sealed class Downloader(DownloadOptions? options = null, IProgress<DownloadProgress>? progress = null)
{
    private readonly DownloadOptions _options = options ?? new();

    /// <summary>Downloads files into a folder, which is created if it does not exist.</summary>
    /// <param name="address">The absolute http or https URL of the folder on the server.</param>
    /// <param name="files">The files to download. Existing files are replaced.</param>
    /// <param name="folder">The target folder.</param>
    /// <param name="cancellationToken">Cancels the download. Complete files are kept.</param>
    /// <exception cref="RequestException">The URL is invalid, the server can't be reached or does not have a file, a checksum does not match,
    /// or a file can't be written. The incomplete file is deleted.</exception>
    public void Fetch(string address, IReadOnlyList<PublicFile> files, string folder, CancellationToken cancellationToken = default)
    {
        Uri server = ServerFolder(address);
        string byHand = $"Put {string.Join(", ", files.Select(f => f.Name))} into {Path.GetFullPath(folder)} by hand, "
            + "or set data.url to the URL of a folder that has them.";
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Regimen");
        foreach (PublicFile file in files)
        {
            var transfer = new Transfer(client, new Uri(server, file.Name), _options, bytes => Report(bytes.Bytes, bytes.Total, isComplete: false));
            Fetch(transfer, file, Path.Combine(folder, file.Name), byHand, cancellationToken);
            long length = new FileInfo(Path.Combine(folder, file.Name)).Length;
            Report(length, length, isComplete: true);

            void Report(long bytes, long? total, bool isComplete)
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
                new Problem($"Unable to write the file: {e.Message}")
                {
                    Where = path,
                    Hint = OutputFile.IsDiskFull(e) ? "Free space on the disk, or set data.root to a folder on another one." : "Set data.root to a writable folder.",
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
                new Problem($"Unable to write the file: {e.Message}") { Where = part, Hint = "If another process is downloading it, wait until it is done." }, e);
        }
    }

    private static void Check(FileStream fetched, PublicFile file, Uri address, string byHand)
    {
        fetched.Position = 0;
#pragma warning disable CA5351 // The publishers provide only MD5. It detects damaged files, not forged ones.
        string received = Convert.ToHexStringLower(MD5.HashData(fetched));
#pragma warning restore CA5351
        if (received != file.Md5)
        {
            throw new RequestException(new Problem("The downloaded file is not the published one")
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
            : throw new RequestException(new Problem("The URL is not valid")
            {
                Where = "data.url",
                Expected = "the http or https URL of a folder, for example https://example.org/mnist/",
                Received = address,
            });
}
