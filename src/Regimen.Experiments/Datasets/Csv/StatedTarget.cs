namespace Regimen.Datasets;

/// <summary>What the targets of a data set of one's own are, where that is stated.</summary>
public enum StatedTarget
{
    /// <summary>One class index a sample, from 0.</summary>
    Classes,

    /// <summary>0 and 1 for each label: <c>[samples, labels]</c>.</summary>
    Labels,

    /// <summary>Numbers.</summary>
    Values,
}
