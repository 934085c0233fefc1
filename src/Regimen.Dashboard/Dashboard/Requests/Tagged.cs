using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Regimen.Web;

namespace Regimen.Dashboard;

/// <summary>Answers with a tag of the content, and with 304 where the browser has this content already.</summary>
internal static class Tagged
{
    /// <summary>Answers a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="tag">The tag: it changes whenever the content does.</param>
    /// <param name="type">The content's type.</param>
    /// <param name="content">Creates the content.</param>
    public static Task AnswerAsync(HttpContext context, string tag, string type, Func<byte[]> content)
    {
        string quoted = $"\"{tag}\"";
        context.Response.Headers.ETag = quoted;
        if (context.Request.Headers.IfNoneMatch.ToString() == quoted)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return Answer.BytesAsync(context, content(), type);
    }

    /// <summary>Answers with a text, whose tag is its digest.</summary>
    public static Task AnswerAsync(HttpContext context, string text, string type)
    {
        byte[] content = Encoding.UTF8.GetBytes(text);
        return AnswerAsync(context, Convert.ToHexStringLower(SHA256.HashData(content))[..24], type, () => content);
    }
}
