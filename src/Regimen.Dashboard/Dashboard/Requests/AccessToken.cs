using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Regimen.Dashboard;

/// <summary>The token of a dashboard that other machines reach. A browser presents it once, in the address; a cookie that scripts can't read and
/// other sites can't send replaces it.</summary>
internal sealed class AccessToken(string token)
{
    private const string Key = "token";
    private const string Bearer = "Bearer ";
    private readonly byte[] _digest = Digest(token);

    /// <summary>The token.</summary>
    public string Value => token;

    /// <summary>Returns a new token of 192 random bits.</summary>
#pragma warning disable RS0030 // A secret is no part of a run: nobody may find it from a seed.
    public static AccessToken Random() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));
#pragma warning restore RS0030

    /// <summary>Whether a request has the token: in its cookie, or, for a program, in its header.</summary>
    public bool IsIn(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        return Is(request.Cookies[CookieName(request)]) || (header.StartsWith(Bearer, StringComparison.Ordinal) && Is(header[Bearer.Length..]));
    }

    /// <summary>Answers a first visit: if the token in the address is right, sets the cookie and sends the browser to the address without it.</summary>
    /// <returns>Whether the request was answered.</returns>
    public bool TryAdmit(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || !Is(context.Request.Query[Key]))
        {
            return false;
        }

        context.Response.Cookies.Append(CookieName(context.Request), token, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true });
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = Query.Of(context.Request).With(Key).At(context.Request.Path.ToUriComponent());
        return true;
    }

    /// <summary>Compares in a time that does not depend on where the texts differ.</summary>
    private bool Is(string? presented) => presented is not null && CryptographicOperations.FixedTimeEquals(Digest(presented), _digest);

    /// <summary>The name of the cookie: browsers do not keep the cookies of two ports apart.</summary>
    private static string CookieName(HttpRequest request) => $"regimen-dashboard-{request.HttpContext.Connection.LocalPort}";

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
