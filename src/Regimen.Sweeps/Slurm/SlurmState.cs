using System.Globalization;

namespace Regimen.Slurm;

/// <summary>What <c>squeue</c> says of a job.</summary>
/// <param name="Id">Its number.</param>
/// <param name="State">Its state, as <c>RUNNING</c>.</param>
/// <param name="Status">The wait status of its process: an exit code times 256, or a signal.</param>
/// <param name="Nodes">Its nodes; empty while it waits.</param>
/// <param name="Reason">Why it waits or why it ended, as <c>Resources</c>.</param>
internal sealed record SlurmState(string Id, string State, int Status, string Nodes, string Reason)
{
    /// <summary>The format for squeue: columns of fixed widths, in the order of this record.</summary>
    public const string Format = "JobID:24,State:24,exit_code:16,NodeList:80,Reason:160";

    /// <summary>The state of a job that Slurm does not know, or no longer knows: it forgets jobs minutes after their end.</summary>
    public const string Unknown = "UNKNOWN";

    private const int SignalBits = 0x7f;
    private const int FirstSignalCode = 128;
    private static readonly int[] Widths = [24, 24, 16, 80, 160];
    private static readonly HashSet<string> Ends = ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "DEADLINE", "OUT_OF_MEMORY", Unknown];
    private static readonly HashSet<string> EndsByScheduler = ["CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "OUT_OF_MEMORY", Unknown];

    /// <summary>Whether the job has ended.</summary>
    public bool IsEnd => Ends.Contains(State);

    /// <summary>Whether Slurm ended the job, not its program.</summary>
    public bool IsEndByScheduler => EndsByScheduler.Contains(State);

    /// <summary>Whether the program was not even started: its output could not be opened on the node, for instance.</summary>
    public bool IsLaunchFailure => State == "FAILED" && Reason == "JobLaunchFailure" && (Status & SignalBits) != 15;

    /// <summary>Whether it waits in the queue.</summary>
    public bool IsPending => State is "PENDING" or "REQUEUED" or "REQUEUE_HOLD" or "SPECIAL_EXIT" or "RESV_DEL_HOLD";

    /// <summary>The exit code as a shell counts it: 128 and the signal's number for a signal.</summary>
    public int ExitCode => (Status & SignalBits) is not 0 and var signal ? FirstSignalCode + signal : (Status >> 8) & 0xff;

    /// <summary>What happened, for a message.</summary>
    public string Words => State == Unknown
        ? $"Slurm no longer knows job {Id}"
        : $"{State} ({(Reason is "" or "None" ? string.Empty : $"{Reason}, ")}job {Id}{(Nodes.Length > 0 ? $" on {Nodes}" : string.Empty)})";

    /// <summary>Reads a line of squeue; null if it is none.</summary>
    public static SlurmState? Read(string line)
    {
        var columns = new List<string>();
        int at = 0;
        foreach (int width in Widths)
        {
            int end = Math.Min(line.Length, at + width);
            columns.Add(at < end ? line[at..end].Trim() : string.Empty);
            at += width;
        }

        return columns[0].Length > 0 && columns[1].Length > 0 && int.TryParse(columns[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int status)
            ? new SlurmState(columns[0], columns[1], status, columns[3], columns[4])
            : null;
    }
}
