using System.Globalization;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Splits the rows of a table by time: the first rows are for training, those after them for validation, the last ones for testing. Windows
/// are cut inside each part, so no window has a row of another part.</summary>
internal static class TimeSplit
{
    private const string Key = "data.window";

    /// <summary>Checks that the other options of a table fit to windows, or that those of windows are not set without them.</summary>
    /// <exception cref="RequestException">Some do not.</exception>
    public static void Check(TableOptions options, StatedTarget? kind)
    {
        if (options.Window is null)
        {
            RequireNoWindows(options);
            return;
        }

        (bool IsWrong, string Where, string Expected)[] checks =
        [
            (options.Folds is not null, "data.folds", "no folds: rows of a fold would be forecast from later rows"),
            (options.Group is not null, "data.group", "no groups: the split is by time"),
            (options.Missing == MissingPolicy.DropRow || options.Columns.Any(c => c.Missing == MissingPolicy.DropRow), "data.missing", "error, mean or median: without a row, the rows around it would be neighbours"),
            (options.Categories == TableCategories.Codes, "data.categories", "one_hot"),
            (kind is StatedTarget.Classes or StatedTarget.Labels, "data.target_kind", "values, with objective=mse or huber: a forecast is of numbers"),
        ];
        Problem[] problems = [.. checks.Where(c => c.IsWrong).Select(c => new Problem("The option does not fit to windows") { Where = $"{c.Where} and {Key}", Expected = c.Expected })];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    /// <summary>Returns the rows of each part.</summary>
    /// <exception cref="RequestException">A part would be shorter than a window with its horizon.</exception>
    public static (int[] Train, int[] Validation, int[] Test) Cut(TableOptions options, int rows, double testFraction)
    {
        int test = (int)Math.Round(rows * testFraction);
        int validation = (int)Math.Round(rows * options.ValidationFraction);
        int train = rows - validation - test;
        RequireWindow(options, "training", train);
        RequireWindow(options, "validation", options.ValidationFraction > 0 ? validation : null);
        RequireWindow(options, "testing", testFraction > 0 ? test : null);
        return ([.. Enumerable.Range(0, train)], [.. Enumerable.Range(train, validation)], [.. Enumerable.Range(train + validation, test)]);
    }

    /// <summary>Checks that a part has a window with its horizon; null for a part that is not wanted.</summary>
    /// <exception cref="RequestException">It has none.</exception>
    public static void RequireWindow(TableOptions options, string part, int? rows)
    {
        long least = (long)options.Window!.Value + options.Horizon;
        if (rows < least)
        {
            throw new RequestException(new Problem($"The rows for {part} are fewer than a window with its horizon")
            {
                Where = $"{Key} and data.horizon",
                Expected = string.Create(CultureInfo.InvariantCulture, $"at least {least} rows: data.window={options.Window} and data.horizon={options.Horizon}"),
                Received = string.Create(CultureInfo.InvariantCulture, $"{rows} rows"),
                Hint = "Change data.validation_fraction or data.test_fraction, or use shorter windows.",
            });
        }
    }

    private static void RequireNoWindows(TableOptions options)
    {
        (string Name, int Value)[] ofWindows = [("data.horizon", options.Horizon), ("data.stride", options.Stride)];
        Problem[] problems = [.. ofWindows.Where(o => o.Value != 1).Select(o => new Problem("The option is for windows, and there are none")
        {
            Where = o.Name,
            Expected = $"1, or {Key}",
            Received = o.Value.ToString(CultureInfo.InvariantCulture),
        })];
        if (problems.Length > 0)
        {
            throw new RequestException(problems);
        }
    }

    /// <summary>Returns the windows over the rows of a part.</summary>
    public static IDataset Windows(TableOptions options, IDataset rows, int stride) => new WindowDataset(rows, options.Window!.Value, options.Horizon, stride);
}
