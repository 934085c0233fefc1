using System.Globalization;

namespace Regimen.Datasets;

/// <summary>Finds the classes of archives' labels. A whole number is the index of a class, any other text its name.</summary>
internal static class PackedLabels
{
    private const int MostClasses = 100_000;

    /// <summary>Returns the names of the classes.</summary>
    /// <param name="training">The archives for training.</param>
    /// <param name="stated">The names of data.classes.</param>
    /// <exception cref="RequestException">The labels are neither indices nor names, or there are fewer than two classes.</exception>
    public static string[] Classes(IReadOnlyList<PackedArchive> training, IReadOnlyList<string> stated)
    {
        string[] names = stated.Count > 0 ? [.. stated] : training[0].Index.Names;
        if (names.Length == 0)
        {
            names = Found(training);
        }

        string? twice = names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null && names.Length is >= 2 and <= MostClasses ? names : throw new RequestException(
            new Problem(twice is not null ? "A class is named twice" : names.Length < 2 ? "The training images have fewer than two classes" : "There are too many classes")
            {
                Where = stated.Count > 0 ? "data.classes" : training[0].Path,
                Expected = string.Create(CultureInfo.InvariantCulture, $"2 to {MostClasses} different classes"),
                Received = twice ?? (names.Length == 1 ? names[0] : string.Create(CultureInfo.InvariantCulture, $"{names.Length} classes")),
                Hint = names.Length > MostClasses ? "The label is the index or the name of a class. Choose its member or column with data.label." : null,
            });
    }

    /// <summary>Returns the class index of each image.</summary>
    /// <param name="archives">The archives of a part.</param>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="problems">Receives labels that are not classes.</param>
    public static int[] Indices(IReadOnlyList<PackedArchive> archives, string[] classes, List<Problem> problems)
    {
        Dictionary<string, int> indexOf = classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        var indices = new int[archives.Sum(a => a.Index.Count)];
        int at = 0;
        foreach (PackedArchive archive in archives)
        {
            int[] ofCode = [.. archive.Index.Texts.Select(text => IndexOf(text, indexOf))];
            for (int code = 0; code < ofCode.Length; code++)
            {
                if (ofCode[code] < 0)
                {
                    problems.Add(Unknown(archive, code, classes));
                }
            }

            foreach (int code in archive.Index.Labels)
            {
                indices[at++] = ofCode[code];
            }
        }

        return indices;
    }

    /// <summary>Returns a note on classes without training images; none if each has some.</summary>
    public static IReadOnlyList<string> Notes(string[] classes, int[] training)
    {
        var counts = new int[classes.Length];
        foreach (int index in training)
        {
            counts[index]++;
        }

        string[] without = [.. classes.Where((_, i) => counts[i] == 0)];
        string names = string.Join(", ", without.Take(10)) + (without.Length > 10 ? " …" : string.Empty);
        return without.Length == 0 ? [] : [$"{(without.Length == 1 ? "The class" : "The classes")} {names} {(without.Length == 1 ? "has" : "have")} no training image"];
    }

    private static int IndexOf(string text, Dictionary<string, int> indexOf)
        => !IsNumber(text, out long number) ? indexOf.GetValueOrDefault(text, -1) : number >= 0 && number < indexOf.Count ? (int)number : -1;

    private static bool IsNumber(string text, out long number) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>The classes that no one states: indices up to the largest one, or the names in ordinal order.</summary>
    private static string[] Found(IReadOnlyList<PackedArchive> training)
    {
        (PackedArchive Archive, int Code, string Text)[] all = [.. training.SelectMany(a => a.Index.Texts.Select((text, code) => (a, code, text))).DistinctBy(t => t.text, StringComparer.Ordinal)];
        (PackedArchive Archive, int Code, string Text)[] numbers = [.. all.Where(t => IsNumber(t.Text, out _))];
        int fraction = Array.FindIndex(all, t => !IsNumber(t.Text, out _) && double.TryParse(t.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value));
        if (fraction >= 0)
        {
            throw new RequestException(new Problem("The label is a number, but not a whole one")
            {
                Where = Place(all[fraction].Archive, all[fraction].Code),
                Expected = "the index or the name of a class",
                Received = all[fraction].Text,
                Hint = "If it is the name of a class, name all classes with data.classes=[…].",
            });
        }

        if (numbers.Length > 0 && numbers.Length < all.Length)
        {
            (PackedArchive archive, int code, string text) = all.First(t => !IsNumber(t.Text, out _));
            throw new RequestException(new Problem("Some labels are whole numbers, others are not")
            {
                Where = Place(archive, code),
                Expected = $"the index of a class, like {numbers[0].Text} in {Place(numbers[0].Archive, numbers[0].Code)}; or the name of a class in every label",
                Received = text,
                Hint = "Name the classes with data.classes=[…]; a label may then be an index or a name.",
            });
        }

        if (numbers.Length == 0)
        {
            return [.. all.Select(t => t.Text).Order(StringComparer.Ordinal)];
        }

        long[] values = [.. numbers.Select(n => long.Parse(n.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))];
        int wrong = Array.FindIndex(values, v => v is < 0 or >= MostClasses);
        return wrong < 0 ? [.. Enumerable.Range(0, (int)values.Max() + 1).Select(i => i.ToString(CultureInfo.InvariantCulture))] : throw new RequestException(
            new Problem("The label is out of range")
            {
                Where = Place(numbers[wrong].Archive, numbers[wrong].Code),
                Expected = string.Create(CultureInfo.InvariantCulture, $"the index of a class, from 0 to {MostClasses - 1}"),
                Received = numbers[wrong].Text,
            });
    }

    private static Problem Unknown(PackedArchive archive, int code, string[] classes)
    {
        bool isNumber = IsNumber(archive.Index.Texts[code], out _);
        return new Problem(isNumber ? "The label is out of range" : "The label is not a class")
        {
            Where = Place(archive, code),
            Expected = isNumber ? string.Create(CultureInfo.InvariantCulture, $"0 to {classes.Length - 1}, the index of one of {classes.Length} classes") : $"one of {string.Join(", ", classes.Take(20))}",
            Received = archive.Index.Texts[code],
            Hint = isNumber ? null : Spelling.DidYouMean(archive.Index.Texts[code], classes),
        };
    }

    private static string Place(PackedArchive archive, int code) => archive.OriginOf(Array.IndexOf(archive.Index.Labels, code));
}
