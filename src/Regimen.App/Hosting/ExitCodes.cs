namespace Regimen.App.Hosting;

/// <summary>The exit codes of the commands.</summary>
public static class ExitCodes
{
    /// <summary>The command succeeded.</summary>
    public const int Done = 0;

    /// <summary>The work failed after it began.</summary>
    public const int Failed = 1;

    /// <summary>The request is wrong; no work was begun.</summary>
    public const int WrongRequest = 2;

    /// <summary>The command was interrupted by SIGINT (Ctrl-C).</summary>
    public const int Interrupted = 130;

    /// <summary>The command was ended by SIGTERM.</summary>
    public const int Terminated = 143;
}
