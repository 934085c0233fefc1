namespace Regimen.Datasets;

/// <summary>The kind of the targets of a data set, as specified in a config.</summary>
public enum StatedTarget
{
    /// <summary>One class index per sample, from 0.</summary>
    Classes,

    /// <summary>0 or 1 for each label: <c>[samples, labels]</c>.</summary>
    Labels,

    /// <summary>Numbers.</summary>
    Values,
}
