using System.Text;

namespace Regimen.App.Hosting;

/// <summary>A writer for a command's output, which may fail: a full disk under redirected output, a closed terminal.</summary>
/// <remarks>A failure throws a <see cref="WorkFailedException"/>. If a callback is given, the failure is reported to it once instead, and all
/// later output is dropped.</remarks>
internal sealed class OutputWriter(TextWriter inner, Action<Exception>? dropped = null) : TextWriter
{
    private volatile bool _isDropped;

    /// <summary>The writer that it wraps.</summary>
    public TextWriter Inner => inner;

    /// <summary>Wraps a writer. The caller owns the inner writer, so the result need not be disposed.</summary>
    public static TextWriter Over(TextWriter inner, Action<Exception>? dropped = null) => new OutputWriter(inner, dropped);

    public override Encoding Encoding => inner.Encoding;

    [System.Diagnostics.CodeAnalysis.AllowNull]
    public override string NewLine
    {
        get => inner.NewLine;
        set => inner.NewLine = value;
    }

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void WriteLine() => Try(inner.WriteLine);

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (_isDropped)
        {
            return;
        }

        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            if (dropped is null)
            {
                throw new WorkFailedException(new Problem($"The output can't be written: {exception.Message.Split('\n')[0]}") { Where = "standard output" }, exception);
            }

            _isDropped = true;
            dropped(exception);
        }
    }
}
