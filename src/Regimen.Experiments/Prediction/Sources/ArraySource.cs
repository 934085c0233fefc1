using System.Globalization;
using Regimen.Data;
using Regimen.Datasets;

namespace Regimen.Prediction;

/// <summary>Reads samples from files of arrays: npy and idx.</summary>
internal sealed class ArraySource(Predictor predictor, int together)
{
    private readonly SampleShape _shape = predictor.SampleShape;

    /// <summary>Reads an npy file: <c>[samples, …shape]</c>, or one sample of the shape. For images, bytes are pixels from 0 to 255 and numbers
    /// pixels from 0 to 1.</summary>
    public IEnumerable<InputBlock> Npy(string name, string path)
    {
        RequireArrays();
        using NpyFile file = NpyFile.Open(path);
        int count = Samples(file.Shape, name);
        bool arePixels = predictor.Images is not null && file.Type == NpyType.UInt8;
        for (int first = 0; first < count; first += together)
        {
            int rows = Math.Min(together, count - first);
            int from = first;
            long at = (long)first * _shape.Elements;
            if (arePixels)
            {
                byte[] pixels = new byte[rows * _shape.Elements];
                file.Read(at, pixels);
                yield return Block(name, first, predictor.RequireImages().Samples(pixels));
            }
            else if (file.IsWide && !predictor.RoundFirst)
            {
                double[] values = new double[rows * _shape.Elements];
                file.CopyTo(at, values);
                yield return Block(name, first, InputSamples.Of(values, _shape, roundFirst: false, i => Name(name, from + i)));
            }
            else
            {
                float[] values = new float[rows * _shape.Elements];
                file.CopyTo(at, values);
                yield return Block(name, first, InputSamples.Of(values, _shape, predictor.RoundFirst, i => Name(name, from + i)));
            }
        }
    }

    /// <summary>Reads the images of an idx file, <c>[images, height, width]</c>.</summary>
    public IEnumerable<InputBlock> Idx(string name, string path)
    {
        ImageInput images = predictor.RequireImages();
        using IdxRows file = IdxRows.Open(path);
        int count = Samples(file.Dimensions, name);
        for (int first = 0; first < count; first += together)
        {
            byte[] pixels = new byte[Math.Min(together, count - first) * _shape.Elements];
            file.Read(pixels);
            yield return Block(name, first, images.Samples(pixels));
        }

        file.RequireEnd();
    }

    private InputBlock Block(string name, int first, IDataset samples)
        => new([.. Enumerable.Range(first, samples.Count).Select(i => Name(name, i))], [predictor.Prepare(samples)]);

    private static string Name(string file, int index) => string.Create(CultureInfo.InvariantCulture, $"{file}[{index}]");

    private void RequireArrays()
    {
        if (predictor.Table is not null || predictor.Tokenizer is not null || predictor.Context.Inputs.Count > 1)
        {
            throw predictor.Other("an npy file", "Arrays are for models that were trained on arrays or images.");
        }
    }

    /// <summary>Returns the number of samples of an array. A dimension of 1, such as the channel of a grey image, may be left out.</summary>
    private int Samples(IReadOnlyList<int> dimensions, string name)
    {
        int[] sample = [.. _shape.Dimensions.Where(d => d != 1)];
        if (dimensions.Skip(1).Where(d => d != 1).SequenceEqual(sample))
        {
            return dimensions[0];
        }

        return dimensions.Where(d => d != 1).SequenceEqual(sample) ? 1 : throw new RequestException(new Problem("The samples of the file have another shape than those of the model")
        {
            Where = name,
            Expected = $"[samples, {string.Join(", ", _shape.Dimensions)}]",
            Received = $"[{string.Join(", ", dimensions)}]",
        });
    }
}
