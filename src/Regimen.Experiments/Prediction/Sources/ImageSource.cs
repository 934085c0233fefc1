using Regimen.Imaging;

namespace Regimen.Prediction;

/// <summary>Collects image files, and decodes them together.</summary>
internal sealed class ImageSource(Predictor predictor, Action<IReadOnlyList<Problem>> refused)
{
    // Encoded images are small, but a folder may have large ones.
    private const long MostBytes = 256L << 20;
    private readonly List<(string Name, byte[] Content)> _images = [];
    private long _bytes;

    /// <summary>The number of collected images; <see cref="int.MaxValue"/> if they take too much memory for another one.</summary>
    public int Count => _bytes > MostBytes ? int.MaxValue : _images.Count;

    /// <summary>Adds an image.</summary>
    /// <exception cref="RequestException">The model takes no images, or the image is too large.</exception>
    public void Add(string name, Stream stream)
    {
        predictor.RequireImages();
        using var content = new MemoryStream();
        byte[] buffer = new byte[81_920];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            content.Write(buffer, 0, read);
            if (content.Length > EncodedImage.MaxFileBytes)
            {
                throw new RequestException(new Problem("The file is too large for an image") { Where = name, Expected = $"at most {EncodedImage.MaxFileBytes} bytes" });
            }
        }

        _images.Add((name, content.ToArray()));
        _bytes += content.Length;
    }

    /// <summary>Decodes the collected images. The problems of the others are reported in order.</summary>
    /// <returns>The images; null if there are none.</returns>
    public InputBlock? Take()
    {
        if (_images.Count == 0)
        {
            return null;
        }

        ImageInput input = predictor.RequireImages();
        var prepared = new PreparedSamples?[_images.Count];
        var problems = new RequestException?[_images.Count];
        Parallel.For(0, _images.Count, i =>
        {
            try
            {
                byte[] pixels = new byte[input.Shape.Elements];
                input.Decode(_images[i].Name, _images[i].Content, pixels);
                prepared[i] = predictor.Prepare(input.Samples(pixels));
            }
            catch (RequestException exception)
            {
                problems[i] = exception;
            }
#pragma warning disable CA1031 // Any failure is reported with the name of its file.
            catch (Exception exception)
            {
                problems[i] = new RequestException(new Problem($"Unable to load the image: {exception.Message.Split('\n')[0]}") { Where = _images[i].Name }, exception);
            }
#pragma warning restore CA1031
        });
        foreach (RequestException problem in problems.OfType<RequestException>())
        {
            refused(problem.Problems);
        }

        string[] names = [.. _images.Where((_, i) => prepared[i] is not null).Select(i => i.Name)];
        _images.Clear();
        _bytes = 0;
        return names.Length == 0 ? null : new InputBlock(names, [.. prepared.OfType<PreparedSamples>()]);
    }
}
