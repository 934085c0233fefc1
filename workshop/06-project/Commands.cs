using TorchSharp;
using static TorchSharp.torch;

namespace Digits;

/// <summary>The commands of the program: <c>train MODEL DATASET</c> and <c>evaluate MODEL DATASET</c>.</summary>
public static class Commands
{
    /// <summary>Runs a command, and returns its exit code: 0, or 2 if the request is wrong.</summary>
    public static int Run(string[] args)
    {
        try
        {
            if (args is not ["train" or "evaluate", var model, var dataset])
            {
                throw new ArgumentException("expected train MODEL DATASET or evaluate MODEL DATASET");
            }

            random.manual_seed(42);
            using nn.Module<Tensor, Tensor> network = Finder.CreateModel(model);
            DigitSet digits = Finder.LoadDataset(dataset);
            string weights = Path.Combine("workshop", "out", $"06-{model}-{dataset}.dat");
            if (args[0] == "train")
            {
                Training.Train(network, digits, epochs: 1);
                Directory.CreateDirectory(Path.GetDirectoryName(weights)!);
                network.save(weights);
            }
            else
            {
                network.load(weights);
            }

            Console.WriteLine($"{model} on {dataset}: {100 * Evaluation.Accuracy(network, digits):0.0} % of the test pictures are right");
            return 0;
        }
        catch (ArgumentException e)
        {
            Console.WriteLine($"error: {e.Message}");
            return 2;
        }
    }
}
