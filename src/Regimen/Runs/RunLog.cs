using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Regimen.Runs;

/// <summary><c>train.log</c>: timestamped text for people, in UTC.</summary>
public sealed class RunLog : IDisposable
{
    private readonly Logger _logger;
    private readonly Lock _lock = new();
    private List<LogEvent>? _held;

    /// <summary>Opens a log for writing at its end.</summary>
    /// <exception cref="WorkFailedException">It can't be written.</exception>
    public RunLog(string path) => _logger = OutputFile.Guard(path, () => new LoggerConfiguration()
        .WriteTo.File(
            path,
            outputTemplate: "{UtcTimestamp:yyyy-MM-dd HH:mm:ss.fff}Z {Level:u3} {Text:l}{NewLine}",
            formatProvider: CultureInfo.InvariantCulture,
            fileSizeLimitBytes: null)
        .CreateLogger());

    /// <summary>Something that happened, in one line or more.</summary>
    public void Information(string text) => Write(Event(LogEventLevel.Information, text));

    /// <summary>Something to look at; the run goes on.</summary>
    public void Warning(string text) => Write(Event(LogEventLevel.Warning, text));

    /// <summary>Something that ended the run.</summary>
    public void Error(string text) => Write(Event(LogEventLevel.Error, text));

    /// <inheritdoc/>
    public void Dispose()
    {
        Release(first: null);
        _logger.Dispose();
    }

    /// <summary>Keeps lines in memory until <see cref="Release"/>: a line that tells of work on another thread stands at the place where the
    /// work began, and only if it was done.</summary>
    internal void Hold()
    {
        lock (_lock)
        {
            _held ??= [];
        }
    }

    /// <summary>Writes what was held.</summary>
    /// <param name="first">The line that it waited for; null where the work was not done.</param>
    internal void Release(string? first)
    {
        lock (_lock)
        {
            IEnumerable<LogEvent> events = [.. first is null ? [] : (LogEvent[])[Event(LogEventLevel.Information, first)], .. _held ?? []];
            _held = null;
            foreach (LogEvent happened in events)
            {
                _logger.Write(happened);
            }
        }
    }

    private void Write(LogEvent happened)
    {
        lock (_lock)
        {
            if (_held is { } held)
            {
                held.Add(happened);
            }
            else
            {
                _logger.Write(happened);
            }
        }
    }

    private static LogEvent Event(LogEventLevel level, string text)
        => new(TimeProvider.System.GetUtcNow(), level, exception: null, MessageTemplate.Empty, [new LogEventProperty("Text", new ScalarValue(text))]);
}
