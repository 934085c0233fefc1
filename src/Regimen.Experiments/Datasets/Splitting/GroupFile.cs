using System.Globalization;
using System.Text;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Reads the group of each training sample from a file beside the data: an npy array <c>[samples]</c> of numbers, or a text file with the name
/// of a group on each line.</summary>
internal static class GroupFile
{
    /// <summary>The key of the file in a config.</summary>
    public const string Key = "data.groups";

    private const long LargestText = 1 << 30;

    /// <summary>Returns the number of each sample's group.</summary>
    /// <param name="root">The folder that the path is relative to.</param>
    /// <param name="file">The path.</param>
    /// <param name="samples">The number of training samples in the data's files.</param>
    /// <exception cref="RequestException">The file can't be read, or has another number of groups.</exception>
    public static int[] Read(string root, string file, int samples)
    {
        string path = Path.Combine(root, file);
        return path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? OfArray(path, samples) : OfText(path, samples);
    }

    private static int[] OfArray(string path, int samples)
    {
        using var array = NpyFile.Open(path);
        if (array.Shape is not [var count])
        {
            throw new RequestException(new Problem("The groups have the wrong shape") { Where = path, Expected = "[samples]", Received = $"[{string.Join(", ", array.Shape)}]" });
        }

        RequireCount(path, samples, count);
        NpyValues.RequireFinite(array);
        double[] values = NpyValues.Doubles(array);
        Dictionary<double, int> codeOf = values.Distinct().Order().Index().ToDictionary(v => v.Item, v => v.Index);
        return Array.ConvertAll(values, v => codeOf[v]);
    }

    private static int[] OfText(string path, int samples)
    {
        using FileStream file = InputFile.OpenRegular(path);
        if (file.Length > LargestText)
        {
            throw new RequestException(new Problem("The file of groups is too large") { Where = path, Expected = "a text with a short name on each line", Received = $"{file.Length} bytes" });
        }

        var names = new List<string>();
        try
        {
            using var reader = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
            while (reader.ReadLine() is { } line)
            {
                names.Add(line.Trim());
            }
        }
        catch (Exception exception) when (exception is IOException or DecoderFallbackException)
        {
            throw InputFile.Unreadable(path, exception);
        }

        RequireCount(path, samples, names.Count);
        int empty = names.IndexOf(string.Empty);
        return empty < 0 ? GroupCodes.Of(names) : throw new RequestException(new Problem("A sample has no group")
        {
            Where = string.Create(CultureInfo.InvariantCulture, $"{path}({empty + 1})"),
            Expected = "the name of a group on every line",
        });
    }

    private static void RequireCount(string path, int samples, int count)
    {
        if (count != samples)
        {
            throw new RequestException(new Problem("The numbers of groups and samples differ")
            {
                Where = path,
                Expected = string.Create(CultureInfo.InvariantCulture, $"a group for each of the {samples} training samples, before data.limit"),
                Received = string.Create(CultureInfo.InvariantCulture, $"{count} groups"),
            });
        }
    }
}
