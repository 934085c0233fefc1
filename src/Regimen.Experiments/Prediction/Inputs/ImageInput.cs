using Regimen.Data;
using Regimen.Datasets;
using Regimen.Experiments;
using Regimen.Imaging;

namespace Regimen.Prediction;

/// <summary>Decodes images as the run's data set does.</summary>
internal sealed class ImageInput
{
    private readonly ImageLoader _loader;

    private ImageInput(SampleShape shape, bool turns, ImageFit? fit)
    {
        Shape = shape;
        _loader = ImageLoader.OfShape(shape, turns, fit);
    }

    /// <summary>The shape of an image, <c>[channels, height, width]</c>.</summary>
    public SampleShape Shape { get; }

    /// <summary>Returns the images of a model; null if the model was not trained on images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="fit">How images of another size are fitted, if the run did not resize images; null to refuse them.</param>
    public static ImageInput? Of(OpenModel model, ImageFit? fit)
    {
        SampleShape shape = model.SampleShape;
        bool areImages = shape.Rank == 3 && shape.Channels is 1 or 3
            && model.Context.Inputs is [{ Name: Field.Input, Type: ElementType.Float32, IsVariable: false }]
            && model.Config.Data.Options is not (Npy.Options or TableOptions);
        EncodedImageOptions? images = model.Config.Data.Options as EncodedImageOptions;
        ImageFit? ofRun = model.Config.Data.Options switch
        {
            EncodedImageOptions { Size.Count: > 0 } resized => resized.Fit,
            Segmentation.Options { Size.Count: > 0 } resized => resized.Fit,
            _ => null,
        };
        return areImages ? new(shape, images?.ApplyOrientation ?? false, ofRun ?? fit) : null;
    }

    /// <summary>Decodes an image and fits it to the shape.</summary>
    /// <param name="name">The name in messages.</param>
    /// <param name="bytes">The content of a PNG, JPEG, BMP or WebP file.</param>
    /// <param name="pixels">The output, <c>[channels, height, width]</c>.</param>
    /// <exception cref="RequestException">It is not a readable image, or does not fit.</exception>
    public void Decode(string name, byte[] bytes, Span<byte> pixels)
    {
        using EncodedImage image = EncodedImage.Open(name, bytes);
        _loader.Load(name, image, pixels);
    }

    /// <summary>Returns decoded images as samples.</summary>
    /// <param name="pixels">The images, one after the other.</param>
    public IDataset Samples(byte[] pixels) => new ImageDataset(pixels, new int[pixels.Length / Shape.Elements], Shape, ["unknown"]);
}
