using System.Globalization;
using System.Text;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary>Writes <c>train.log</c>: lines of text with time stamps in UTC.</summary>
internal sealed class RunLog : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _lock = new();
    private List<string>? _buffered;

    /// <summary>Opens a log for appending.</summary>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public RunLog(string path) => _file = OutputFile.Guard(path, () => new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));

    /// <summary>Records an event, in one line or more.</summary>
    public void Information(string text) => Write(Line("INF", text));

    /// <summary>Records something that needs attention; the run continues.</summary>
    public void Warning(string text) => Write(Line("WRN", text));

    /// <summary>Records the error that ended the run.</summary>
    public void Error(string text) => Write(Line("ERR", text));

    /// <inheritdoc/>
    public void Dispose()
    {
        Release(first: null);
        _file.Dispose();
    }

    /// <summary>Buffers lines until <see cref="Release"/> is called. The line of work that runs on another thread is thus written at the place
    /// where the work began, and only if the work succeeded.</summary>
    internal void Hold()
    {
        lock (_lock)
        {
            _buffered ??= [];
        }
    }

    /// <summary>Writes the buffered lines.</summary>
    /// <param name="first">The line to write before them; null if the work did not succeed.</param>
    internal void Release(string? first)
    {
        lock (_lock)
        {
            IEnumerable<string> lines = [.. first is null ? [] : (string[])[Line("INF", first)], .. _buffered ?? []];
            _buffered = null;
            foreach (string line in lines)
            {
                Append(line);
            }
        }
    }

    private static string Line(string level, string text)
        => string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm:ss.fff}Z {level} {text}{Environment.NewLine}");

    private void Write(string line)
    {
        lock (_lock)
        {
            if (_buffered is { } buffered)
            {
                buffered.Add(line);
            }
            else
            {
                Append(line);
            }
        }
    }

    /// <summary>Writes each line at once, without a buffer. A run is not resumed from its log, so a log that can't be written (a full disk)
    /// does not end the run; the files that must be complete report the error.</summary>
    private void Append(string line)
    {
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(line));
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
        }
    }
}
