using System.Text;

namespace Regimen.App.CommandLine;

/// <summary>Copies what another process appends to a file, which need not exist yet.</summary>
/// <param name="path">The file.</param>
/// <param name="to">The writer to copy to.</param>
internal sealed class FileTail(string path, TextWriter to) : IDisposable
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly byte[] _bytes = new byte[4096];
    private readonly char[] _text = new char[4096];
    private FileStream? _file;

    /// <summary>Copies what is new.</summary>
    public void Copy()
    {
        if (_file is null && !File.Exists(path))
        {
            return;
        }

        _file ??= new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        for (int read; (read = _file.Read(_bytes)) > 0;)
        {
            to.Write(_text, 0, _decoder.GetChars(_bytes, 0, read, _text, 0));
        }

        to.Flush();
    }

    public void Dispose() => _file?.Dispose();
}
