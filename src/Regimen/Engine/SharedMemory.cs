using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Detects tensors of a model that share memory but are different objects. Training moves every parameter to its own memory
/// (<see cref="FlatParameters"/>), so tensors tied in this way would silently become independent.</summary>
internal static class SharedMemory
{
    /// <summary>Refuses a trainable parameter that shares memory with another parameter or a buffer.</summary>
    /// <exception cref="RequestException">There is such a parameter; it holds all of them.</exception>
    public static void Check(nn.Module model)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        var seen = new HashSet<IntPtr>();
        Place[] places =
        [
            .. model.named_parameters().Select(p => (p.name, (Tensor)p.parameter))
                .Concat(ModelBuffers.Of(model))
                .Where(t => t.Item2.device_type == DeviceType.CPU && t.Item2.numel() > 0 && seen.Add(t.Item2.Handle))
                .Select(t => new Place(t.Item1, t.Item2))
                .OrderBy(p => p.Start),
        ];
        var problems = new List<Problem>();
        for (int i = 0; i < places.Length; i++)
        {
            for (int j = i + 1; j < places.Length && places[j].Start < places[i].End; j++)
            {
                if ((places[i].IsTrained || places[j].IsTrained) && places[i].Overlaps(places[j]))
                {
                    problems.Add(ProblemOf(model, places[i], places[j]));
                }
            }
        }

        if (problems.Count > 0)
        {
            throw new RequestException(problems);
        }
    }

    private static Problem ProblemOf(nn.Module model, Place one, Place other) => new("Two tensors of the model share memory but are different objects")
    {
        Where = $"{model.GetType().Name}, {one.Name} and {other.Name}",
        Expected = "one Parameter object in both places, or separate memory",
        Hint = "To tie two layers, assign the same Parameter object to both; to start with equal values, copy them: weight.copy_(other).",
    };

    /// <summary>The memory of a tensor.</summary>
    private sealed class Place
    {
        private readonly Tensor _tensor;

        public unsafe Place(string name, Tensor tensor)
        {
            (Name, _tensor) = (name, tensor);
            using Tensor first = tensor.detach().as_strided([1], [1], tensor.storage_offset());
            fixed (byte* address = first.bytes)
            {
                Start = (nint)address;
            }

            Extent = 1 + tensor.shape.Zip(tensor.stride(), (size, stride) => (size - 1) * stride).Sum();
            End = Start + ((nint)Extent * (nint)tensor.ElementSize);
        }

        public string Name { get; }

        public nint Start { get; }

        public nint End { get; }

        public bool IsTrained => _tensor.requires_grad;

        /// <summary>The number of elements from the first to the last, gaps included.</summary>
        private long Extent { get; }

        /// <summary>Whether two tensors have a byte in common. For tensors with gaps, such as the left and right half of a matrix, each element
        /// is compared.</summary>
        public bool Overlaps(Place later)
        {
            if ((_tensor.is_contiguous() && later._tensor.is_contiguous()) || _tensor.ElementSize != later._tensor.ElementSize)
            {
                return true;
            }

            using Tensor own = Elements(0);
            using Tensor others = later.Elements((later.Start - Start) / (nint)_tensor.ElementSize);
            using Tensor common = isin(own, others);
            return common.any().item<bool>();
        }

        private Tensor Elements(long from) => arange(from, from + Extent).as_strided(_tensor.shape, _tensor.stride()).flatten();
    }
}
