namespace Regimen.Kernels;

/// <summary>Where some rows of A are in memory: in groups at equal distances, with the values of a row in segments at equal distances.</summary>
internal readonly unsafe struct RowsOfA
{
    /// <summary>Creates rows of one segment each.</summary>
    public RowsOfA(float* start, nint step, nint next, int group, nint groupStep)
    {
        Start = start;
        (Step, Next, Group, GroupStep) = (step, next, group, groupStep);
        (Groups, Segment) = (int.MaxValue, int.MaxValue);
    }

    /// <summary>The first value of the first row of the first group.</summary>
    public float* Start { get; init; }

    /// <summary>The distance between two rows of a group.</summary>
    public nint Step { get; init; }

    /// <summary>The distance between two values of a segment.</summary>
    public nint Next { get; init; }

    /// <summary>The number of rows in a group.</summary>
    public int Group { get; init; }

    /// <summary>The distance between two groups.</summary>
    public nint GroupStep { get; init; }

    /// <summary>The number of groups in an image.</summary>
    public int Groups { get; init; }

    /// <summary>The distance between two images.</summary>
    public nint ImageStep { get; init; }

    /// <summary>The number of rows of the first group before the first one that is computed.</summary>
    public int First { get; init; }

    /// <summary>The number of values in a segment.</summary>
    public int Segment { get; init; }

    /// <summary>The distance between two segments.</summary>
    public nint SegmentStep { get; init; }

    /// <summary>Returns the place of a value of a row.</summary>
    public float* At(int row, int k)
    {
        int at = First + row;
        int group = at / Group;
        float* start = Start + (group / Groups * ImageStep) + (group % Groups * GroupStep) + (at % Group * Step);
        return start + (k / Segment * SegmentStep) + (k % Segment * Next);
    }

    /// <summary>Returns the number of rows from this one on at the distance <see cref="Step"/>; a tile that is not in segments may have more, because its groups are as large as
    /// a tile.</summary>
    public int Left(int row) => Segment == int.MaxValue ? int.MaxValue : Group - ((First + row) % Group);
}
