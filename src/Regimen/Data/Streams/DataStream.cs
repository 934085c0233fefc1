namespace Regimen.Data;

/// <summary>Samples that can be read in their own order only, and whose number is not known: a message queue, a generator, files that are larger than
/// the memory. A loader makes batches of it: <c>DataLoader.ForStream</c>.</summary>
public sealed class DataStream
{
    private readonly Func<IEnumerable<StreamSample>> _open;
    private int _opened;

    private DataStream(IReadOnlyList<Field> fields, Func<IEnumerable<StreamSample>> open, IReadOnlyList<string>? classes, bool repeats, bool reopens)
    {
        ArgumentNullException.ThrowIfNull(fields);
        Fields = [.. fields];
        Classes = classes ?? [];
        Repeats = repeats;
        Reopens = reopens;
        _open = open;
    }

    /// <summary>The tensors of a sample.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>The names of the classes in the order of their indices; empty where the target is numbers.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Whether the stream is opened again after its last sample. Otherwise a training that needs more samples fails.</summary>
    public bool Repeats { get; }

    /// <summary>Whether the stream can be read again from its first sample, as a resumed training does.</summary>
    public bool Reopens { get; }

    /// <summary>Creates a stream that can be read again and again.</summary>
    /// <param name="fields">The tensors of a sample.</param>
    /// <param name="open">Begins to read from the first sample. To resume a training it must return the same samples in the same order each time.</param>
    /// <param name="classes">The names of the classes; null where the target is numbers.</param>
    /// <param name="repeats">Whether the stream is opened again after its last sample.</param>
    public static DataStream From(IReadOnlyList<Field> fields, Func<IEnumerable<StreamSample>> open, IReadOnlyList<string>? classes = null, bool repeats = true)
        => new(fields, open, classes, repeats, reopens: true);

    /// <inheritdoc cref="From(IReadOnlyList{Field}, Func{IEnumerable{StreamSample}}, IReadOnlyList{string}?, bool)"/>
    public static DataStream From(IReadOnlyList<Field> fields, Func<IAsyncEnumerable<StreamSample>> open, IReadOnlyList<string>? classes = null, bool repeats = true)
        => new(fields, () => open().ToBlockingEnumerable(), classes, repeats, reopens: true);

    /// <summary>Creates a stream that can be read once only. A training on it can't be resumed.</summary>
    /// <param name="fields">The tensors of a sample.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="classes">The names of the classes; null where the target is numbers.</param>
    public static DataStream Once(IReadOnlyList<Field> fields, IEnumerable<StreamSample> samples, IReadOnlyList<string>? classes = null)
        => new(fields, () => samples, classes, repeats: false, reopens: false);

    /// <inheritdoc cref="Once(IReadOnlyList{Field}, IEnumerable{StreamSample}, IReadOnlyList{string}?)"/>
    public static DataStream Once(IReadOnlyList<Field> fields, IAsyncEnumerable<StreamSample> samples, IReadOnlyList<string>? classes = null)
        => new(fields, () => samples.ToBlockingEnumerable(), classes, repeats: false, reopens: false);

    /// <summary>Begins to read from the first sample.</summary>
    /// <exception cref="RequestException">The stream can be read once only, and was.</exception>
    internal IEnumerator<StreamSample> Open() => Interlocked.Exchange(ref _opened, 1) == 0 || Reopens
        ? _open().GetEnumerator()
        : throw new RequestException(new Problem("This stream can be read once only, and was read before")
        {
            Where = nameof(DataStream),
            Expected = "a stream that can be opened again: DataStream.From(fields, open)",
            Received = "DataStream.Once(fields, samples)",
        });
}
