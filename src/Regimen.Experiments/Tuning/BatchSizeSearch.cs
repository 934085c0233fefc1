namespace Regimen.Tuning;

/// <summary>Searches the largest batch size that fits: doubles it until one does not fit, then bisects between the last two. A pure function of the
/// answers.</summary>
/// <param name="first">The first size to try.</param>
internal sealed class BatchSizeSearch(int first)
{
    /// <summary>The part of a size below which the search does not distinguish sizes.</summary>
    private const int Resolution = 16;

    private int _most = int.MaxValue;
    private int? _fits;
    private int? _tooLarge;

    /// <summary>The largest size that fits so far; null if none does.</summary>
    public int? Largest => _fits;

    /// <summary>The smallest size that does not fit so far; null if none was found.</summary>
    public int? TooLarge => _tooLarge;

    /// <summary>Whether the largest size is the whole training set.</summary>
    public bool IsWholeSet => _fits == _most;

    /// <summary>The next size to try; null if the search is over.</summary>
    public int? Next => (_fits, _tooLarge) switch
    {
        (null, null) => Math.Min(first, _most),
        (null, { } large) => large == 1 ? null : large / 2,
        ({ } fits, null) => fits >= _most ? null : (int)Math.Min(2L * fits, _most),
        ({ } fits, { } large) => large - fits <= Math.Max(1, fits / Resolution) ? null : fits + ((large - fits) / 2),
    };

    /// <summary>Takes the answer for a size.</summary>
    /// <param name="size">The size, as <see cref="Next"/> gave it.</param>
    /// <param name="fits">Whether it fits.</param>
    /// <param name="most">The number of training samples, which a batch can't exceed; null if it is not known.</param>
    public void Tell(int size, bool fits, int? most)
    {
        _most = most ?? _most;
        if (fits)
        {
            _fits = Math.Max(_fits ?? 0, Math.Min(size, _most));
        }
        else
        {
            _tooLarge = Math.Min(_tooLarge ?? int.MaxValue, size);
        }
    }
}
