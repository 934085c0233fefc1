using Spectre.Console;
using Spectre.Console.Rendering;

namespace Regimen.App.Screen;

/// <summary>The last line of a terminal, which is redrawn continually while other lines are written above it.</summary>
/// <remarks>
/// A terminal that is made narrower wraps the lines on it, so one line may become two. The cursor therefore always stays at the beginning of
/// the live line: terminals keep it there when they wrap, and "erase to the end of the screen" removes the whole line, however many rows it
/// has become.
/// </remarks>
internal sealed class LiveLine : IDisposable
{
    private const string ToStartAndErase = "\r\e[J";
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly IAnsiConsole _console;
    private readonly Func<int, IRenderable> _content;
    private readonly ITimer? _timer;
    private bool _isDrawn;
    private bool _isEnded;

    /// <summary>Shows the line from now on.</summary>
    /// <param name="console">The terminal. Without escape codes no line is shown.</param>
    /// <param name="content">Returns the line for a maximum width in columns.</param>
    /// <param name="time">The time provider for redrawing.</param>
    public static LiveLine Begin(IAnsiConsole console, Func<int, IRenderable> content, TimeProvider time) => new(console, content, time);

    private LiveLine(IAnsiConsole console, Func<int, IRenderable> content, TimeProvider time)
    {
        (_console, _content) = (console, content);
        if (console.Profile.Capabilities.Ansi)
        {
            _console.Write(new ControlCode(HideCursor));
            _timer = time.CreateTimer(_ => Draw(), null, TimeSpan.Zero, Redraw);
        }
    }

    /// <summary>Writes something above the live line.</summary>
    public void Above(Action write)
    {
        lock (_gate)
        {
            Erase();
            write();
            DrawNow();
        }
    }

    /// <summary>Removes the line.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_timer is null || _isEnded)
            {
                return;
            }

            Erase();
            _isEnded = true;
            _console.Write(new ControlCode(ShowCursor));
            _timer.Dispose();
        }
    }

    private void Draw()
    {
        lock (_gate)
        {
            Erase();
            DrawNow();
        }
    }

    private void DrawNow()
    {
        if (_timer is null || _isEnded)
        {
            return;
        }

        // The last column stays empty, because some terminals wrap a line that fills it.
        _console.Write(_content(Math.Max(1, _console.Profile.Width - 1)));
        _console.Write(new ControlCode("\r"));
        _isDrawn = true;
    }

    private void Erase()
    {
        if (_isDrawn)
        {
            _console.Write(new ControlCode(ToStartAndErase));
            _isDrawn = false;
        }
    }
}
