// Predicts an image with a trained model: dotnet run -- runs/latest digit.png
using Regimen.Prediction;

using var predictor = Predictor.Open(args[0]);
PredictionResult prediction = predictor.PredictFile(args[1]);
Console.WriteLine(FormattableString.Invariant($"{prediction.Class} {prediction.Probability:0.0000}"));
