using Regimen.Runs;

namespace Regimen.Experiments;

/// <summary>Which weights of a run are opened, if its training averaged them.</summary>
public enum WeightSet
{
    /// <summary>Those that the run was validated and tested with: the averaged ones if there are any, else the trained ones.</summary>
    Final,

    /// <summary>The averaged ones; a run without an average is refused.</summary>
    Averaged,

    /// <summary>The trained ones.</summary>
    Raw,
}

/// <summary>Finds the file of a set of weights.</summary>
internal static class WeightSetFile
{
    /// <summary>Returns the file in a checkpoint's folder.</summary>
    /// <exception cref="RequestException">It is not the folder of a checkpoint with two sets, and the choice needs one.</exception>
    public static string FileIn(this WeightSet weights, string folder)
    {
        string raw = Path.Combine(folder, CheckpointStore.RawFile);
        string model = Path.Combine(folder, CheckpointStore.ModelFile);
        return weights switch
        {
            WeightSet.Final => model,
            _ when File.Exists(folder) => throw Refused(folder, "a run or a checkpoint's folder: a file has one set of weights"),
            WeightSet.Raw => File.Exists(raw) ? raw : model,
            _ => File.Exists(raw) ? model : throw Refused(folder, "a run trained with average=ema or swa"),
        };
    }

    private static RequestException Refused(string where, string expected) => new(new Problem("There is no choice between averaged and raw weights here") { Where = where, Expected = expected });
}
