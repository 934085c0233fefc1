using System.Globalization;
using System.Text;
using Regimen.Files;

namespace Regimen.Runs;

/// <summary><c>train.log</c>: timestamped text for people, in UTC.</summary>
public sealed class RunLog : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _lock = new();
    private List<string>? _held;

    /// <summary>Opens a log for writing at its end.</summary>
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

    /// <summary>Keeps lines in memory until <see cref="Release"/>: a line about work on another thread stands at the place where the
    /// work began, and only if it was done.</summary>
    internal void Hold()
    {
        lock (_lock)
        {
            _held ??= [];
        }
    }

    /// <summary>Writes the lines kept in memory.</summary>
    /// <param name="first">The line that they waited for; null where the work was not done.</param>
    internal void Release(string? first)
    {
        lock (_lock)
        {
            IEnumerable<string> lines = [.. first is null ? [] : (string[])[Line("INF", first)], .. _held ?? []];
            _held = null;
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
            if (_held is { } held)
            {
                held.Add(line);
            }
            else
            {
                Append(line);
            }
        }
    }

    /// <summary>Each line reaches the system at once. The log is no part of what a run is resumed from: where it can't be written (a full
    /// disk), the run goes on, and the files that must be whole report the fault.</summary>
    private void Append(string line)
    {
        try
        {
            _file.Write(Encoding.UTF8.GetBytes(line));
        }
        catch (Exception exception) when (OutputFile.IsFault(exception))
        {
            // See above.
        }
    }
}
