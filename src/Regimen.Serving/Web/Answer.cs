using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Regimen.Web;

/// <summary>Writes responses.</summary>
internal static class Answer
{
    /// <summary>The status in metrics of a request whose client was gone before its answer.</summary>
    private const int ClientGone = 499;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task JsonAsync(HttpContext context, JsonNode document, int status = StatusCodes.Status200OK)
        => BytesAsync(context, Encoding.UTF8.GetBytes(document.ToJsonString(Plain)), "application/json", status);

    public static Task TextAsync(HttpContext context, string text, string type, int status = StatusCodes.Status200OK) => BytesAsync(context, Encoding.UTF8.GetBytes(text), type, status);

    public static Task BytesAsync(HttpContext context, byte[] body, string type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }

    /// <summary>Writes a problem document (RFC 9457).</summary>
    public static Task ProblemAsync(HttpContext context, StatusException failure)
    {
        var document = new JsonObject
        {
            ["type"] = "about:blank",
            ["title"] = failure.Message,
            ["status"] = failure.Status,
            ["errors"] = new JsonArray([.. failure.Problems.Select(p => new JsonObject
            {
                ["message"] = p.Message,
                ["where"] = p.Where,
                ["expected"] = p.Expected,
                ["received"] = p.Received,
                ["hint"] = p.Hint,
            })]),
        };
        return BytesAsync(context, Encoding.UTF8.GetBytes(document.ToJsonString(Plain)), "application/problem+json", failure.Status);
    }

    /// <summary>Runs the work of a request, and answers its failure with the status that fits.</summary>
    /// <param name="context">The request.</param>
    /// <param name="work">Answers the request.</param>
    /// <param name="fail">Answers a failure.</param>
    /// <param name="answered">Records the status of the answer, and the time since the headers were received; null for no record.</param>
    public static async Task GuardAsync(HttpContext context, Func<Task> work, Func<HttpContext, StatusException, Task> fail, Action<int, TimeSpan>? answered = null)
    {
        long start = Stopwatch.GetTimestamp();
        int? status = null;
        try
        {
            await work();
        }
#pragma warning disable CA1031 // The outermost handler of a request: each failure has its status.
        catch (Exception exception)
        {
            if (context.RequestAborted.IsCancellationRequested)
            {
                status = ClientGone;
            }
            else if (!context.Response.HasStarted)
            {
                StatusException failure = FailureOf(exception);
                if (failure.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
                {
                    context.Response.Headers.RetryAfter = "1";
                }

                if (failure.Status is StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests)
                {
                    // The rest of the request is not read, so the connection can't be used again.
                    context.Response.Headers.Connection = "close";
                }

                await fail(context, failure);
            }
        }
#pragma warning restore CA1031
        finally
        {
            answered?.Invoke(status ?? context.Response.StatusCode, Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>The failure of a request, with the status that fits.</summary>
    public static StatusException FailureOf(Exception exception) => exception switch
    {
        StatusException known => known,
        RequestException request => new(StatusCodes.Status400BadRequest, request.Problems),
        BadHttpRequestException bad => new(bad.StatusCode, new Problem(bad.Message)),
        WorkFailedException failed => new(StatusCodes.Status500InternalServerError, failed.Problem),
        _ => new(StatusCodes.Status500InternalServerError, new Problem($"{exception.Message.Split('\n')[0].TrimEnd()} ({exception.GetType().Name})")),
    };
}
