namespace Regimen.App.Doctor;

/// <summary>How a check came out.</summary>
public enum CheckState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Training works, but something may be in the way.</summary>
    Warning,

    /// <summary>Training can't work like this.</summary>
    Problem,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What: "libtorch", "data".</param>
/// <param name="State">How it came out.</param>
/// <param name="Text">What was found, in plain words, one line.</param>
/// <param name="Hint">What to do about it; null where there is nothing to do.</param>
public sealed record DoctorCheck(string Name, CheckState State, string Text, string? Hint = null);
