namespace Regimen.App.Hosting;

/// <summary>What a command's end means to the program that called it.</summary>
public static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The work failed after it began.</summary>
    public const int Failed = 1;

    /// <summary>The request is wrong; nothing was begun.</summary>
    public const int WrongRequest = 2;

    /// <summary>Interrupted by SIGINT (Ctrl-C).</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM.</summary>
    public const int Terminated = 143;
}
