using System.CommandLine;
using Regimen.App.Hosting;
using Regimen.Runs;

namespace Regimen.App.CommandLine;

/// <summary>The options with which a sweep starts its trials. The help does not show them: no user needs them.</summary>
internal sealed class TrialOptions
{
    private readonly Option<string?> _folder = new("--run-folder") { Hidden = true, HelpName = "FOLDER" };
    private readonly Option<int?> _pauseAfter = new("--pause-after") { Hidden = true, HelpName = "EPOCH" };
    private readonly Option<bool> _attached = new("--attached") { Hidden = true };

    public void AddTo(Command command, bool isNew)
    {
        if (isNew)
        {
            command.Options.Add(_folder);
        }

        command.Options.Add(_pauseAfter);
        command.Options.Add(_attached);
    }

    /// <summary>Creates the run folder that was asked for; null if none was.</summary>
    /// <exception cref="RequestException">The folder can't be created, or has a run.</exception>
    public RunFolder? Folder(AppHost host, ParseResult parsed)
        => parsed.GetValue(_folder) is { } folder ? RunFolder.CreateAt(Path.GetFullPath(folder, host.WorkingDirectory)) : null;

    public TrialSetting Read(ParseResult parsed) => new(parsed.GetValue(_pauseAfter), parsed.GetValue(_attached));
}

/// <summary>How a run is a trial of a sweep.</summary>
/// <param name="PauseAfter">The epoch after which it stops with a checkpoint; null to train to its end.</param>
/// <param name="IsAttached">Whether it stops with a checkpoint when its standard input ends.</param>
internal readonly record struct TrialSetting(int? PauseAfter, bool IsAttached);
