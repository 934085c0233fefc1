using System.Runtime.InteropServices;

namespace Regimen.WeightFiles;

/// <summary>Sums over the values of a tensor that arrive in pieces.</summary>
/// <param name="type">The element type: <c>F32</c>.</param>
internal sealed class StatisticsSums(string type)
{
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;
    private double _sum;
    private double _squares;
    private long _count;
    private long _finite;
    private long _notANumber;
    private long _zeros;

    /// <summary>The statistics of the values so far.</summary>
    public TensorStatistics Result
    {
        get
        {
            bool hasNumbers = _count > _notANumber;
            return new(
                hasNumbers ? _min : null, hasNumbers ? _max : null, _finite > 0 ? _sum / _finite : null, Math.Sqrt(_squares), _notANumber, _count - _notANumber - _finite, _zeros);
        }
    }

    /// <summary>Adds a piece of whole elements.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        switch (type)
        {
            case "F64":
                Add(MemoryMarshal.Cast<byte, double>(piece), v => v);
                break;
            case "F32":
                Add(MemoryMarshal.Cast<byte, float>(piece), v => v);
                break;
            case "F16":
                Add(MemoryMarshal.Cast<byte, Half>(piece), v => (double)v);
                break;
            case "BF16":
                Add(MemoryMarshal.Cast<byte, ushort>(piece), v => BitConverter.UInt32BitsToSingle((uint)v << 16));
                break;
            case "I64":
                Add(MemoryMarshal.Cast<byte, long>(piece), v => v);
                break;
            case "I32":
                Add(MemoryMarshal.Cast<byte, int>(piece), v => v);
                break;
            case "I16":
                Add(MemoryMarshal.Cast<byte, short>(piece), v => v);
                break;
            case "I8":
                Add(MemoryMarshal.Cast<byte, sbyte>(piece), v => v);
                break;
            default:
                Add(piece, v => v);
                break;
        }
    }

    private void Add<T>(ReadOnlySpan<T> values, Func<T, double> convert)
        where T : unmanaged
    {
        // Sums of each piece first: the error of one long sum would grow with the number of values.
        double sum = 0;
        double squares = 0;
        foreach (T item in values)
        {
            double value = convert(item);
            if (double.IsFinite(value))
            {
                sum += value;
                squares += value * value;
                _finite++;
                _zeros += value == 0 ? 1 : 0;
            }

            if (double.IsNaN(value))
            {
                _notANumber++;
            }
            else
            {
                _min = Math.Min(_min, value);
                _max = Math.Max(_max, value);
            }
        }

        _count += values.Length;
        _sum += sum;
        _squares += squares;
    }
}
