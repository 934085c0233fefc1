using Regimen.Data;
using Regimen.Reproducibility;
using Regimen.Transforms;

namespace Regimen.Loading;

/// <summary>Fills a buffer with samples. A <see cref="Normalize"/> at the head of the transforms (a
/// <see cref="Standardize"/> too, where the set can) is part of the data set's one pass over
/// memory; transforms behind it work on one sample at a time, and mixing on the whole batch at the end.</summary>
internal sealed class BatchAssembler
{
    private readonly IDataset _dataset;
    private readonly ChannelScale _scale;
    private readonly ITransform[] _transforms;
    private readonly SampleShape[] _shapes;
    private readonly BatchMixing? _mixing;
    private readonly IMaskTransform[]? _masks;

    /// <param name="dataset">The data set.</param>
    /// <param name="transforms">The transforms.</param>
    /// <param name="mixing">The options of the mixing; null for none.</param>
    /// <param name="keepsBytes">Whether a batch is copied to a device: images of bytes that are only scaled stay bytes until they are there.</param>
    public BatchAssembler(IDataset dataset, IReadOnlyList<ITransform> transforms, LoaderOptions? mixing = null, bool keepsBytes = false)
    {
        _dataset = dataset;
        Form = DatasetForm.Of(dataset);
        if (transforms.Count > 0 && !dataset.Fields.Any(f => f is { Name: Field.Input, Type: ElementType.Float32, IsVariable: false }))
        {
            throw new RequestException(new Problem("The samples have no input that transforms work on")
            {
                Where = "transforms",
                Expected = $"a float32 field named {Field.Input}, of one shape",
                Received = string.Join(", ", dataset.Fields.Select(f => $"{f.Name} ({f.Type} {f.Shape})")),
                Hint = "Take the transforms out, or apply them in the data set.",
            });
        }

        ChannelScale? head = HeadScale(dataset, transforms);
        _scale = head ?? ChannelScale.Identity;
        _transforms = [.. transforms.Skip(head is null ? 0 : 1)];
        _shapes = new SampleShape[_transforms.Length + 1];
        _shapes[0] = dataset.SampleShape;
        for (int i = 0; i < _transforms.Length; i++)
        {
            _shapes[i + 1] = _transforms[i].Transformed(_shapes[i]);
        }

        _masks = MaskTransforms.Of(dataset, _transforms);
        _mixing = mixing is null ? null : BatchMixing.For(dataset, SampleShape, mixing.Mixup, mixing.Cutmix, mixing.MixFraction);
        Fields = [.. dataset.Fields.Select(f => f.Name == Field.Input ? f with { Shape = SampleShape } : f.IsMask ? MaskTarget.Of(SampleShape.Dimensions[1], SampleShape.Dimensions[2]) : _mixing is null ? f : _mixing.Field(f))];
        if (keepsBytes && OnlyGathers && dataset is IByteInputs { GathersBytes: true } && !_scale.IsPerValue && (_scale.Scale.Count == 1 || SampleShape.Rank == 3))
        {
            // The data set's own arithmetic: byte · (scale / 255) + offset, in float32, with each operation rounded.
            var ofBytes = new ChannelScale([.. _scale.Scale.Select(s => s / 255f)], _scale.Offset);
            Fields = [.. Fields.Select(f => f.Name == Field.Input ? f with { Type = ElementType.UInt8, AsFloat = ofBytes } : f)];
        }
    }

    /// <summary>What is read.</summary>
    public IDataset Dataset => _dataset;

    /// <summary>The shape of an input after all transforms.</summary>
    public SampleShape SampleShape => _shapes[^1];

    /// <summary>What the data set was when the first epoch began.</summary>
    public DatasetForm Form { get; }

    /// <summary>The fields of a batch.</summary>
    public IReadOnlyList<Field> Fields { get; }

    /// <summary>Whether a batch is what the data set gathers, with nothing done to it after that.</summary>
    public bool OnlyGathers => _transforms.Length == 0 && _mixing is null;

    /// <summary>A buffer to gather raw samples into, where transforms still have work to do; else null.</summary>
    public BatchBuffer? Scratch(int capacity) => OnlyGathers ? null : new BatchBuffer(_dataset.Fields, capacity);

    /// <summary>Writes some samples of an epoch into a buffer's first rows.</summary>
    /// <param name="plan">The epoch.</param>
    /// <param name="first">The place of the first one in the epoch's order.</param>
    /// <param name="count">How many.</param>
    /// <param name="into">Where to.</param>
    /// <param name="scratch">From <see cref="Scratch"/>, as large as <paramref name="into"/>.</param>
    /// <exception cref="WorkFailedException">A sample can't be prepared; its origin is named.</exception>
    public void Fill(EpochPlan plan, int first, int count, BatchBuffer into, BatchBuffer? scratch)
    {
        try
        {
            Prepare(plan, first, count, into, scratch);
        }
        catch (Exception e)
        {
            Form.ThrowIfChanged(_dataset);
            using var single = new BatchBuffer(Fields, 1);
            using BatchBuffer? singleScratch = Scratch(1);
            throw SampleFailure.Of(_dataset, plan.Order.AsSpan(first, count), e, i => Prepare(plan, first + i, 1, single, singleScratch));
        }
    }

    /// <summary>What the data set does itself while it gathers; null where the first transform is nothing that it can.</summary>
    private static ChannelScale? HeadScale(IDataset dataset, IReadOnlyList<ITransform> transforms)
    {
        ChannelScale? scale = transforms switch
        {
            [Normalize normalize, ..] => normalize.Scale,
            [Standardize standardize, ..] when dataset.Fields.Any(f => f is { Name: Field.Input, ScalesEachValue: true }) => standardize.Scale,
            _ => null,
        };
        if (scale is not null)
        {
            transforms[0].Transformed(dataset.SampleShape);
        }

        return scale;
    }

    private void Prepare(EpochPlan plan, int first, int count, BatchBuffer into, BatchBuffer? scratch)
    {
        ReadOnlySpan<int> indices = plan.Order.AsSpan(first, count);
        if (scratch is null)
        {
            _dataset.Gather(indices, _scale, into);
            into.Check(count);
            return;
        }

        _dataset.Gather(indices, _scale, scratch);
        scratch.Check(count);
        Span<float> images = into.Floats(Field.Input);
        if (_masks is null)
        {
            Transform(plan, first, count, scratch.Floats(Field.Input), images, [], []);
        }
        else
        {
            Transform(plan, first, count, scratch.Floats(Field.Input), images, scratch.Bytes(Field.Target), into.Bytes(Field.Target));
        }

        foreach (Field field in _dataset.Fields.Where(f => f.Name != Field.Input))
        {
            if (_mixing is not null && field == Field.ClassIndex)
            {
                _mixing.Apply(
                    plan,
                    first,
                    scratch.Longs(Field.Target)[..count],
                    into.Floats(Field.Input)[..(count * SampleShape.Elements)],
                    into.Floats(Field.Target)[..(count * _dataset.Classes.Count)]);
            }
            else if (!field.IsMask)
            {
                scratch.CopyTo(into, field, count);
            }
        }
    }

    private void Transform(EpochPlan plan, int first, int count, ReadOnlySpan<float> raw, Span<float> done, ReadOnlySpan<byte> rawMasks, Span<byte> doneMasks)
    {
        int largest = _shapes.Max(s => s.Elements);
        float[] from = new float[largest];
        float[] to = new float[largest];
        var mask = new MaskInTransit(_masks, _shapes);
        for (int row = 0; row < count; row++)
        {
            raw.Slice(row * _shapes[0].Elements, _shapes[0].Elements).CopyTo(from);
            mask.Take(rawMasks, row);
            RandomStream random = plan.RandomOf(first + row);
            for (int i = 0; i < _transforms.Length; i++)
            {
                mask.Apply(i, random);
                _transforms[i].Apply(from.AsSpan(0, _shapes[i].Elements), to.AsSpan(0, _shapes[i + 1].Elements), _shapes[i], ref random);
                (from, to) = (to, from);
            }

            from.AsSpan(0, SampleShape.Elements).CopyTo(done[(row * SampleShape.Elements)..]);
            mask.Put(doneMasks, row);
        }
    }
}
