using System.Net;
using Microsoft.AspNetCore.Http;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>Checks a request before it is answered: its host, its token, and where a change or a read of data comes from. Sets the headers that
/// forbid browsers what the pages do not need.</summary>
/// <param name="address">The address that the server listens on.</param>
/// <param name="token">The token; null for none.</param>
internal sealed class RequestGate(IPAddress address, AccessToken? token)
{
    /// <summary>The header that a page's own scripts send with a change. A form of another site can't send it.</summary>
    public const string OwnHeader = "X-Regimen";

    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Answers a request, or refuses it.</summary>
    public async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        Protect(context.Response.Headers);
        await Answer.GuardAsync(
            context,
            async () =>
            {
                CheckHost(context.Request);
                if (token is not null && !token.IsIn(context.Request))
                {
                    if (token.TryAdmit(context))
                    {
                        return;
                    }

                    throw new StatusException(StatusCodes.Status401Unauthorized, new Problem("This dashboard needs its token") { Hint = "Open the address that `regimen dashboard` printed, with its token, once." });
                }

                CheckOrigin(context.Request);
                await next(context);
            },
            ProblemPage.AnswerAsync);
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "private, no-cache";
    }

    /// <summary>Refuses a name that a foreign site could have given to this address (DNS rebinding).</summary>
    private void CheckHost(HttpRequest request)
    {
        string host = request.Host.Host.Trim('[', ']');
        bool isLocal = host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out IPAddress? literal) && IPAddress.IsLoopback(literal));
        string machine = Environment.MachineName;
        bool isOwn = !IPAddress.IsLoopback(address)
            && (IPAddress.TryParse(host, out _) || host.Equals(machine, StringComparison.OrdinalIgnoreCase) || host.StartsWith($"{machine}.", StringComparison.OrdinalIgnoreCase));
        if (!isLocal && !isOwn)
        {
            throw new StatusException(StatusCodes.Status403Forbidden, new Problem("This dashboard has another name")
            {
                Where = "Host",
                Expected = IPAddress.IsLoopback(address) ? "localhost or 127.0.0.1" : $"an IP address, or {machine}",
                Received = request.Host.Value is { Length: > 0 } value ? value : "none",
            });
        }
    }

    private static void CheckOrigin(HttpRequest request)
    {
        bool isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (!isRead && !HttpMethods.IsPost(request.Method))
        {
            throw new StatusException(StatusCodes.Status405MethodNotAllowed, new Problem("The method is not allowed") { Expected = "GET or POST", Received = request.Method });
        }

        string site = request.Headers["Sec-Fetch-Site"].ToString();
        string origin = request.Headers.Origin.ToString();
        bool isOwnOrigin = Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);
        bool isOfAnotherSite = site is not ("" or "same-origin" or "none") || (origin.Length > 0 && !isOwnOrigin);
        bool isPage = isRead && !request.Path.StartsWithSegments("/api", StringComparison.Ordinal);
        if (!isPage && isOfAnotherSite)
        {
            throw new StatusException(StatusCodes.Status403Forbidden, new Problem("The request comes from another site") { Where = "Origin", Expected = request.Host.Value, Received = origin.Length > 0 ? origin : site });
        }

        if (!isRead && (!isOwnOrigin || request.Headers[OwnHeader] != "1"))
        {
            throw new StatusException(StatusCodes.Status403Forbidden, new Problem("A change must come from the dashboard's own page") { Where = "Origin", Expected = $"the headers Origin with this address and {OwnHeader}: 1", Received = origin.Length > 0 ? origin : "none" });
        }
    }
}
