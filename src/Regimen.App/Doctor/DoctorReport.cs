using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Regimen.Datasets;
using Regimen.Engine;

namespace Regimen.App.Doctor;

/// <summary>Checks whether a machine is ready for training.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Checks">The checks, in the order in which they are shown.</param>
internal sealed record DoctorReport(Machine Machine, IReadOnlyList<DoctorCheck> Checks)
{
    /// <summary>Whether training works here: no check found a problem.</summary>
    public bool CanTrain => Checks.All(check => check.State != CheckState.Problem);

    /// <summary>Runs all checks; never throws, and leaves no files.</summary>
    /// <param name="workingDirectory">The folder that relative paths start from.</param>
    /// <param name="dataRoot">The folder of the default data set.</param>
    /// <param name="runsRoot">The folder of all runs; it need not exist.</param>
    public static DoctorReport Create(string workingDirectory, string dataRoot, string runsRoot)
        => Create(workingDirectory, dataRoot, () => runsRoot);

    /// <summary>Runs all checks with a folder of runs from the configs; configs that can't be read are a problem of the report.</summary>
    internal static DoctorReport Create(string workingDirectory, string dataRoot, Func<string> runsRoot)
        => Create(workingDirectory, dataRoot, runsRoot, NativeCheck.Run());

    internal static DoctorReport Create(string workingDirectory, string dataRoot, string runsRoot, NativeCheckResult native)
        => Create(workingDirectory, dataRoot, () => runsRoot, native);

    private static DoctorReport Create(string workingDirectory, string dataRoot, Func<string> runsRoot, NativeCheckResult native)
    {
        Machine machine = Machine.Inspect(native);
        return new DoctorReport(
            machine,
            [
                .. MachineChecks.Of(machine),
                MachineChecks.LibTorch(machine, native),
                TrainingCheck.Run(native),
                FolderChecks.Data(Path.GetFullPath(IncludedData.Find(dataRoot, workingDirectory, AppContext.BaseDirectory), workingDirectory)),
                FolderChecks.Runs(() => Path.GetFullPath(runsRoot(), workingDirectory)),
            ]);
    }

    /// <summary>Formats the report as text: a line per check with result, name and description, each ending in <c>\n</c>, with hints below.</summary>
    public string ToText()
    {
        int width = Checks.Max(check => check.Name.Length);
        var text = new StringBuilder();
        foreach (DoctorCheck check in Checks)
        {
            string mark = check.State switch { CheckState.Ok => "ok     ", CheckState.Warning => "warning", _ => "problem" };
            text.Append(CultureInfo.InvariantCulture, $"{mark}  {check.Name.PadRight(width)}  {check.Text}\n");
            if (check.Hint is not null)
            {
                text.Append(' ', mark.Length + 2 + width + 2).Append(check.Hint).Append('\n');
            }
        }

        return text.Append(CanTrain ? "This machine can train.\n" : "This machine can't train yet: see the problems above.\n").ToString();
    }

    /// <summary>Formats the report as a JSON document: <c>{"can_train", "checks": [{"name", "state", "text", "hint"}], "machine": {…}}</c>.</summary>
    public string ToJson() => JsonSerializer.Serialize(new DoctorDocument(CanTrain, Checks, Machine), DoctorJson.Readable.DoctorDocument);
}

/// <summary>The JSON document of a report.</summary>
internal sealed record DoctorDocument(bool CanTrain, IReadOnlyList<DoctorCheck> Checks, Machine Machine);

[JsonSerializable(typeof(DoctorDocument))]
internal sealed partial class DoctorJson : JsonSerializerContext
{
    /// <summary>Uses snake_case names, and escapes neither quotes in paths nor characters beyond ASCII.</summary>
    public static DoctorJson Readable { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter<CheckState>(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
