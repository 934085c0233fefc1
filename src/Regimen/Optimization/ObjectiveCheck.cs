using System.Reflection;
using Regimen.Data;
using Regimen.Metrics;

namespace Regimen.Optimization;

/// <summary>Which objectives go with which data.</summary>
public static class ObjectiveCheck
{
    /// <summary>How many values a model is to give for a sample: one a class or label, one for two classes, one a target value.</summary>
    public static int Outputs(Objective objective, IDataset data) => objective.Task switch
    {
        PredictionTask.Binary => 1,
        _ when data.Classes.Count > 0 => data.Classes.Count,
        _ => Math.Max(1, DatasetTarget.Of(data).Size),
    };

    /// <summary>What an objective wants as targets.</summary>
    public static TargetKind Wants(Objective objective) => objective.Task switch
    {
        PredictionTask.Classification or PredictionTask.Binary => TargetKind.ClassIndex,
        PredictionTask.Regression => TargetKind.Values,
        PredictionTask.MultiLabel => TargetKind.MultiHot,
        _ => TargetKind.Other,
    };

    /// <summary>Nothing, or what keeps an objective from being trained on this data.</summary>
    public static IEnumerable<Problem> Check(Objective objective, IDataset data)
    {
        TargetKind kind = DatasetTarget.Of(data).Kind;
        string? expected = objective.Task switch
        {
            PredictionTask.Classification when kind != TargetKind.ClassIndex => "one class a sample",
            PredictionTask.Regression when kind != TargetKind.Values => "numbers as targets",
            PredictionTask.Binary when kind != TargetKind.ClassIndex || data.Classes.Count != 2 => "one of two classes a sample",
            PredictionTask.MultiLabel when kind != TargetKind.MultiHot => "any number of labels a sample (float32 0 and 1, one a label)",
            _ => null,
        };
        if (expected is not null)
        {
            yield return new Problem("The objective does not fit the data's targets")
            {
                Where = $"objective={Name(objective)}",
                Expected = expected,
                Received = Describe(kind, data),
                Hint = Hint(kind, data.Classes.Count),
            };
        }
        else if (ClassProblem(objective, data) is { } problem)
        {
            yield return problem;
        }
    }

    private static Problem? ClassProblem(Objective objective, IDataset data)
    {
        try
        {
            objective.For(data.Classes);
            return null;
        }
        catch (RequestException exception)
        {
            return exception.Problems[0];
        }
    }

    private static string Name(Objective objective)
        => objective.GetType().GetCustomAttribute<ObjectiveAttribute>()?.Name ?? objective.GetType().Name;

    private static string Describe(TargetKind kind, IDataset data) => kind switch
    {
        TargetKind.ClassIndex => $"one of {data.Classes.Count} classes a sample",
        TargetKind.MultiHot => $"any number of {data.Classes.Count} labels a sample",
        TargetKind.Values => $"{(DatasetTarget.Of(data).Size is var size and not 1 ? $"{size} numbers" : "one number")} a sample",
        _ => data.Fields.FirstOrDefault(f => f.Name == Field.Target) is { } field
            ? $"{field.Type} {field.Shape} with {data.Classes.Count} classes"
            : $"no field named {Field.Target}",
    };

    private static string Hint(TargetKind kind, int classes) => kind switch
    {
        TargetKind.ClassIndex when classes == 2 => "Choose objective=cross_entropy or objective=binary_cross_entropy.",
        TargetKind.ClassIndex => "Choose objective=cross_entropy.",
        TargetKind.MultiHot => "Choose objective=multilabel_cross_entropy.",
        TargetKind.Values => "Choose objective=mse or objective=huber.",
        _ => "Write an Objective that reads these fields.",
    };
}
