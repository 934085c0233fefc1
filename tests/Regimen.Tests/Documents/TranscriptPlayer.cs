using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

/// <summary>Runs the transcripts of a document, from its first to its last, in one folder, and compares their output. A transcript is an indented
/// block whose commands begin with <c>$ </c>. The files that the document shows are written: blocks below "`FILE`:", and <c>cat FILE</c>.</summary>
internal sealed partial class TranscriptPlayer : IDisposable
{
    /// <summary>The folder that documents show where a command prints an absolute path.</summary>
    private const string ShownFolder = "/home/ada/work";

    private readonly string _before = Environment.CurrentDirectory;
    private readonly ProjectFolder _project = new();
    private readonly HttpClient _client = new();
    private CommandProcess? _server;
    private string _address = "";

    public TranscriptPlayer() => Environment.CurrentDirectory = _project.Folder.FullPath;

    public TemporaryFolder Folder => _project.Folder;

    /// <summary>What stands in for commands of other programs, by the command as shown: returns its output.</summary>
    public Dictionary<string, Func<string>> Others { get; } = [];

    /// <summary>Plays a document, and returns the number of commands that it ran.</summary>
    public int Play(string document)
    {
        int commands = 0;
        foreach (DocumentBlock block in DocumentBlock.Of(document, File.ReadAllText(Path.Combine(Repository.Root, document))))
        {
            if (block.File is not null)
            {
                Folder.Write(block.File, Encoding.UTF8.GetBytes(block.Text + "\n"));
            }
            else if (block.IsTranscript)
            {
                foreach ((string command, IReadOnlyList<string> shown) in block.Transcript())
                {
                    Play(block, command, shown);
                    commands++;
                }
            }
        }

        return commands;
    }

    public void Dispose()
    {
        _server?.KillNow();
        _server?.Dispose();
        _client.Dispose();
        Environment.CurrentDirectory = _before;
        _project.Dispose();
    }

    private void Play(DocumentBlock block, string command, IReadOnlyList<string> shown)
    {
        string output = Run(command, shown).Replace(Folder.FullPath, ShownFolder, StringComparison.Ordinal);
        string[] lines = output.Trim('\n').Split('\n');
        lines = lines is [""] ? [] : lines;
        string? difference = TranscriptLine.FirstDifference(shown, lines);
        Assert.True(difference is null, $"{block.Place}: $ {command}\n  shows\n{difference}\n  of\n{output}");
    }

    private string Run(string command, IReadOnlyList<string> shown)
    {
        if (Others.TryGetValue(command, out Func<string>? other))
        {
            return other();
        }

        string[] words = [.. Word().Matches(command).Select(m => m.Value.Replace("'", "", StringComparison.Ordinal)).Select(ActualRun)];
        switch (words)
        {
            case ["regimen", "serve", ..]:
                return shown[0].StartsWith("error: ", StringComparison.Ordinal) ? ServeAtTakenPort(words[1..]) : Serve(words[1..]);
            case ["regimen", ..]:
                CommandOutput output = _project.Do(words[1..]);
                return output.Out + output.Error;
            case ["cat", var file]:
                Folder.Write(file, Encoding.UTF8.GetBytes(string.Concat(shown.Select(l => l + "\n"))));
                return string.Join('\n', shown);
            case ["mv", var from, var to]:
                File.Move(Folder[from], Folder[to]);
                return "";
            case ["head", "-n", var count, var file]:
                return string.Join('\n', File.ReadLines(Folder[file]).Take(int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)));
            case ["ls", "-p", var folder]:
                return string.Join('\n', new DirectoryInfo(Folder[folder]).EnumerateFileSystemInfos().Where(e => e.Name[0] != '.')
                    .Select(e => e is DirectoryInfo ? e.Name + "/" : e.Name).Order(StringComparer.Ordinal));
            case ["curl", var address, "-d", var body]:
                using (var content = new StringContent(body, Encoding.UTF8))
                {
                    using HttpResponseMessage answer = _client.PostAsync(address.Replace("http://127.0.0.1:8080", _address, StringComparison.Ordinal), content).GetAwaiter().GetResult();
                    return answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
                }

            default:
                throw new NotSupportedException($"A transcript has a command that can't be run here: {command}");
        }
    }

    /// <summary>Starts the server at a free port, and returns its line with the port that the document shows.</summary>
    private string Serve(string[] args)
    {
        int port = Array.IndexOf(args, "--port") + 1;
        string shownPort = args[port];
        args[port] = "0";
        _server = CommandProcess.Regimen(Folder.FullPath, args);
        string line = _server.WaitForLine(l => l.StartsWith("Serving ", StringComparison.Ordinal));
        _address = line[line.IndexOf("http", StringComparison.Ordinal)..];
        return line.Replace(_address, $"http://127.0.0.1:{shownPort}", StringComparison.Ordinal);
    }

    /// <summary>Runs the server at a port that is taken, and returns its error with the port that the document shows.</summary>
    private string ServeAtTakenPort(string[] args)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = Array.IndexOf(args, "--port") + 1;
        string taken = $"{((IPEndPoint)listener.LocalEndpoint).Port}";
        CommandOutput output = _project.Do([.. args[..port], taken, .. args[(port + 1)..]]);
        return output.Error.Replace($":{taken}", $":{args[port]}", StringComparison.Ordinal);
    }

    /// <summary>Replaces a run's folder as shown by the folder that the run got here: the only one with the same name behind the time.</summary>
    private string ActualRun(string word) => ShownRun().Replace(word, run =>
        "runs/" + Path.GetFileName(Directory.GetDirectories(_project.Runs, "*_" + run.Groups["name"].Value).Single()));

    [GeneratedRegex("""(?:'[^']*'|[^\s'])+""")]
    private static partial Regex Word();

    [GeneratedRegex(@"runs/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_(?<name>[\w-]+)")]
    private static partial Regex ShownRun();
}
