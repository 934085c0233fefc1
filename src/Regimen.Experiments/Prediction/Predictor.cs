using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Experiments;
using Regimen.Imaging;
using Regimen.Metrics;
using Regimen.Models;
using Regimen.Text;
using static TorchSharp.torch;

namespace Regimen.Prediction;

/// <summary>Predicts with a trained model. The model's file is enough: it has the config, the classes and the pre-processing, which is repeated by
/// the code of the training.</summary>
/// <remarks>
/// A predictor may be used by several threads at once; each result has the same bits as without the others. Samples are decoded on the calling
/// threads, and batches are computed one at a time, with the number of threads that the run recorded. Do not predict while a training runs in the
/// same process: the number of threads belongs to the process.
/// </remarks>
/// <example><code>
/// using var predictor = Predictor.Open("runs/latest");
/// PredictionResult prediction = predictor.PredictFile("digit.png");
/// string text = $"{prediction.Class}: {prediction.Probability:P1}";
/// </code></example>
public sealed class Predictor : IDisposable
{
    private readonly OpenModel _model;
    private readonly ModelRunner _runner;
    private readonly SamplePreparation _preparation;
    private readonly PredictionReader _reader;
    private readonly bool _roundFirst;

    private Predictor(OpenModel model, TrainedModel source, PredictorOptions options)
    {
        _model = model;
        Source = source.RunFolder is { } run ? $"{run}, checkpoint {source.Checkpoint}" : source.Checkpoint;
        RunFolder = source.RunFolder;
        _preparation = new SamplePreparation(model, source.Checkpoint);
        _runner = new ModelRunner(model, options.Threads, options.StableRows);
        _reader = new PredictionReader(model);
        _roundFirst = model.Config.Data.Options is Npy.Options { RoundFirst: true };
        Images = ImageInput.Of(model, options.Fit);
        Table = _preparation.Encoding is { } encoding ? new TableInput(encoding, model.Config.Trainer.Bits) : null;
        Windows = _preparation.Windows;
        Tokenizer = Tokenizer.Find(model.Preprocessing);
    }

    /// <summary>The run's folder and the checkpoint, or the path of the model's file.</summary>
    public string Source { get; }

    /// <summary>The inputs and outputs of the model, its classes and its vocabulary.</summary>
    public ModelContext Context => _model.Context;

    /// <summary>The config of the model's run.</summary>
    public RunConfig Config => _model.Config;

    /// <summary>The task, which determines the properties of a <see cref="PredictionResult"/>.</summary>
    public PredictionTask Task => _model.Objective.Task;

    /// <summary>The names of the classes or labels in the order of their indices; empty for numbers.</summary>
    public IReadOnlyList<string> Classes => _model.Context.Classes;

    /// <summary>The columns of a table's row, in the order of <see cref="PredictRow(IReadOnlyList{string})"/>; empty for other data.</summary>
    public IReadOnlyList<string> Columns => Table?.Columns ?? [];

    /// <summary>The shape of a sample before the pre-processing: <c>[channels, height, width]</c> of an image.</summary>
    public SampleShape SampleShape => _model.SampleShape;

    /// <summary>The number of threads that compute a batch.</summary>
    public int Threads => _runner.Threads;

    /// <summary>The folder of the run; null for a file that does not belong to a run.</summary>
    internal string? RunFolder { get; }

    /// <summary>The images of the model; null for other data.</summary>
    internal ImageInput? Images { get; }

    /// <summary>The table of the model; null for other data.</summary>
    internal TableInput? Table { get; }

    /// <summary>The windows over rows from which a model of a time series forecasts; null for other models.</summary>
    internal TableWindows? Windows { get; }

    /// <summary>The tokenizer of a language model; null for other models.</summary>
    internal Tokenizer? Tokenizer { get; }

    /// <summary>Whether the model's npy values were rounded to float32 before they were normalised.</summary>
    internal bool RoundFirst => _roundFirst;

    /// <summary>Opens a trained model.</summary>
    /// <param name="model">A run's folder or name, <c>latest</c>, a checkpoint's folder, a <c>model.safetensors</c>, or a folder that has one.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="RequestException">There is no such model, its file is damaged, or the catalog does not have its parts.</exception>
    public static Predictor Open(string model, PredictorOptions? options = null)
    {
        options ??= new PredictorOptions();
        string workingDirectory = options.WorkingDirectory ?? Environment.CurrentDirectory;
        var source = TrainedModel.Find(model, options.Runs, workingDirectory, options.Weights);
        return Open(source, options);
    }

    /// <summary>Opens a model that was found.</summary>
    internal static Predictor Open(TrainedModel source, PredictorOptions options)
    {
        if (Engine.NativeCheck.Run().Problem is { } problem)
        {
            throw new RequestException(problem);
        }

        OpenModel open = source.Open(options.Catalog ?? ComponentCatalog.From());
        try
        {
            open = options.Views is { } views ? open with { Model = views.Over(open.Model, open.Objective.Task, open.Context.Inputs) } : open;
            open.Model.eval();
            return new Predictor(open, source, options);
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    /// <summary>Predicts an image file: PNG, JPEG, BMP or WebP.</summary>
    /// <exception cref="RequestException">The file is not a readable image, does not fit, or the model is not for images.</exception>
    public PredictionResult PredictFile(string path) => PredictImage(path, EncodedImage.ReadFile(path));

    /// <summary>Predicts image files, as one batch.</summary>
    /// <exception cref="RequestException">A file is not a readable image or does not fit; it holds every problem.</exception>
    public IReadOnlyList<PredictionResult> PredictFiles(IReadOnlyList<string> paths)
    {
        ImageInput images = RequireImages();
        int size = images.Shape.Elements;
        byte[] pixels = new byte[checked(paths.Count * size)];
        var refused = new RequestException?[paths.Count];
        Parallel.For(0, paths.Count, i =>
        {
            try
            {
                images.Decode(paths[i], EncodedImage.ReadFile(paths[i]), pixels.AsSpan(i * size, size));
            }
            catch (RequestException exception)
            {
                refused[i] = exception;
            }
        });
        Problem[] problems = [.. refused.OfType<RequestException>().SelectMany(r => r.Problems)];
        return problems.Length == 0 ? Predict(images.Samples(pixels)) : throw new RequestException(problems);
    }

    /// <summary>Predicts the content of an image file: PNG, JPEG, BMP or WebP.</summary>
    /// <inheritdoc cref="PredictFile"/>
    public PredictionResult PredictImage(byte[] content) => PredictImage("the image", content);

    /// <summary>Predicts an image read from a stream to its end.</summary>
    /// <inheritdoc cref="PredictFile"/>
    public PredictionResult PredictImage(Stream content)
    {
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return PredictImage(bytes.ToArray());
    }

    /// <summary>Predicts a row of a table.</summary>
    /// <param name="row">A value for each of <see cref="Columns"/>: a number, a text, or null for a missing value. Other names are ignored.</param>
    /// <exception cref="RequestException">A column or value is missing, invalid or unknown, or the model is not for tables.</exception>
    public PredictionResult PredictRow(IReadOnlyDictionary<string, object?> row) => PredictRows([row])[0];

    /// <summary>Predicts rows of a table, as one batch.</summary>
    /// <inheritdoc cref="PredictRow(IReadOnlyDictionary{string, object})"/>
    public IReadOnlyList<PredictionResult> PredictRows(IReadOnlyList<IReadOnlyDictionary<string, object?>> rows) => Predict(RequireTable().Samples(rows, row => rows.Count == 1 ? "the row" : $"row {row}, counted from 0"));

    /// <summary>Predicts a row of text cells, written as in the training table, in the order of <see cref="Columns"/>.</summary>
    /// <inheritdoc cref="PredictRow(IReadOnlyDictionary{string, object})"/>
    public PredictionResult PredictRow(IReadOnlyList<string> cells) => Predict(RequireTable().Samples([cells], _ => "the row"))[0];

    /// <summary>Predicts a sample of numbers, before the pre-processing: the values of an npy file, or pixels from 0 to 1.</summary>
    /// <param name="sample">The values of <see cref="SampleShape"/>, row-major.</param>
    /// <exception cref="RequestException">The number of values is another one, a value is not finite, or the model takes other inputs.</exception>
    public PredictionResult PredictValues(params ReadOnlySpan<float> sample) => PredictBatch(sample.ToArray(), 1)[0];

    /// <summary>Predicts a sample of numbers that float32 can't represent exactly.</summary>
    /// <inheritdoc cref="PredictValues(ReadOnlySpan{float})"/>
    public PredictionResult PredictValues(ReadOnlySpan<double> sample)
    {
        Require(sample.Length, 1);
        return Predict(InputSamples.Of(sample.ToArray(), SampleShape, _roundFirst))[0];
    }

    /// <summary>Predicts samples of numbers, as one batch.</summary>
    /// <param name="samples">The values of all samples, one sample after the other.</param>
    /// <param name="count">The number of samples.</param>
    /// <inheritdoc cref="PredictValues(ReadOnlySpan{float})"/>
    public IReadOnlyList<PredictionResult> PredictBatch(float[] samples, int count)
    {
        Require(samples.Length, count);
        return Predict(InputSamples.Of(samples, SampleShape, _roundFirst));
    }

    /// <summary>Predicts the samples of a data set, in batches of the run's <c>loader.eval_batch_size</c>. Their targets are ignored.</summary>
    /// <param name="data">The samples, before the pre-processing, with the fields of the run's data.</param>
    /// <exception cref="RequestException">The samples are of another form, or one is invalid.</exception>
    public IReadOnlyList<PredictionResult> Predict(IDataset data)
    {
        var predictions = new List<PredictionResult>(data.Count);
        int together = Config.Loader.EvalBatchSize;
        for (int first = 0; first < data.Count; first += together)
        {
            int count = Math.Min(together, data.Count - first);
            predictions.AddRange(Predict(Prepare(count == data.Count ? data : new Subset(data, [.. Enumerable.Range(first, count)]))));
        }

        return predictions;
    }

    /// <summary>Continues a text, for a language model. The result is a function of the model, the prompt and the options.</summary>
    /// <param name="prompt">The text to continue.</param>
    /// <param name="options">The number of tokens, the temperature and the seed; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the generation between two tokens.</param>
    /// <returns>The text after the prompt, in pieces.</returns>
    /// <exception cref="RequestException">The model is not a language model, or an option is out of bounds.</exception>
    public IEnumerable<string> Continue(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        Tokenizer tokenizer = Tokenizer ?? throw Other("text", "Only a model that was trained with data=text continues a prompt.");
        int longest = _model.Context.InputShape is { Rank: > 0 } shape ? shape.Dimensions[0] : 1;
        return Pieces(TextGenerator.Continue(_model.Model, tokenizer, prompt, options ?? new GenerationOptions(), longest, cancellationToken));
    }

    /// <summary>Returns the outputs of a batch that is prepared: its fields are the model's inputs, after the pre-processing.</summary>
    /// <returns>A tensor <c>[samples, …]</c> on the CPU: what <c>Evaluator.Predict</c> returns. The caller disposes it.</returns>
    /// <param name="batch">The batch. It stays the caller's.</param>
    public Tensor Outputs(Batch batch) => _runner.Alone(() =>
    {
        using IDisposable withoutGradients = no_grad();
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        return _model.Objective.Predict(_model.Model, batch).detach().cpu().clone().MoveToOuterDisposeScope();
    });

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    /// <summary>Applies the pre-processing.</summary>
    internal PreparedSamples Prepare(IDataset data) => _preparation.Prepare(data);

    /// <summary>Predicts samples as one batch.</summary>
    /// <param name="groups">The samples, group after group.</param>
    /// <returns>The predictions, in the same order.</returns>
    internal PredictionResult[] Predict(params IReadOnlyList<PreparedSamples> groups) => Array.ConvertAll(_runner.Run(groups), _reader.Read);

    /// <summary>Returns the images that the model takes.</summary>
    /// <exception cref="RequestException">The model was trained on other data.</exception>
    internal ImageInput RequireImages() => Images ?? throw Other("images", "Images are for models that were trained on images.");

    /// <summary>Returns the table that the model takes.</summary>
    /// <exception cref="RequestException">The model was trained on other data.</exception>
    internal TableInput RequireTable() => Table ?? throw Other("rows of a table", "Rows are for models that were trained with data=csv.");

    /// <summary>The exception for inputs that the model does not take.</summary>
    internal RequestException Other(string received, string hint) => new(new Problem("The model takes other inputs")
    {
        Where = Source,
        Expected = Tokenizer is not null ? "text to continue"
            : Table is not null ? $"rows of a table with the columns {string.Join(", ", Columns)}"
            : Images is not null ? $"images {SampleShape}"
            : $"samples {string.Join(", ", Context.Inputs.Select(f => $"{f.Name} {f.Shape}"))}",
        Received = received,
        Hint = hint,
    });

    private PredictionResult PredictImage(string name, byte[] content)
    {
        ImageInput images = RequireImages();
        byte[] pixels = new byte[images.Shape.Elements];
        images.Decode(name, content, pixels);
        return Predict(images.Samples(pixels))[0];
    }

    private void Require(int values, int count)
    {
        if (Table is not null || Tokenizer is not null)
        {
            throw Other("values", "Values are for models that were trained on arrays or images.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (values != (long)count * SampleShape.Elements)
        {
            throw new RequestException(new Problem("The number of values is not that of the samples")
            {
                Expected = $"{(long)count * SampleShape.Elements}: {count} of {SampleShape}",
                Received = $"{values}",
            });
        }
    }

    private IEnumerable<string> Pieces(IEnumerable<string> text)
    {
        using IEnumerator<string> pieces = text.GetEnumerator();
        while (_runner.Alone(pieces.MoveNext))
        {
            yield return pieces.Current;
        }
    }
}
