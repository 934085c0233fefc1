using Regimen.Data;
using Regimen.Downloads;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Reads the binary version of CIFAR: from its files, from the unpacked folder, or from the archive.</summary>
internal static class CifarFiles
{
    /// <summary>Loads the splits of a data set with this layout.</summary>
    /// <exception cref="RequestException">A file is missing or damaged, or a split would be empty. All problems are reported
    /// together.</exception>
    public static DataSplits Load(CifarOptions options, CifarForm form, IReadOnlyList<PublicFile> published, DatasetContext context)
    {
        OptionsCheck.ThrowUnlessValid(options);
        RefuseWrongScale(options);
        if (options.Download && !File.Exists(Path.Combine(options.Root, form.Archive)) && form.Files.All(f => Find(options.Root, form, f.Name) is null))
        {
            context.Downloader.Fetch(options.Url, published, options.Root, context.CancellationToken);
        }

        byte[][] files = Read(options.Root, form);
        List<Problem> problems = [];
        for (int i = 0; i < files.Length; i++)
        {
            CheckLabels(files[i], options.Root, form.Files.ElementAt(i).Name, form, problems);
        }

        ProblemList.ThrowIfAny(problems);
        ImageDataset train = Assemble(files[..^1], form);
        DataSplits splits = TrainTest.Split(
            TrainTest.First(train, options.Limit),
            validation: null,
            Assemble(files[^1..], form),
            options.Split(options.Root, train.Count),
            [],
            context.Seed);
        return MeasuredPixels.Normalize(splits, options.Mean, options.Std, context.CancellationToken);
    }

    private static void RefuseWrongScale(CifarOptions options)
    {
        if (options is { Mean: { } mean, Std: { } std } && !(mean.Count == std.Count && mean.Count is 1 or 3 && std.All(s => double.IsFinite(s) && s > 0)))
        {
            throw new RequestException(new Problem("The means and standard deviations do not match three channels")
            {
                Where = "data.mean and data.std",
                Expected = "three of each, or one of each; deviations above 0",
                Received = FormattableString.Invariant($"[{string.Join(", ", mean)}] and [{string.Join(", ", std)}]"),
            });
        }
    }

    /// <summary>Reads the bytes of each file and checks its length.</summary>
    private static byte[][] Read(string root, CifarForm form)
    {
        string hint = $"Put {form.Archive} from https://www.cs.toronto.edu/~kriz/cifar.html there, packed or unpacked, set data.root=FOLDER, or download it with data.download=true.";
        string folder = DataFolder.Require(root, hint);
        string[] names = [.. form.Files.Select(f => f.Name)];
        string[] missing = [.. names.Where(name => Find(root, form, name) is null)];
        string archive = Path.Combine(root, form.Archive);
        if (missing.Length == names.Length && File.Exists(archive))
        {
            return CifarArchive.Read(archive, form);
        }

        if (missing.Length > 0)
        {
            throw new RequestException([.. missing.Select(name => new Problem("A file of the data set is missing")
            {
                Where = Path.Combine(root, name),
                Expected = $"{name} in {folder} or in its folder {form.Folder}",
                Hint = hint,
            })]);
        }

        List<Problem> problems = [];
        byte[][] files = [.. form.Files.Select(f => ReadFile(Find(root, form, f.Name)!, (long)f.Images * form.RecordBytes, problems))];
        return problems.Count == 0 ? files : throw new RequestException(problems);
    }

    private static string? Find(string root, CifarForm form, string name)
        => new[] { Path.Combine(root, name), Path.Combine(root, form.Folder, name) }.FirstOrDefault(Path.Exists);

    private static byte[] ReadFile(string path, long length, List<Problem> problems)
    {
        try
        {
            using FileStream file = InputFile.OpenRegular(path);
            if (file.Length != length)
            {
                problems.Add(WrongLength(path, length, file.Length));
                return [];
            }

            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (RequestException e)
        {
            problems.AddRange(e.Problems);
        }
        catch (IOException e)
        {
            problems.AddRange(InputFile.Unreadable(path, e).Problems);
        }

        return [];
    }

    /// <summary>Creates the problem for a file of the wrong length.</summary>
    public static Problem WrongLength(string path, long expected, long received) => new("The file does not have the expected length")
    {
        Where = path,
        Expected = $"{expected} bytes",
        Received = $"{received} bytes",
        Hint = "The file is damaged or belongs to another data set. Download it again.",
    };

    private static void CheckLabels(byte[] bytes, string root, string name, CifarForm form, List<Problem> problems)
    {
        for (int at = 0; at < bytes.Length; at += form.RecordBytes)
        {
            for (int label = 0; label < form.LabelNames.Count; label++)
            {
                if (bytes[at + label] >= form.LabelNames[label].Count)
                {
                    problems.Add(new Problem("A label is out of range")
                    {
                        Where = $"{Path.Combine(root, name)}, byte {at + label}",
                        Expected = $"a label from 0 to {form.LabelNames[label].Count - 1}",
                        Received = $"{bytes[at + label]}",
                        Hint = "The file is damaged or belongs to a data set with more classes.",
                    });
                    return;
                }
            }
        }
    }

    private static ImageDataset Assemble(byte[][] files, CifarForm form)
    {
        int count = files.Sum(f => f.Length / form.RecordBytes);
        byte[] pixels = GC.AllocateUninitializedArray<byte>(count * CifarForm.ImageBytes);
        var labels = new int[count];
        int image = 0;
        foreach (byte[] file in files)
        {
            for (int at = 0; at < file.Length; at += form.RecordBytes, image++)
            {
                int start = at + form.LabelNames.Count;
                labels[image] = file[start - 1];
                file.AsSpan(start, CifarForm.ImageBytes).CopyTo(pixels.AsSpan(image * CifarForm.ImageBytes));
            }
        }

        return new ImageDataset(pixels, labels, new SampleShape(3, CifarForm.Side, CifarForm.Side), form.Classes);
    }
}
