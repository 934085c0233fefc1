using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Regimen.Downloads;

/// <summary>Downloads a file into a stream, and retries if the connection is lost.</summary>
internal sealed class Transfer(HttpClient client, Uri address, DownloadOptions options, Action<(long Bytes, long? Total)> received)
{
    private const int ChunkBytes = 1 << 17;

    public Uri Address => address;

    /// <exception cref="TransferException">The file can't be downloaded.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public async Task ReceiveAsync(FileStream into, CancellationToken cancellationToken)
    {
        TimeSpan pause = options.Pause;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await AttemptAsync(into, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TransferException e) when (e.MayRecover && attempt < options.Attempts)
            {
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
                pause *= 2;
            }
            catch (TransferException e) when (e.MayRecover)
            {
                throw new TransferException(e.Problem with { Message = $"{e.Problem.Message} ({attempt} attempts)" }, mayRecover: false, e);
            }
        }
    }

    private async Task AttemptAsync(FileStream into, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(options.Silence);
        using HttpResponseMessage response = await SendAsync(into, silence.Token, cancellationToken).ConfigureAwait(false);
        bool continues = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == into.Length;
        if (!continues)
        {
            into.SetLength(0);
        }

        into.Position = into.Length;
        long? total = into.Length + response.Content.Headers.ContentLength;
        CheckSize(total ?? 0);
        received((into.Length, total));
        byte[] chunk = new byte[ChunkBytes];
        using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            silence.CancelAfter(options.Silence);
            int read = await Guard(() => body.ReadAsync(chunk, silence.Token).AsTask(), into.Length, total, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            CheckSize(into.Length + read);
            into.Write(chunk, 0, read);
            received((into.Length, total));
        }
    }

    private async Task<HttpResponseMessage> SendAsync(FileStream into, CancellationToken silence, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        long from = into.Length;
        request.Headers.Range = from > 0 ? new RangeHeaderValue(from, null) : null;
        HttpResponseMessage response = await Guard(
            () => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence), from, null, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            int status = (int)response.StatusCode;
            if (status == (int)HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                into.SetLength(0);
            }

            throw new TransferException(
                new Problem("The server did not return the file") { Expected = "status 200", Received = $"status {status} {response.ReasonPhrase}".TrimEnd() },
                mayRecover: status is 408 or 416 or 429 or >= 500);
        }
    }

    /// <summary>Converts network failures to <see cref="TransferException"/>.</summary>
    private async Task<T> Guard<T>(Func<Task<T>> work, long bytes, long? total, CancellationToken cancellationToken)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransferException(
                new Problem(string.Create(CultureInfo.InvariantCulture, $"The server sent nothing for {options.Silence.TotalSeconds:0.###} s")), mayRecover: true, e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is not (HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse))
        {
            throw new TransferException(new Problem($"The server can't be reached: {e.Message}"), mayRecover: false, e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            string size = total is null ? "" : $" of {total}";
            throw new TransferException(
                new Problem($"The connection was lost: {e.Message}") { Expected = "the whole file", Received = $"{bytes}{size} bytes" }, mayRecover: true, e);
        }
    }

    private void CheckSize(long bytes)
    {
        if (bytes > options.LargestFile)
        {
            throw new TransferException(
                new Problem("The file on the server is too large") { Expected = $"at most {options.LargestFile} bytes", Received = $"{bytes} or more" },
                mayRecover: false);
        }
    }
}
