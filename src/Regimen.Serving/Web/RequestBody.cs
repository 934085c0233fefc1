using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Regimen.Web;

/// <summary>The limits of the bodies of requests.</summary>
/// <param name="MaxBodyMb">The greatest size of a body in MB; a larger one is refused with 413.</param>
/// <param name="MaxMemoryMb">The size of all bodies that are received at the same time in MB; further requests are refused with 429.</param>
/// <param name="Seconds">The time in which a body must be received, in seconds; a slower one is refused with 408.</param>
internal sealed record BodyLimits(int MaxBodyMb, int MaxMemoryMb, double Seconds);

/// <summary>Receives the bodies of requests, within the limits of size, memory and time.</summary>
internal sealed class RequestBody(BodyLimits limits)
{
    private const int Piece = 65_536;
    private readonly long _largest = (long)limits.MaxBodyMb << 20;
    private readonly long _memory = (long)limits.MaxMemoryMb << 20;
    private long _received;

    /// <summary>Receives a body, and calls a function with it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="use">The function; the body is counted as memory in use until it ends.</param>
    /// <exception cref="StatusException">The body is too large or too slow, or all bodies together are too large.</exception>
    public async Task<T> UseAsync<T>(HttpContext context, Func<byte[], Task<T>> use)
    {
        long reserved = 0;
        try
        {
            Reserve(context.Request.ContentLength ?? 0, ref reserved);
            byte[] body = await ReceiveAsync(context, length => Reserve(length, ref reserved));
            return await use(body);
        }
        finally
        {
            Interlocked.Add(ref _received, -reserved);
        }
    }

    private void Reserve(long length, ref long reserved)
    {
        if (length > _largest)
        {
            throw new StatusException(StatusCodes.Status413PayloadTooLarge, new Problem("The request is too large") { Expected = $"at most {_largest} bytes", Received = $"{length} bytes" });
        }

        long more = length - reserved;
        if (more <= 0)
        {
            return;
        }

        reserved = length;
        if (Interlocked.Add(ref _received, more) > _memory)
        {
            throw new StatusException(StatusCodes.Status429TooManyRequests, new Problem("Too many large requests are being received") { Expected = $"at most {_memory} bytes together", Hint = "Try again later." });
        }
    }

    private async Task<byte[]> ReceiveAsync(HttpContext context, Action<long> reserve)
    {
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(limits.Seconds));
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, context.RequestAborted);
        var body = new ArrayBufferWriter<byte>((int)Math.Clamp(context.Request.ContentLength ?? Piece, 1, _largest));
        try
        {
            while (true)
            {
                int read = await context.Request.Body.ReadAsync(body.GetMemory(1), either.Token);
                if (read == 0)
                {
                    return body.WrittenSpan.ToArray();
                }

                body.Advance(read);
                reserve(body.WrittenCount);
            }
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw new StatusException(StatusCodes.Status408RequestTimeout, new Problem("The request took too long to arrive") { Expected = FormattableString.Invariant($"at most {limits.Seconds} s") });
        }
    }
}
