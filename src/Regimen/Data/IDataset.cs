using System.Globalization;
using System.Security.Cryptography;

namespace Regimen.Data;

/// <summary>A finite set of samples that can be read in any order, from any thread.</summary>
public interface IDataset
{
    /// <summary>How many samples there are.</summary>
    int Count { get; }

    /// <summary>The tensors of a sample. The model is given those that are not targets, in this order.</summary>
    IReadOnlyList<Field> Fields { get; }

    /// <summary>The shape of a sample's input: by default that of the first field that is not a target.</summary>
    SampleShape SampleShape => Fields.First(f => !f.IsTarget).Shape;

    /// <summary>The names of the classes in the order of their indices, or of the labels of a multi-hot target; empty where the target
    /// is numbers (see <see cref="DatasetTarget"/>). Empty by default.</summary>
    IReadOnlyList<string> Classes => [];

    /// <summary>The class index of each sample, where it is known without reading the samples; else null.</summary>
    IReadOnlyList<int>? Labels => null;

    /// <summary>The length of each sample, where samples have different lengths and these are known without reading the samples; else null.</summary>
    IReadOnlyList<int>? Lengths => null;

    /// <summary>Whether every sample lies in memory as it is, so that to gather it is to copy it.</summary>
    bool IsInMemory => false;

    /// <summary>Where a sample comes from, as problems name it: a file, or a file and its row.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    string Origin(int index) => string.Create(CultureInfo.InvariantCulture, $"sample {index}, counted from 0");

    /// <summary>Writes the samples at <paramref name="indices"/>, in that order, into the buffer's first rows, the input as
    /// <c>value · scale + offset</c> of its channel (images keep 0…255 in memory and count as 0…1: they fold 1/255 in).</summary>
    /// <remarks>Thread-safe, and every value of those rows is written. An exception is an error that names the sample by its
    /// <see cref="Origin"/>. Every index is from 0 to <see cref="Count"/> − 1.</remarks>
    void Gather(ReadOnlySpan<int> indices, ChannelScale scale, BatchBuffer into);

    /// <summary>Adds everything that makes this data what it is (shapes, values, targets, order) to a hash.</summary>
    /// <remarks>It may run while samples are gathered.</remarks>
    void AppendTo(IncrementalHash hash);
}
