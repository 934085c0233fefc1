using Regimen.Data;
using Regimen.Models;
using Regimen.Optimization;

namespace Regimen.Experiments;

/// <summary>Derives what a model is built for from the data and the objective.</summary>
internal static class DataContext
{
    /// <summary>The context of a model for some data.</summary>
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
