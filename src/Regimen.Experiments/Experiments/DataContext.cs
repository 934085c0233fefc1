using Regimen.Data;
using Regimen.Models;
using Regimen.Optimization;

namespace Regimen.Experiments;

/// <summary>Creates the context of a model from the data and the objective.</summary>
internal static class DataContext
{
    /// <summary>Returns the context of a model for a data set.</summary>
    public static ModelContext Of(DataSplits data, Objective objective)
    {
        SampleShape shape = data.EvalTransforms.Aggregate(data.Train.SampleShape, (s, transform) => transform.Transformed(s));
        return new ModelContext
        {
            Inputs = [.. data.Train.Fields.Where(f => !f.IsTarget).Select(f => f.Name == Field.Input ? f with { Shape = shape } : f)],
            Outputs = ObjectiveCheck.Outputs(objective, data.Train),
            Target = data.Train.Fields.FirstOrDefault(f => f.IsTarget),
            Classes = data.Train.Classes,
            Vocabulary = data.Vocabulary,
        };
    }
}
