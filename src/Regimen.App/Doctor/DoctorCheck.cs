namespace Regimen.App.Doctor;

/// <summary>The result of a check.</summary>
internal enum CheckState
{
    /// <summary>No problem was found.</summary>
    Ok,

    /// <summary>Training works, but something may hinder it.</summary>
    Warning,

    /// <summary>Training does not work.</summary>
    Problem,
}

/// <summary>One check of the machine.</summary>
/// <param name="Name">The name of the check: "libtorch", "data".</param>
/// <param name="State">The result.</param>
/// <param name="Text">A description of what was found, one line.</param>
/// <param name="Hint">What to do about it; null for nothing.</param>
internal sealed record DoctorCheck(string Name, CheckState State, string Text, string? Hint = null);
