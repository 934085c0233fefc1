using System.Globalization;
using Regimen.Data;
using Regimen.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Evaluation;

/// <summary>Views of an image for which a model's predictions are averaged (test-time augmentation): the image itself, mirrored, shifted. They are the same
/// for every image and every call.</summary>
public sealed record TestTimeViews
{
    /// <summary>The shift, as a part of the side: 2 pixels of 28.</summary>
    private const double Shift = 1.0 / 14;

    private static readonly ImageView[] Most =
    [
        .. from shift in new (int Down, int Right)[] { (0, 0), (0, 1), (0, -1), (1, 0), (-1, 0) }
           from mirrored in new[] { false, true }
           select new ImageView(mirrored, IsUpsideDown: false, shift.Down, shift.Right),
    ];

    private static readonly Dictionary<string, ImageView[]> Named = new(StringComparer.Ordinal)
    {
        ["flip"] = Most[..2],
        ["flips"] = [.. from upsideDown in new[] { false, true } from mirrored in new[] { false, true } select new ImageView(mirrored, upsideDown, 0, 0)],
        ["shifts"] = [.. Most.Where(v => !v.IsMirrored)],
    };

    private readonly ImageView[] _views;

    private TestTimeViews(string name, ImageView[] views) => (Name, _views) = (name, views);

    /// <summary>The accepted names, in words.</summary>
    public static string Expected => $"{string.Join(", ", Named.Keys)}, or a number of views from 2 to {Most.Length}";

    /// <summary>The name, as on the command line: <c>flip</c>, <c>5</c>.</summary>
    public string Name { get; }

    /// <summary>The number of views, at least 2.</summary>
    public int Count => _views.Length;

    /// <summary>Finds views by name: <c>flip</c> for the image and its mirror image; <c>flips</c> also upside down, four views; <c>shifts</c> for the image and four
    /// shifts, along each side by a fourteenth of it; a number for the first of ten views, which are these shifts, each with its mirror image.</summary>
    /// <returns>The views; null for another name.</returns>
    public static TestTimeViews? Find(string name)
        => Named.TryGetValue(name, out ImageView[]? views) ? new TestTimeViews(name, views)
            : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 2 && count <= Most.Length ? new TestTimeViews(name, Most[..count])
            : null;

    /// <summary>Returns a model that averages the predictions of another one over the views: probabilities for classes and labels, values otherwise.</summary>
    /// <param name="model">The model, which stays the caller's.</param>
    /// <param name="task">The task, which says what the outputs are.</param>
    /// <param name="inputs">The model's inputs.</param>
    /// <exception cref="RequestException">The model does not take images alone, or its outputs can't be averaged.</exception>
    public nn.Module<Tensor, Tensor> Over(nn.Module model, PredictionTask task, IReadOnlyList<Field> inputs)
    {
        if (model is not nn.Module<Tensor, Tensor> one || inputs is not [{ Shape.Rank: 3, IsVariable: false }])
        {
            throw new RequestException(new Problem("Only a model of one image can predict views of it")
            {
                Where = "--tta",
                Expected = "a model whose only input has three dimensions: channels, height, width",
                Received = string.Join(", ", inputs.Select(i => $"{i.Name} {i.Shape}")),
            });
        }

        if (task == PredictionTask.Segmentation && _views.Any(v => v.Down != 0 || v.Right != 0))
        {
            throw new RequestException(new Problem("A shift can't be undone on a mask: pixels at the border would be missing")
            {
                Where = "--tta",
                Expected = "flip or flips for a segmentation",
                Received = Name,
            });
        }

        return task == PredictionTask.Classification || task == PredictionTask.Regression || task == PredictionTask.Binary || task == PredictionTask.MultiLabel || task == PredictionTask.Segmentation
            ? new Averaged(one, _views, task)
            : throw new RequestException(new Problem("The outputs of this task can't be averaged over views")
            {
                Where = "--tta",
                Expected = "classification, regression, segmentation, binary or multi-label classification",
                Received = task.Name,
            });
    }

    private sealed record ImageView(bool IsMirrored, bool IsUpsideDown, int Down, int Right)
    {
        public Tensor Of(Tensor images)
        {
            long[] sides = [.. new long[] { 2, 3 }.Where(d => d == 2 ? IsUpsideDown : IsMirrored)];
            Tensor flipped = sides.Length == 0 ? images : images.flip(sides);
            return Shifted(Shifted(flipped, 2, Down), 3, Right);
        }

        /// <summary>Returns the outputs for each pixel at the places of the image itself. A view without shifts is its own inverse.</summary>
        public Tensor Undone(Tensor outputs) => Of(outputs);

        /// <summary>Shifts along a dimension; the pixels at the border are repeated.</summary>
        private static Tensor Shifted(Tensor images, int dimension, int direction)
        {
            long side = images.size(dimension);
            long by = direction * Math.Max(1, (long)Math.Round(side * Shift));
            if (by == 0 || Math.Abs(by) >= side)
            {
                return images;
            }

            using Tensor places = arange(side, device: images.device).sub(by).clamp(0, side - 1);
            return images.index_select(dimension, places);
        }
    }

    private sealed class Averaged : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> _model;
        private readonly ImageView[] _views;
        private readonly PredictionTask _task;

        public Averaged(nn.Module<Tensor, Tensor> model, ImageView[] views, PredictionTask task)
            : base(nameof(TestTimeViews))
        {
            (_model, _views, _task) = (model, views, task);
            register_module("model", model);
        }

        private bool IsOfClasses => _task == PredictionTask.Classification || _task == PredictionTask.Segmentation;

        /// <summary>The outputs whose probabilities are the means over the views.</summary>
        /// <param name="images"><c>[batch, channels, height, width]</c>.</param>
        public override Tensor forward(Tensor images)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor sum = Meaning(_views[0], images);
            foreach (ImageView view in _views.Skip(1))
            {
                sum = sum.add(Meaning(view, images));
            }

            using Scalar views = _views.Length;
            Tensor mean = sum.div(views);
            Tensor output = IsOfClasses ? mean.log() : _task == PredictionTask.Regression ? mean : mean.log().sub(mean.neg().log1p());
            return output.to(ScalarType.Float32).MoveToOuterDisposeScope();
        }

        /// <summary>What is averaged of the outputs, in double precision.</summary>
        private Tensor Meaning(ImageView view, Tensor images)
        {
            Tensor outputs = _model.call(view.Of(images));
            Tensor precise = (_task == PredictionTask.Segmentation ? view.Undone(outputs) : outputs).to(ScalarType.Float64);
            return IsOfClasses ? precise.softmax(1) : _task == PredictionTask.Regression ? precise : precise.sigmoid();
        }
    }
}
