namespace Regimen.Datasets;

/// <summary>The handling of missing values.</summary>
public enum MissingPolicy
{
    /// <summary>A missing value is an error.</summary>
    Error,

    /// <summary>Rows with missing values are dropped from every split.</summary>
    DropRow,

    /// <summary>A missing number is replaced by the mean of the training rows, a missing category by the most frequent one.</summary>
    Mean,

    /// <summary>A missing number is replaced by the median of the training rows, a missing category by the most frequent one.</summary>
    Median,
}

/// <summary>The scaling of numeric columns, fitted to the training rows.</summary>
public enum TableScaling
{
    /// <summary>No scaling.</summary>
    None,

    /// <summary>Subtracts the mean and divides by the standard deviation.</summary>
    Standard,

    /// <summary>Scales to the range 0 to 1.</summary>
    MinMax,

    /// <summary>Subtracts the median and divides by the distance between the quartiles, which outliers do not change.</summary>
    Robust,

    /// <summary>The share of the training rows below the number, from 0 to 1, linearly between up to 1000 quantiles.</summary>
    Quantile,
}

/// <summary>The handling of categories that do not occur in the training rows.</summary>
public enum UnknownWords
{
    /// <summary>An unknown category is an error.</summary>
    Error,

    /// <summary>All inputs of the column are 0; with codes, the code is 0.</summary>
    Zeros,

    /// <summary>A further input of the column is 1, also for categories that are rarer than min_frequency; with codes, the code is 0.</summary>
    Bucket,
}

/// <summary>The form of categorical columns.</summary>
public enum TableCategories
{
    /// <summary>One float input for each category: 1 for the row's category, otherwise 0.</summary>
    OneHot,

    /// <summary>An int64 field for each column: 0 for unknown and rare categories, from 1 for the others in ordinal order.</summary>
    Codes,
}
