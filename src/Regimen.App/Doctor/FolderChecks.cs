namespace Regimen.App.Doctor;

/// <summary>Whether the data is there, and whether runs can be written.</summary>
internal static class FolderChecks
{
    /// <summary>Below this a run is likely to fill the disk; a checkpoint of the ready run takes about 2 MB.</summary>
    private const long LittleSpace = 1_000_000_000;

    private const string OtherFolder = "Another folder is chosen with runs=PATH.";

    private static readonly string[] MnistFiles =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

    /// <summary>The default data set's four files, each plain or as <c>.gz</c>.</summary>
    public static DoctorCheck Data(string folder)
    {
        const string Hint = "Only data=mnist needs them: set data.root to their folder, or choose other data.";
        string[] missing = [.. MnistFiles.Where(name => !File.Exists(Path.Combine(folder, name)))];
        missing = [.. missing.Where(name => !File.Exists(Path.Combine(folder, name + ".gz")))];
        return missing.Length switch
        {
            0 => new DoctorCheck("data", CheckState.Ok, $"MNIST is in {folder}"),
            _ when !Directory.Exists(folder)
                => new DoctorCheck("data", CheckState.Warning, $"MNIST is not there: looked in {folder}, which does not exist", Hint),
            _ => new DoctorCheck(
                "data", CheckState.Warning, $"MNIST is not whole: looked in {folder} for {string.Join(", ", missing.Select(m => m + "[.gz]"))}", Hint),
        };
    }

    /// <summary>The same for a folder that the configs name.</summary>
    public static DoctorCheck Runs(Func<string> root)
    {
        try
        {
            return Runs(root());
        }
        catch (RequestException exception)
        {
            Problem first = exception.Problems[0];
            return new DoctorCheck("runs", CheckState.Problem, $"the folder of all runs is not known: {MachineChecks.OneLine(first)}", first.Hint);
        }
    }

    /// <summary>Writes a file where the folder is, or where it would be made, and deletes it.</summary>
    public static DoctorCheck Runs(string folder)
    {
        string? existing = folder;
        while (existing is not null && !Directory.Exists(existing))
        {
            if (File.Exists(existing))
            {
                return new DoctorCheck("runs", CheckState.Problem, $"{existing} is a file, so runs can't be written to {folder}", OtherFolder);
            }

            existing = Path.GetDirectoryName(existing);
        }

        if (existing is null)
        {
            return new DoctorCheck("runs", CheckState.Problem, $"{folder} can't be made: its disk does not exist", OtherFolder);
        }

        try
        {
            string probe = Path.Combine(existing, $".regimen-doctor-{Environment.ProcessId}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
            }

            long free = new DriveInfo(existing).AvailableFreeSpace;
            string text = $"{folder} can be written; {MachineChecks.Bytes(free)} free on its disk";
            return free < LittleSpace
                ? new DoctorCheck("runs", CheckState.Warning, text, "Delete old runs. " + OtherFolder)
                : new DoctorCheck("runs", CheckState.Ok, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new DoctorCheck("runs", CheckState.Problem, $"{folder} can't be written: {exception.Message}", "Change its permissions. " + OtherFolder);
        }
    }
}
