namespace Regimen.Engine;

/// <summary>Chooses the number of threads of each step from the measured time of the steps before, for trainings whose bits do not depend on it.</summary>
/// <remarks>
/// <para>On a machine that does other work too, a step on all cores waits for the slowest thread, and fewer threads are faster. Now and then a block of steps
/// runs on a neighbouring number. If it was faster, both numbers have another block, and only a number that was faster in both pairs is kept: a single block may
/// be fast by chance. While nothing changes, the comparisons become rare: one block of 65. They take a share of the time that does not depend on how much slower
/// the other number is.</para>
/// <para>The numbers compared are all threads, all but one, and halves: 1, 2, 4, 7, 8. A block is as long as several time slices of a scheduler, because
/// a shorter one may see none of another program's work.</para>
/// </remarks>
internal sealed class ThreadPace
{
    /// <summary>A block has at least this many steps and microseconds.</summary>
    private const int BlockSteps = 8;
    private const double BlockTime = 25_000;

    /// <summary>The steps after a change that are not measured: a thread that slept needs a while.</summary>
    private const int WarmUp = 4;

    /// <summary>The blocks before the first comparison and after a change of the number, after a change of the machine's load, and at most between two
    /// comparisons.</summary>
    private const int FirstWait = 1;
    private const int ShortWait = 4;
    private const int LongestWait = 64;

    /// <summary>Another number must be faster by this factor, so that noise alone changes nothing.</summary>
    private const double Worthwhile = 0.97;

    /// <summary>A step that takes this much longer or shorter than before, in two blocks, shows that the machine's load has changed.</summary>
    private const double Changed = 1.25;

    /// <summary>The share of the time that comparisons may cost.</summary>
    private const double MostCost = 0.04;
    private readonly int[] _numbers;
    private int _at;
    private int _compared;
    private bool _downNext = true;
    private double _sum;
    private int _steps;
    private int _warmUp;

    /// <summary>The mean of the number in use, before the comparison; and of the other number's first block, while it has to be confirmed.</summary>
    private double _before = double.NaN;
    private double _first = double.NaN;
    private int _changed;
    private int _wait = FirstWait;
    private int _sinceCompared;

    /// <summary>The wait after which a comparison costs no more than <see cref="MostCost"/>, by the last one.</summary>
    private int _worthWait = ShortWait;

    /// <param name="most">The largest number of threads, which the first steps have; at least 1.</param>
    public ThreadPace(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        var numbers = new SortedSet<int> { most, Math.Max(1, most - 1) };
        for (int half = 1; half < most; half *= 2)
        {
            numbers.Add(half);
        }

        _numbers = [.. numbers];
        _at = _compared = _numbers.Length - 1;
        (Least, Most) = (most, most);
    }

    /// <summary>The number of threads of the next step.</summary>
    public int Next => _numbers[_compared];

    /// <summary>The fewest threads that a step had.</summary>
    public int Least { get; private set; }

    /// <summary>The most threads that a step had.</summary>
    public int Most { get; private set; }

    /// <summary>Adds the time of a step that ran on <see cref="Next"/> threads.</summary>
    /// <param name="time">The time in microseconds.</param>
    public void Add(double time)
    {
        (Least, Most) = (Math.Min(Least, Next), Math.Max(Most, Next));
        if (_warmUp > 0)
        {
            _warmUp--;
            return;
        }

        _sum += time;
        if (++_steps < BlockSteps || _sum < BlockTime)
        {
            return;
        }

        double mean = _sum / _steps;
        int before = _compared;
        (_sum, _steps) = (0, 0);
        if (_compared != _at)
        {
            EndOther(mean);
        }
        else if (double.IsNaN(_first))
        {
            Continue(mean);
        }
        else
        {
            // The second block of the number in use; the other one's second follows.
            _before = mean;
            _compared = Neighbour;
        }

        _warmUp = _compared == before ? 0 : WarmUp;
    }

    private int Neighbour => _at + (_downNext ? -1 : 1);

    private void Continue(double mean)
    {
        _changed = mean > _before * Changed || mean * Changed < _before ? _changed + 1 : 0;
        if (_changed == 2)
        {
            (_wait, _changed) = (_worthWait, 0);
        }

        if (_numbers.Length > 1 && ++_sinceCompared >= _wait)
        {
            _downNext = _at > 0 && (_at == _numbers.Length - 1 || !_downNext);
            _compared = Neighbour;
        }

        _before = _changed == 0 ? mean : _before;
    }

    /// <summary>Ends a block of the other number.</summary>
    private void EndOther(double mean)
    {
        bool isFaster = mean < _before * Worthwhile;
        if (isFaster && double.IsNaN(_first))
        {
            (_first, _compared) = (mean, _at);
            return;
        }

        double slower = isFaster ? _before / mean : mean / _before;
        _worthWait = (int)Math.Clamp(Math.Ceiling((slower - 1) / MostCost), ShortWait, LongestWait);
        if (isFaster)
        {
            _at = _compared;
            _before = mean;

            // The next number in the same direction, if there is one, may be faster still.
            bool isLast = Neighbour < 0 || Neighbour == _numbers.Length;
            _wait = isLast ? _worthWait : FirstWait;
            _downNext = isLast ? _downNext : !_downNext;
        }
        else
        {
            _compared = _at;
            _wait = Math.Clamp(_wait * 2, _worthWait, LongestWait);
        }

        _first = double.NaN;
        _sinceCompared = 0;
    }
}
