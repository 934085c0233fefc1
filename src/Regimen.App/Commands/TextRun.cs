using System.Text;
using Regimen.App.Hosting;
using Regimen.Files;
using Regimen.Prediction;

namespace Regimen.App.Commands;

/// <summary>Continues the texts of a request with a language model.</summary>
internal sealed class TextRun(AppHost host, Predictor predictor, PredictionRequest request, Action<IReadOnlyList<Problem>> refused)
{
    private const int LongestPrompt = 16 << 20;

    /// <summary>Continues each text. Without a format, the text is written with its prompt, in pieces as they are generated.</summary>
    /// <param name="write">Writes text.</param>
    /// <param name="jsonLines">Whether to write JSON lines.</param>
    /// <param name="done">Called after each text.</param>
    public void Write(Action<string> write, bool jsonLines, Action done)
    {
        bool isPlain = !jsonLines && request.Output is null;
        if (!isPlain && !jsonLines)
        {
            write("input,text\n");
        }

        foreach ((string name, string prompt) in Prompts())
        {
            IEnumerable<string> pieces = predictor.Continue(prompt, request.Generation);
            if (isPlain)
            {
                write(prompt);
                foreach (string piece in pieces)
                {
                    write(piece);
                    host.Out.Flush();
                }

                write("\n");
            }
            else
            {
                string text = string.Concat(pieces);
                write((jsonLines ? PredictionJson.Line(name, text) : PredictionCsv.Row([name, text])) + "\n");
            }

            done();
        }
    }

    private IEnumerable<(string Name, string Prompt)> Prompts()
    {
        foreach (string prompt in request.Prompts)
        {
            yield return (prompt, prompt);
        }

        foreach (string path in request.Inputs)
        {
            string? text = null;
            try
            {
                text = Read(path);
            }
            catch (RequestException exception)
            {
                refused(exception.Problems);
            }

            if (text is not null)
            {
                yield return (path, text);
            }
        }
    }

    private string Read(string path)
    {
        using Stream stream = path == InputReader.StandardInput ? host.In() : InputFile.Open(Path.GetFullPath(path, host.WorkingDirectory));
        var text = new MemoryStream();
        byte[] buffer = new byte[65_536];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            text.Write(buffer, 0, read);
            if (text.Length > LongestPrompt)
            {
                throw new RequestException(new Problem("The prompt is too long") { Where = path, Expected = $"at most {LongestPrompt >> 20} MB" });
            }
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text.GetBuffer(), 0, (int)text.Length).TrimStart('\uFEFF').TrimEnd('\n', '\r');
        }
        catch (DecoderFallbackException exception)
        {
            throw new RequestException(new Problem("The prompt is not text") { Where = path, Expected = "UTF-8" }, exception);
        }
    }
}
