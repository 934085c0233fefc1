namespace Regimen.App.Doctor;

/// <summary>Checks whether the data exists and whether runs can be written.</summary>
internal static class FolderChecks
{
    /// <summary>With less free space a run is likely to fill the disk; a checkpoint of the default model takes about 2 MB.</summary>
    private const long LittleSpace = 1_000_000_000;

    private const string OtherFolder = "Choose another folder with runs=PATH.";

    private static readonly string[] MnistFiles =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

    /// <summary>Checks the four files of the default data set, each plain or as <c>.gz</c>.</summary>
    public static DoctorCheck Data(string folder)
    {
        const string Hint = "Only data=mnist needs them: set data.root to their folder, or choose other data.";
        string[] missing = [.. MnistFiles.Where(name => !File.Exists(Path.Combine(folder, name)))];
        missing = [.. missing.Where(name => !File.Exists(Path.Combine(folder, name + ".gz")))];
        return missing.Length switch
        {
            0 => new DoctorCheck("data", CheckState.Ok, $"MNIST is in {folder}"),
            _ when !Directory.Exists(folder)
                => new DoctorCheck("data", CheckState.Warning, $"MNIST was not found: {folder} does not exist", Hint),
            _ => new DoctorCheck(
                "data", CheckState.Warning, $"MNIST is incomplete: {folder} lacks {string.Join(", ", missing.Select(m => m + "[.gz]"))}", Hint),
        };
    }

    /// <summary>Checks the folder of all runs that the configs name.</summary>
    public static DoctorCheck Runs(Func<string> root)
    {
        try
        {
            return Runs(root());
        }
        catch (RequestException exception)
        {
            Problem first = exception.Problems[0];
            return new DoctorCheck("runs", CheckState.Problem, $"the folder of all runs is unknown: {MachineChecks.OneLine(first)}", first.Hint);
        }
    }

    /// <summary>Checks a folder of all runs by creating and deleting a file in it, or in its nearest existing parent.</summary>
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
            return new DoctorCheck("runs", CheckState.Problem, $"{folder} can't be created: its disk does not exist", OtherFolder);
        }

        try
        {
            string probe = Path.Combine(existing, $".regimen-doctor-{Environment.ProcessId}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose))
            {
            }

            long free = new DriveInfo(existing).AvailableFreeSpace;
            string text = $"{folder} is writable; {MachineChecks.Bytes(free)} free on its disk";
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
