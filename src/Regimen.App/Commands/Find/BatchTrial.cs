using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.App.CommandLine;
using Regimen.App.Hosting;
using Regimen.Tuning;

namespace Regimen.App.Commands;

/// <summary>The measurement of one batch size in a process of its own, which the system may kill for its memory.</summary>
/// <param name="Size">The size that was tried.</param>
/// <param name="Fits">Whether the process stayed within the memory.</param>
/// <param name="Measured">The measurement; null if the process did not come to it.</param>
/// <param name="Reason">Why it does not fit; null if it does.</param>
internal sealed record BatchTrial(int Size, bool Fits, BatchMeasurement? Measured, string? Reason)
{
    private const int ExitOfSignals = 128;

    /// <summary>Starts the process and waits for it.</summary>
    /// <param name="host">The program.</param>
    /// <param name="arguments">The arguments of the config.</param>
    /// <param name="size">The size.</param>
    /// <param name="limit">The memory that the process may use, in bytes.</param>
    /// <exception cref="RequestException">The process refused the config.</exception>
    /// <exception cref="WorkFailedException">The process can't be started, or failed for another reason than its memory.</exception>
    public static BatchTrial Run(AppHost host, IReadOnlyList<string> arguments, int size, long limit)
    {
        (int exit, string output, string errors) = Start(new ProcessStartInfo(host.Program[0],
        [
            .. host.Program.Skip(1), "find", "batch", .. arguments,
            "--size", size.ToString(CultureInfo.InvariantCulture), "--memory", (limit / 1e6).ToString("R", CultureInfo.InvariantCulture), "--json",
        ])
        {
            WorkingDirectory = host.WorkingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        JsonNode? document = Parse(output);
        if (exit == ExitCodes.Done && document is JsonObject result)
        {
            var measured = new BatchMeasurement((int)result["batch_size"]!, (int)result["samples"]!, (long)result["peak_bytes"]!, (double?)result["samples_per_second"]);
            bool fits = measured.PeakBytes <= limit;
            return new BatchTrial(size, fits, measured, fits ? null : string.Create(CultureInfo.InvariantCulture, $"{measured.PeakBytes / 1e6:0} MB at the peak"));
        }

        Problem[] problems = [.. (document?["errors"] as JsonArray ?? []).Select(Problem)];
        return exit switch
        {
            MemoryWatch.ExitCode => new BatchTrial(size, false, null, "its memory grew above the limit"),
            < 0 or > ExitOfSignals => new BatchTrial(size, false, null, $"the process was ended (exit code {exit.ToString(CultureInfo.InvariantCulture)})"),
            ExitCodes.WrongRequest when problems.Length > 0 => throw new RequestException(problems),
            _ when problems.FirstOrDefault(p => IsOfMemory(p.Message)) is { } allocation => new BatchTrial(size, false, null, allocation.Message),
            _ => throw new WorkFailedException(problems.FirstOrDefault() ?? new Problem($"The process of a trial failed: {errors.Trim().Split('\n')[^1]}") { Where = $"--size {size}" }),
        };
    }

    /// <summary>Returns the document that the process prints.</summary>
    public static JsonObject Document(BatchMeasurement measured) => new()
    {
        ["batch_size"] = measured.BatchSize,
        ["samples"] = measured.Samples,
        ["peak_bytes"] = measured.PeakBytes,
        ["samples_per_second"] = ProblemReport.Number(measured.SamplesPerSecond),
    };

    private static bool IsOfMemory(string message)
        => message.Contains("memory", StringComparison.OrdinalIgnoreCase) || message.Contains("too large", StringComparison.OrdinalIgnoreCase);

    private static Problem Problem(JsonNode? error) => new((string?)error?["message"] ?? "The trial failed")
    {
        Where = (string?)error?["where"],
        Expected = (string?)error?["expected"],
        Received = (string?)error?["received"],
        Hint = (string?)error?["hint"],
    };

    private static JsonNode? Parse(string output)
    {
        try
        {
            return JsonNode.Parse(output);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (int Exit, string Output, string Errors) Start(ProcessStartInfo start)
    {
        try
        {
            using var process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.GetAwaiter().GetResult());
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or System.ComponentModel.Win32Exception)
        {
            throw new WorkFailedException(new Problem($"The process of a trial can't be started: {exception.Message}") { Where = start.FileName }, exception);
        }
    }
}
