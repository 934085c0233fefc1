using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The options of every table: which columns predict which, how rows are split, and how values become a model's inputs.</summary>
public abstract record TableOptions
{
    /// <summary>The target columns: one for classes, one or more for numbers or labels.</summary>
    [MinLength(1)]
    public required IReadOnlyList<string> Target { get; init; }

    /// <summary>The kind of the targets; null for the kind that the objective requires.</summary>
    public StatedTarget? TargetKind { get; init; }

    /// <summary>The fraction of the rows held out for testing if there is no test file; 0 for none.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double TestFraction { get; init; } = 0.2;

    /// <summary>The fraction of the rows held out for validation; 0 for none.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>Whether to stratify the split: each class has the same share in every split.</summary>
    public bool Stratify { get; init; } = true;

    /// <summary>The column whose equal values form a group, which is never in two splits. It is not an input. Null for no groups.</summary>
    [MinLength(1)]
    public string? Group { get; init; }

    /// <summary>The number of folds of a cross-validation, of which data.fold is the test set; null for none. regimen cv trains every fold.</summary>
    [Range(2, 10_000)]
    public int? Folds { get; init; }

    /// <summary>The fold that is the test set, from 1.</summary>
    [Range(1, 10_000)]
    public int Fold { get; init; } = 1;

    /// <summary>The repeat of the cross-validation, from 1: each divides the data into other folds.</summary>
    [Range(1, 10_000)]
    public int Repeat { get; init; } = 1;

    /// <summary>For a time series whose rows are in the order of time: the number of rows that a forecast is made from. The targets are then the
    /// values of the target columns in the rows after them, and the split is by time. Null for samples of one row.</summary>
    [Range(1, 1_000_000)]
    public int? Window { get; init; }

    /// <summary>The number of rows after a window that are forecast.</summary>
    [Range(1, 100_000)]
    public int Horizon { get; init; } = 1;

    /// <summary>The distance in rows between the starts of two training windows. Those of validation and testing begin at every row.</summary>
    [Range(1, 1_000_000)]
    public int Stride { get; init; } = 1;

    /// <summary>The columns to ignore.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>The numeric columns. The kind of a column that is not listed is detected.</summary>
    public IReadOnlyList<string> Numeric { get; init; } = [];

    /// <summary>The categorical columns. The kind of a column that is not listed is detected.</summary>
    public IReadOnlyList<string> Categorical { get; init; } = [];

    /// <summary>The columns with dates, as ISO 8601 writes them: 2026-11-26, 2026-11-26T18:40:05Z. Parts of a date are inputs.</summary>
    public IReadOnlyList<string> Dates { get; init; } = [];

    /// <summary>The parts of dates that are inputs, in UTC, scaled as numbers.</summary>
    public IReadOnlyList<DatePart> DateParts { get; init; } = [DatePart.Year, DatePart.Month, DatePart.Day, DatePart.Weekday];

    /// <summary>Whether parts of dates other than the year have two inputs instead, sine and cosine, so that December is next to January.</summary>
    public bool DateCyclic { get; init; }

    /// <summary>The pre-processing of some columns, where it differs: the first rule that matches a column's name applies to it.</summary>
    public IReadOnlyList<ColumnRule> Columns { get; init; } = [];

    /// <summary>The form of categorical columns: one_hot, an input for each category; or codes, an int64 field for each column, for models that
    /// embed categories, such as tabular.</summary>
    public TableCategories Categories { get; init; } = TableCategories.OneHot;

    /// <summary>The handling of missing values.</summary>
    public MissingPolicy Missing { get; init; } = MissingPolicy.Error;

    /// <summary>Whether a column with missing values in the training rows has an input that is 1 for a missing value, otherwise 0.</summary>
    public bool MissingIndicator { get; init; }

    /// <summary>The texts that mark a missing value.</summary>
    public IReadOnlyList<string> MissingValues { get; init; } = ["", "NA", "N/A", "NaN", "nan", "null"];

    /// <summary>The handling of categories in the validation or test rows that do not occur in the training rows.</summary>
    public UnknownWords Unknown { get; init; } = UnknownWords.Error;

    /// <summary>The scaling of numeric columns, fitted to the training rows.</summary>
    public TableScaling Scaling { get; init; } = TableScaling.Standard;

    /// <summary>The scaling of numeric targets for the objective, fitted to the training rows. Metrics are in the original units. log
    /// is log(1 + target), standardised.</summary>
    [LegacyDefault("none")]
    public TargetScaling ScaleTarget { get; init; } = TargetScaling.Standard;

    /// <summary>The maximum number of categories of a column; null for 100 with one_hot, and no limit with codes.</summary>
    [Range(2, 100_000)]
    public int? MaxCategories { get; init; }

    /// <summary>The number of training rows from which a category is known. Above 1, rarer categories and those that do not occur in the training
    /// rows are all encoded as unknown ones, as with unknown=zeros.</summary>
    [Range(1, int.MaxValue)]
    public int MinFrequency { get; init; } = 1;

    /// <summary>The decimal mark: a point or a comma. Columns with text that looks like numbers in another format (0,5 or 1,000 or 5%)
    /// are rejected. With null the decimal mark is a point, and such text is treated as categories.</summary>
    [RegularExpression("[.,]", ErrorMessage = "a point or a comma, or null")]
    [LegacyDefault("null")]
    public string? Decimal { get; init; } = ".";

    /// <summary>The thousands separator: one of . , ' _ or the word space; null for none.</summary>
    [RegularExpression("[.,'_ ]|space", ErrorMessage = "one of . , ' _ or the word space, or null")]
    public string? Thousands { get; init; }
}
