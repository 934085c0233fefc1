namespace Regimen.Sweeps;

/// <summary>A trial that is running.</summary>
/// <param name="number">The trial's number.</param>
/// <param name="pauseAfter">The epoch that it is paused after; null for its end.</param>
/// <param name="started">The trial as it was started.</param>
internal sealed class RunningTrial(int number, int? pauseAfter, StartedTrial started)
{
    private string? _said;

    /// <summary>The trial's number.</summary>
    public int Number => number;

    /// <summary>The epoch that it is paused after; null for its end.</summary>
    public int? PauseAfter => pauseAfter;

    /// <summary>Returns what the user should know of it, once; null for nothing new.</summary>
    public string? NewRemark()
    {
        string? remark = started.Remark();
        if (remark == _said)
        {
            return null;
        }

        _said = remark ?? _said;
        return remark;
    }
}
