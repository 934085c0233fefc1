using System.Globalization;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>Opens the inputs and targets of a split, and checks that they match each other and the training set.</summary>
internal sealed class NpyPartReader(Npy.Options options, TargetKind wanted)
{
    public NpyDataset? Read(string? x, string? y, NpyDataset? train)
    {
        if (x is null || y is null)
        {
            return null;
        }

        var inputs = NpyFile.Open(Path.Combine(options.Root, x));
        using var targets = NpyFile.Open(Path.Combine(options.Root, y));
        RequireSamples(inputs);
        RequireSamples(targets);
        if (inputs.Shape[0] != targets.Shape[0])
        {
            throw new RequestException(new Problem("The numbers of inputs and targets differ")
            {
                Where = $"{inputs.Path} and {targets.Path}",
                Expected = $"a target for each of the {inputs.Shape[0]} inputs",
                Received = $"{targets.Shape[0]} targets",
            });
        }

        if (inputs.Elements / inputs.Shape[0] > Array.MaxLength || targets.Elements > Array.MaxLength)
        {
            throw new RequestException(new Problem("The array is too large") { Where = inputs.Path, Expected = "a sample, and all targets, of less than 2^31 values" });
        }

        NpyValues.RequireFinite(inputs);
        NpyValues.RequireFinite(targets);
        var part = new NpyDataset(inputs, Targets(targets, train), options.RoundFirst);
        return train is null || (train.SampleShape == part.SampleShape && train.Fields[1] == part.Fields[1]) ? part : throw new RequestException(
            new Problem("The shapes differ from those of the training set")
            {
                Where = $"{inputs.Path} and {targets.Path}",
                Expected = $"inputs {train.SampleShape}, targets {train.Fields[1].Shape}",
                Received = $"inputs {part.SampleShape}, targets {part.Fields[1].Shape}",
            });
    }

    private NpyTargets Targets(NpyFile file, NpyDataset? train)
    {
        int perSample = (int)(file.Elements / file.Shape[0]);
        StatedTarget kind = Kind(file);
        TargetScale.RequireNumbers(options.ScaleTarget, kind == StatedTarget.Values);
        return kind switch
        {
            StatedTarget.Classes => Classes(file, perSample, train),
            StatedTarget.Labels => Labels(file, perSample),
            _ => Numbers(file),
        };
    }

    private NpyTargets Numbers(NpyFile file)
    {
        var field = new Field(Field.Target, file.Shape.Count == 1 ? SampleShape.Scalar : new SampleShape([.. file.Shape.Skip(1)]), ElementType.Float32);
        if (options.ScaleTarget == TargetScaling.None)
        {
            return new(field, [], [], NpyValues.Floats(file));
        }

        double[] values = NpyValues.Doubles(file);
        int wrong = Array.FindIndex(values, v => !TargetScale.IsInDomain(options.ScaleTarget, v));
        return wrong < 0
            ? new(field, [], [], []) { ToScale = values }
            : throw new RequestException(TargetScale.OutsideDomain(options.ScaleTarget, values[wrong], NpyValues.Place(file, wrong)));
    }

    private StatedTarget Kind(NpyFile file) => options.Target ?? wanted switch
    {
        TargetKind.ClassIndex => StatedTarget.Classes,
        TargetKind.MultiHot => StatedTarget.Labels,
        TargetKind.Values => StatedTarget.Values,
        _ => file.Type is NpyType.Float32 or NpyType.Float64 ? StatedTarget.Values : StatedTarget.Classes,
    };

    private NpyTargets Classes(NpyFile file, int perSample, NpyDataset? train)
    {
        if (perSample != 1)
        {
            throw NoIndices(file.Path, $"{file.Type} [{string.Join(", ", file.Shape)}]");
        }

        long[] labels = file.Type is NpyType.Float32 or NpyType.Float64 ? WholeNumbers(file) : NpyValues.Longs(file);
        long most = train?.Classes.Count ?? (options.Classes?.Count ?? (long)int.MaxValue);
        int wrong = Array.FindIndex(labels, l => l < 0 || l >= most);
        if (wrong >= 0)
        {
            throw new RequestException(new Problem(labels[wrong] < 0 ? "A class index is below 0" : train is null ? "A label is out of range" : "A class does not occur in the training samples")
            {
                Where = string.Create(CultureInfo.InvariantCulture, $"{file.Path}[{wrong}]"),
                Expected = string.Create(CultureInfo.InvariantCulture, $"a class index from 0 to {most - 1}"),
                Received = labels[wrong].ToString(CultureInfo.InvariantCulture),
            });
        }

        return new(Field.ClassIndex, train?.Classes ?? Npy.Names(options, (int)Math.Min(labels.Max() + 1, int.MaxValue), file.Path), Array.ConvertAll(labels, l => (int)l), []);
    }

    /// <summary>Reads class indices that were saved as floating-point numbers.</summary>
    private static long[] WholeNumbers(NpyFile file)
    {
        double[] values = NpyValues.Doubles(file);
        int wrong = Array.FindIndex(values, v => v != Math.Floor(v) || Math.Abs(v) > int.MaxValue);
        return wrong < 0 ? Array.ConvertAll(values, v => (long)v) : throw NoIndices(NpyValues.Place(file, wrong), values[wrong].ToString(CultureInfo.InvariantCulture));
    }

    private static RequestException NoIndices(string where, string received) => new(new Problem("The targets are not class indices")
    {
        Where = where,
        Expected = "whole numbers, one per sample",
        Received = received,
        Hint = "For numbers, set objective=mse. For several labels per sample, set objective=multilabel_cross_entropy.",
    });

    private NpyTargets Labels(NpyFile file, int perSample)
    {
        // Compare in float64, because float32 may round other values to 1.
        double[] values = NpyValues.Doubles(file);
        int wrong = values.AsSpan().IndexOfAnyExcept(0, 1);
        if (file.Shape.Count != 2 || wrong >= 0)
        {
            throw new RequestException(new Problem("The targets are not labels")
            {
                Where = wrong < 0 ? file.Path : string.Create(CultureInfo.InvariantCulture, $"{file.Path}[{wrong / perSample}, {wrong % perSample}]"),
                Expected = "[samples, labels] of 0 and 1",
                Received = wrong < 0 ? $"[{string.Join(", ", file.Shape)}]" : values[wrong].ToString(CultureInfo.InvariantCulture),
            });
        }

        IReadOnlyList<string> names = Npy.Names(options, perSample, file.Path);
        return names.Count == perSample
            ? new(new Field(Field.Target, new SampleShape(perSample), ElementType.Float32), names, [], Array.ConvertAll(values, v => (float)v))
            : throw new RequestException(new Problem("The numbers of names and labels differ") { Where = "data.classes", Expected = $"{perSample}", Received = $"{names.Count}" });
    }

    private static void RequireSamples(NpyFile file)
    {
        if (file.Shape.Count == 0)
        {
            throw new RequestException(new Problem("The array has no dimension for samples") { Where = file.Path, Expected = "[samples, …]", Received = "[]" });
        }
    }
}
