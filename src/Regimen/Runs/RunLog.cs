using System.Globalization;
using Serilog;
using Serilog.Core;

namespace Regimen.Runs;

/// <summary><c>train.log</c>: timestamped text for people, in UTC.</summary>
public sealed class RunLog : IDisposable
{
    private readonly Logger _logger;

    /// <summary>Opens a log for writing at its end.</summary>
    public RunLog(string path) => _logger = new LoggerConfiguration()
        .WriteTo.File(
            path,
            outputTemplate: "{UtcTimestamp:yyyy-MM-dd HH:mm:ss.fff}Z {Level:u3} {Text:l}{NewLine}",
            formatProvider: CultureInfo.InvariantCulture,
            fileSizeLimitBytes: null)
        .CreateLogger();

    /// <summary>Something that happened, in one line or more.</summary>
    public void Information(string text) => _logger.Information("{Text:l}", text);

    /// <summary>Something to look at; the run goes on.</summary>
    public void Warning(string text) => _logger.Warning("{Text:l}", text);

    /// <summary>Something that ended the run.</summary>
    public void Error(string text) => _logger.Error("{Text:l}", text);

    /// <inheritdoc/>
    public void Dispose() => _logger.Dispose();
}
