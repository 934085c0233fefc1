using System.Text;

namespace Regimen.Serving;

/// <summary>Reads the form of the page (RFC 7578): a model's name and a file.</summary>
internal static class FormFile
{
    /// <summary>Returns the fields <c>model</c> and <c>image</c>.</summary>
    /// <exception cref="RequestException">The body is not such a form.</exception>
    public static (string Model, byte[] Image) Read(string? contentType, ReadOnlySpan<byte> body)
    {
        const string Label = "boundary=";
        int at = contentType?.IndexOf(Label, StringComparison.OrdinalIgnoreCase) ?? -1;
        if (at < 0 || !contentType!.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw InferJson.Wrong("Content-Type", "The request is not a form", "multipart/form-data", contentType ?? "none");
        }

        byte[] boundary = Encoding.ASCII.GetBytes($"--{contentType[(at + Label.Length)..].Split(';')[0].Trim('"', ' ')}");
        string model = string.Empty;
        byte[]? image = null;
        for (int start = body.IndexOf(boundary); start >= 0;)
        {
            body = body[(start + boundary.Length)..];
            int end = body.IndexOf(boundary);
            int head = body.IndexOf("\r\n\r\n"u8);
            if (end < 0 || head < 0 || head > end - 2)
            {
                break;
            }

            string headers = Encoding.UTF8.GetString(body[..head]);
            ReadOnlySpan<byte> content = body[(head + 4)..Math.Max(head + 4, end - 2)];
            if (headers.Contains("name=\"model\"", StringComparison.Ordinal))
            {
                model = Encoding.UTF8.GetString(content);
            }
            else if (headers.Contains("name=\"image\"", StringComparison.Ordinal))
            {
                image = content.ToArray();
            }

            start = end;
        }

        return image is { Length: > 0 } ? (model, image) : throw InferJson.Wrong("image", "The form has no image", "a file", "none");
    }
}
