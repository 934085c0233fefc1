using Regimen.Data;
using Regimen.Reproducibility;

namespace Regimen.Loading;

/// <summary>Checks the transforms of images that have masks.</summary>
internal static class MaskTransforms
{
    /// <summary>Returns the transforms of the masks of a data set; null if it has none.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="transforms">The transforms of its images.</param>
    /// <exception cref="RequestException">The masks have another size than the images, or a transform does not say what it does to a mask.</exception>
    public static IMaskTransform[]? Of(IDataset dataset, IReadOnlyList<ITransform> transforms)
    {
        if (dataset.Fields.FirstOrDefault(f => f.IsMask) is not { } mask)
        {
            return null;
        }

        SampleShape image = dataset.SampleShape;
        if (image.Rank != 3 || !mask.Shape.Dimensions.AsSpan().SequenceEqual(image.Dimensions.AsSpan()[1..]))
        {
            throw new RequestException(new Problem("The masks of a data set have another size than its images")
            {
                Where = dataset.GetType().Name,
                Expected = "images [channels, height, width] and masks [height, width]",
                Received = $"{image} and {mask.Shape}",
            });
        }

        Problem[] problems = [.. transforms.Where(t => t is not IMaskTransform).Select(t => new Problem("The transform can't be applied to images with masks")
        {
            Where = "transforms",
            Expected = "transforms that move image and mask alike, or change the image's values alone",
            Received = $"{t.Describe()["name"]}",
            Hint = "Choose another transform, or implement IMaskTransform in one of your own.",
        })];
        return problems.Length > 0 ? throw new RequestException(problems) : [.. transforms.Cast<IMaskTransform>()];
    }
}

/// <summary>The mask of the sample that is transformed.</summary>
/// <remarks>Each transform gets the random stream in the state in which the image's transform gets it. So the geometry is drawn once for (seed,
/// epoch, sample), and image and mask get the same one.</remarks>
internal ref struct MaskInTransit
{
    private readonly IMaskTransform[]? _transforms;
    private readonly SampleShape[] _shapes;
    private byte[] _mask = [];
    private byte[] _next = [];

    /// <param name="transforms">The transforms; null where samples have no mask.</param>
    /// <param name="shapes">The shape of the image before each transform, and after the last one.</param>
    public MaskInTransit(IMaskTransform[]? transforms, SampleShape[] shapes)
    {
        (_transforms, _shapes) = (transforms, shapes);
        if (transforms is not null)
        {
            int largest = shapes.Max(Area);
            (_mask, _next) = (new byte[largest], new byte[largest]);
        }
    }

    /// <summary>Begins with the mask of a row.</summary>
    public readonly void Take(ReadOnlySpan<byte> raw, int row)
    {
        if (_transforms is not null)
        {
            raw.Slice(row * Area(_shapes[0]), Area(_shapes[0])).CopyTo(_mask);
        }
    }

    /// <summary>Applies a transform.</summary>
    /// <param name="index">Its index.</param>
    /// <param name="random">The stream before the image's transform draws from it.</param>
    public void Apply(int index, RandomStream random)
    {
        if (_transforms is not null)
        {
            _transforms[index].ApplyToMask(_mask.AsSpan(0, Area(_shapes[index])), _next.AsSpan(0, Area(_shapes[index + 1])), _shapes[index], ref random);
            (_mask, _next) = (_next, _mask);
        }
    }

    /// <summary>Writes the mask to a row.</summary>
    public readonly void Put(Span<byte> done, int row)
    {
        if (_transforms is not null)
        {
            _mask.AsSpan(0, Area(_shapes[^1])).CopyTo(done[(row * Area(_shapes[^1]))..]);
        }
    }

    private static int Area(SampleShape image) => image.Dimensions[1] * image.Dimensions[2];
}
