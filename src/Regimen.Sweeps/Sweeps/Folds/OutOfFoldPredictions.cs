using System.Globalization;
using System.Text;
using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Data;
using Regimen.Experiments;
using Regimen.Files;
using Regimen.Prediction;
using Regimen.SweepFiles;

namespace Regimen.Sweeps;

/// <summary>Writes the prediction of each sample by the model of the fold that it was held out in: what <c>predict</c> gives with that fold's run.</summary>
/// <param name="catalog">The catalog of components by name.</param>
/// <param name="folder">The folder of the cross-validation.</param>
/// <param name="moved">The new location of moved data, as <c>data.root=PATH</c>.</param>
public sealed class OutOfFoldPredictions(ComponentCatalog catalog, SweepFolder folder, IReadOnlyList<string> moved)
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "predictions.csv";

    /// <summary>Writes <c>predictions.csv</c>: a row for each sample of each repeat, in the order of the data, with the index of the sample (from 0), the
    /// fold, the target, the prediction, and the probability of each class.</summary>
    /// <param name="sweep">The cross-validation. Folds that were not trained to their end are left out.</param>
    /// <param name="cancellationToken">Ends the work; the file is not written then.</param>
    /// <returns>Whether there was a fold to predict.</returns>
    /// <exception cref="RequestException">The data or a model can't be read.</exception>
    /// <exception cref="WorkFailedException">The file can't be written.</exception>
    public bool Write(SweepRecord sweep, CancellationToken cancellationToken)
    {
        TrialRecord[] finished = [.. sweep.Trials.Where(t => t.Status == TrialStatus.Finished)];
        if (finished.Length == 0)
        {
            return false;
        }

        // Where the runs' processes resolve relative paths of moved data.
        string directory = Directory.Exists(sweep.WorkingDirectory) ? sweep.WorkingDirectory : Environment.CurrentDirectory;
        AtomicFile.Write(Path.Combine(folder.FullPath, FileName), stream =>
        {
            using var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
            bool hasHeader = false;
            foreach (IGrouping<string, TrialRecord> repeat in finished.GroupBy(t => t.Params[CrossValidationPlan.RepeatKey]))
            {
                var lines = new List<(int Row, string Line)>();
                foreach (TrialRecord trial in repeat)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    string header = Predict(trial, directory, lines);
                    if (!hasHeader)
                    {
                        text.WriteLine(header);
                        hasHeader = true;
                    }
                }

                foreach ((_, string line) in lines.OrderBy(l => l.Row))
                {
                    text.WriteLine(line);
                }
            }
        });
        return true;
    }

    /// <summary>Adds the lines of a fold, and returns the header.</summary>
    private string Predict(TrialRecord trial, string directory, List<(int Row, string Line)> lines)
    {
        TrainedModel source = TrainedModel.Find(folder.TrialFolder(trial.Number), folder.FullPath, folder.FullPath);
        using var predictor = Predictor.Open(source, new PredictorOptions { Catalog = catalog, StableRows = true });
        RunConfig config = DataPaths.With(predictor.Config with { DataFolder = source.Manifest?.WorkingDirectory }, moved, directory);
        DataSplits data = ExperimentPreparation.LoadData(config, catalog);
        IDataset test = data.Test ?? throw new RequestException(new Problem("The fold has no samples") { Where = folder.TrialFolder(trial.Number) });
        IReadOnlyList<PredictionResult> results = predictor.Predict(test);
        var targets = FoldTargets.Of(test);
        string[] of = [trial.Params[CrossValidationPlan.RepeatKey], trial.Params[CrossValidationPlan.FoldKey]];
        for (int i = 0; i < results.Count; i++)
        {
            string row = data.TestIndices[i].ToString(CultureInfo.InvariantCulture);
            lines.Add((data.TestIndices[i], PredictionCsv.Row([row, .. of, .. targets.Of(i), .. Prediction(results[i])])));
        }

        PredictionResult first = results[0];
        string[] names = [.. Enumerable.Range(1, first.Values.Count).Select(i => first.Values.Count == 1 ? "prediction" : string.Create(CultureInfo.InvariantCulture, $"prediction_{i}"))];
        return PredictionCsv.Row(["row", "repeat", "fold", .. targets.Names, .. first.Classes.Count == 0 ? names : ["prediction", .. first.Classes.Select(c => $"probability_{c}")]]);
    }

    private static IEnumerable<string> Prediction(PredictionResult result) => result.Classes.Count == 0
        ? result.Values.Select(Number)
        : [result.IsOfLabels ? string.Join(';', result.Labels) : result.Class ?? string.Empty, .. result.ByIndex.Select(Number)];

    private static string Number(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : string.Empty;
}
