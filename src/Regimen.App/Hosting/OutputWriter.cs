using System.Text;

namespace Regimen.App.Hosting;

/// <summary>What a command's results go to, where writing may fail: a full disk under a redirected output, a terminal that is gone.</summary>
/// <remarks>A failure is told as <see cref="WorkFailedException"/>, or, where the output only accompanies the work, once to a callback:
/// from then on nothing is written any more.</remarks>
internal sealed class OutputWriter(TextWriter inner, Action<Exception>? dropped = null) : TextWriter
{
    private volatile bool _isDropped;

    /// <summary>What it writes to.</summary>
    public TextWriter Inner => inner;

    /// <summary>A writer over another one, which belongs to whoever made it: there is nothing to dispose.</summary>
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
