using System.ComponentModel.DataAnnotations;
using Regimen.Data;

namespace Regimen.Datasets;

/// <summary>The pre-processing of some columns of a table; what is null is as the table's keys of the same name say.</summary>
public sealed record ColumnRule
{
    /// <summary>The pattern of the columns' names, such as price or amount_*: * stands for any characters. The first rule that matches a column
    /// applies to it.</summary>
    [Required]
    [MinLength(1)]
    public required string Match { get; init; }

    /// <summary>The scaling of the numbers.</summary>
    public TableScaling? Scaling { get; init; }

    /// <summary>The handling of missing values.</summary>
    public MissingPolicy? Missing { get; init; }

    /// <summary>Whether a column with missing values in the training rows has an input that is 1 for a missing value.</summary>
    public bool? MissingIndicator { get; init; }

    /// <summary>The handling of categories that do not occur in the training rows.</summary>
    public UnknownWords? Unknown { get; init; }

    /// <summary>The number of training rows from which a category is known.</summary>
    [Range(1, int.MaxValue)]
    public int? MinFrequency { get; init; }

    /// <summary>The parts of dates that are inputs.</summary>
    public IReadOnlyList<DatePart>? DateParts { get; init; }

    /// <summary>Whether parts of dates other than the year have two inputs, sine and cosine.</summary>
    public bool? DateCyclic { get; init; }

    /// <summary>The decimal mark: a point or a comma.</summary>
    [RegularExpression("[.,]", ErrorMessage = "a point or a comma, or null")]
    public string? Decimal { get; init; }

    /// <summary>The thousands separator: one of . , ' _ or the word space; none for no separator.</summary>
    [RegularExpression("[.,'_ ]|space|none", ErrorMessage = "one of . , ' _ or the words space and none, or null")]
    public string? Thousands { get; init; }
}
