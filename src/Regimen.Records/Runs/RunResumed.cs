using System.Text.Json;
using System.Text.Json.Serialization;

namespace Regimen.Runs;

/// <summary>The record of one resume of a run.</summary>
/// <param name="Time">The time (UTC).</param>
/// <param name="Checkpoint">The checkpoint it resumed from; null for a new start at step 0.</param>
/// <param name="Epoch">The epoch it resumed in.</param>
/// <param name="Step">The number of steps up to the checkpoint.</param>
/// <param name="From">The status of the run before.</param>
/// <param name="Changed">The changes to its config: key, then old and new value.</param>
/// <param name="Versions">The versions it resumed with; null if they are those it started with.</param>
/// <param name="Git">The state of the source at that time.</param>
public sealed record RunResumed(
    DateTimeOffset Time,
    string? Checkpoint,
    int Epoch,
    long Step,
    RunStatus From,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Changed,
    RunVersions? Versions,
    GitState? Git)
{
    /// <summary>The number of processes that it resumed with, if it is another than before: equal to rounding from there on, not to the bit. Null, and
    /// not in the file, for the same number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Ranks { get; init; }

    /// <summary>Returns a description without the time.</summary>
    public override string ToString()
    {
        string from = Checkpoint is null ? "started again from step 0: there was no checkpoint" : $"resumed from checkpoint {Checkpoint}, {new Progress(Epoch, Step)}";
        string status = JsonNamingPolicy.SnakeCaseLower.ConvertName(From.ToString());
        string changes = string.Concat(Changed.Select(c => $"; {c.Key} {c.Value[0]} -> {c.Value[1]}"));
        string ranks = Ranks is { } number ? $"; now {number} {(number == 1 ? "process" : "ranks")}" : string.Empty;
        return $"{from} (the run was {status}){changes}{ranks}";
    }
}
