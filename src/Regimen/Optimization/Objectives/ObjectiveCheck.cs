using System.Reflection;
using Regimen.Data;

namespace Regimen.Optimization;

/// <summary>Checks that an objective fits a data set.</summary>
internal static class ObjectiveCheck
{
    /// <summary>Returns the number of outputs that a model needs per sample.</summary>
    public static int Outputs(Objective objective, IDataset data) => objective.Task.Outputs(DatasetTarget.Of(data), data.Classes);

    /// <summary>Returns the problems that prevent training with an objective on this data; empty if there are none.</summary>
    public static IEnumerable<Problem> Check(Objective objective, IDataset data)
    {
        DatasetTarget target = DatasetTarget.Of(data);
        TargetKind kind = target.Kind;
        string? expected = objective.Task.ExpectedInsteadOf(target, data.Classes);
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
        TargetKind.ClassIndex => $"one of {data.Classes.Count} classes per sample",
        TargetKind.MultiHot => $"any number of {data.Classes.Count} labels per sample",
        TargetKind.Values => $"{(DatasetTarget.Of(data).Size is var size and not 1 ? $"{size} numbers" : "one number")} per sample",
        TargetKind.Mask => $"a mask of {data.Classes.Count} classes per sample",
        TargetKind.Tokens => $"a token for each of {DatasetTarget.Of(data).Size} positions",
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
        TargetKind.Mask => "Choose objective=pixel_cross_entropy, objective=pixel_focal or objective=dice.",
        TargetKind.Tokens => "Choose objective=next_token.",
        _ => "Write an Objective that reads these fields.",
    };
}
