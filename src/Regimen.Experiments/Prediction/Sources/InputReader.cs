using Regimen.Datasets;
using Regimen.Files;

namespace Regimen.Prediction;

/// <summary>Reads the inputs of a prediction in order, some samples at a time. An input that can't be read is reported, and the next one is
/// read.</summary>
/// <param name="predictor">The predictor.</param>
/// <param name="refused">Receives the problems of inputs that can't be predicted.</param>
internal sealed class InputReader(Predictor predictor, Action<IReadOnlyList<Problem>> refused)
{
    /// <summary>The name of standard input.</summary>
    public const string StandardInput = "-";

    private const int MostBytes = 32 << 20;
    private const int MostSamples = 1000;

    /// <summary>The number of samples in a batch: as many as in an evaluation, or fewer if they are large.</summary>
    public int Together { get; } = (int)Math.Clamp(
        MostBytes / (sizeof(float) * (long)Math.Max(predictor.SampleShape.Elements, predictor.Context.Inputs.Sum(f => f.Shape.Elements))),
        1,
        Math.Min(MostSamples, predictor.Config.Loader.EvalBatchSize));

    /// <summary>Reads the samples of files and folders.</summary>
    /// <param name="paths">Files, folders, and <see cref="StandardInput"/>.</param>
    /// <param name="workingDirectory">The base of relative paths.</param>
    /// <param name="standardInput">Opens standard input.</param>
    public IEnumerable<InputBlock> Read(IEnumerable<string> paths, string workingDirectory, Func<Stream> standardInput)
    {
        var images = new ImageSource(predictor, refused);
        foreach (string path in Expand(paths, workingDirectory))
        {
            string full = path == StandardInput ? path : Path.GetFullPath(path, workingDirectory);
            InputKind? kind = null;
            Stream? stream = null;
            if (Tried(path, () =>
            {
                stream = path == StandardInput ? standardInput() : InputFile.Open(full);
                byte[] start = new byte[InputKinds.Needed];
                int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
                kind = length == 0 ? throw new RequestException(new Problem("The input is empty") { Where = path }) : InputKinds.Of(start.AsSpan(0, length));
                stream = new ReplayedStream(start.AsMemory(0, length), stream);
            }))
            {
                if (kind == InputKind.Image)
                {
                    using (stream)
                    {
                        Tried(path, () => images.Add(path, stream!));
                    }

                    if (images.Count >= Together && images.Take() is { } full1)
                    {
                        yield return full1;
                    }

                    continue;
                }

                if (images.Take() is { } rest)
                {
                    yield return rest;
                }

                using (stream)
                {
                    foreach (InputBlock block in Guarded(path, () => Source(kind!.Value, path, full, stream!)))
                    {
                        yield return block;
                    }
                }
            }
            else
            {
                stream?.Dispose();
            }
        }

        if (images.Take() is { } last)
        {
            yield return last;
        }
    }

    private IEnumerable<InputBlock> Source(InputKind kind, string name, string path, Stream stream) => kind switch
    {
        InputKind.Npy or InputKind.Idx when name == StandardInput => throw new RequestException(
            new Problem("An array can't be read from standard input") { Where = "standard input", Expected = "CSV rows, JSON lines or an image", Hint = "Give the path of the file." }),
        InputKind.Npy => new ArraySource(predictor, Together).Npy(name, path),
        InputKind.Idx => new ArraySource(predictor, Together).Idx(name, path),
        InputKind.JsonLines => new JsonLinesSource(predictor, Together, refused).Read(name, stream),
        _ when predictor.Images is not null => throw new RequestException(new Problem("The input is not an image that can be read")
        {
            Where = name,
            Expected = "a PNG, JPEG, BMP or WebP file, an idx or npy array, or JSON lines",
            Received = "text or an unknown format",
        }),
        _ => new TableSource(predictor, Together, refused).Read(name, stream),
    };

    /// <summary>Lists the files of folders in ordinal order of their paths.</summary>
    private IEnumerable<string> Expand(IEnumerable<string> paths, string workingDirectory)
    {
        foreach (string path in paths)
        {
            if (path == StandardInput || !Directory.Exists(Path.GetFullPath(path, workingDirectory)))
            {
                yield return path;
                continue;
            }

            string root = Path.GetFullPath(path, workingDirectory);
            var folder = new FolderFiles(root);
            FoundFile[] files = folder.FilesBelow(root);
            foreach (FoundFile file in files)
            {
                yield return Path.Combine(path, Path.GetRelativePath(root, file.Path));
            }

            if (folder.Problems.Count > 0)
            {
                refused(folder.Problems);
            }
            else if (files.Length == 0)
            {
                refused([new Problem("The folder has no files") { Where = path }]);
            }
        }
    }

    private bool Tried(string name, Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (RequestException exception)
        {
            // A problem of the whole model is told at the input that caused it.
            refused([.. exception.Problems.Select(p => p.Where == predictor.Source ? p with { Where = name } : p)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            refused([new Problem($"The input can't be read: {exception.Message.Split('\n')[0]}") { Where = name }]);
        }

        return false;
    }

    /// <summary>Enumerates blocks until one can't be read.</summary>
    private IEnumerable<InputBlock> Guarded(string name, Func<IEnumerable<InputBlock>> source)
    {
        IEnumerator<InputBlock>? blocks = null;
        try
        {
            while (true)
            {
                InputBlock? block = null;
                if (!Tried(name, () =>
                {
                    blocks ??= source().GetEnumerator();
                    block = blocks.MoveNext() ? blocks.Current : null;
                }) || block is null)
                {
                    yield break;
                }

                yield return block;
            }
        }
        finally
        {
            blocks?.Dispose();
        }
    }
}
