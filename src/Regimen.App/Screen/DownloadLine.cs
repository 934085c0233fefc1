using System.Globalization;
using Regimen.Downloads;

namespace Regimen.App.Screen;

/// <summary>Shows downloads: on a terminal a progress bar, and a line for each completed file everywhere.</summary>
internal sealed class DownloadLine(TextWriter output, bool isTerminal, TimeProvider time) : IProgress<DownloadProgress>, IDisposable
{
    private const int BarWidth = 24;
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private long? _drawn;
    private int _width;

    public void Report(DownloadProgress value)
    {
        if (value.IsComplete)
        {
            Clear();
            output.WriteLine($"downloaded {value.File} ({Megabytes(value.Bytes)} MB) from {value.Host}");
            output.Flush();
        }
        else if (isTerminal && (_drawn is null || time.GetElapsedTime(_drawn.Value) >= Redraw))
        {
            _drawn = time.GetTimestamp();
            Draw(Text(value));
        }
    }

    /// <summary>Removes a bar of an incomplete download.</summary>
    public void Dispose() => Clear();

    private static string Text(DownloadProgress progress)
    {
        if (progress.Total is not { } total)
        {
            return $"{progress.File}  {Megabytes(progress.Bytes)} MB";
        }

        int filled = total == 0 ? 0 : (int)(BarWidth * Math.Min(progress.Bytes, total) / total);
        return $"{progress.File}  {new string('━', filled)}{new string('─', BarWidth - filled)}  {Megabytes(progress.Bytes)} of {Megabytes(total)} MB";
    }

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);

    private void Draw(string text)
    {
        output.Write("\r" + text.PadRight(_width));
        output.Flush();
        _width = text.Length;
    }

    private void Clear()
    {
        if (_width > 0)
        {
            output.Write("\r" + new string(' ', _width) + "\r");
            output.Flush();
            (_width, _drawn) = (0, null);
        }
    }
}
