using Regimen.WeightFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.FineTuning;

/// <summary>Initialises a model with weights from a file, of Regimen or of another program.</summary>
public static class InitialWeights
{
    /// <summary>Loads what fits, as the options say. Floating-point values are converted to the model's type.</summary>
    /// <param name="model">The model; its parameters keep their device and memory.</param>
    /// <param name="options">The source and how its names are compared with the model's. <see cref="InitOptions.From"/> must be set: a run, a
    /// checkpoint's folder, a file, or a folder with a file.</param>
    /// <returns>What became of each tensor.</returns>
    /// <exception cref="RequestException">There is no such source, it is damaged, or its tensors do not fit; the model is unchanged.</exception>
    public static InitReport Load(nn.Module model, InitOptions options)
        => Load(model, InitSource.Find(options.From ?? throw new ArgumentException("From must be set.", nameof(options)), "runs", Environment.CurrentDirectory), options);

    /// <summary>Loads from a source that has been found.</summary>
    internal static InitReport Load(nn.Module model, InitSource source, InitOptions options)
    {
        using WeightFile file = WeightFile.Open(source.File);
        Dictionary<string, Tensor> targets = model.state_dict();
        var plan = new InitPlan(targets, file, options);
        plan.ThrowUnlessEnough(options.Strict);

        // The first pass over the values also finds damage, before the model is changed.
        string digest = file.Digest();
        source.Check(digest, options.Digest);
        using (no_grad())
        {
            foreach ((string name, WeightEntry entry) in plan.Loaded)
            {
                using DisposeScope scope = NewDisposeScope();
                targets[name].copy_(file.ToTensor(entry));
            }
        }

        return new InitReport(source.Name, digest, [.. plan.Loaded.Select(l => l.Name)], plan.Skipped, plan.Missing, plan.Misfits, plan.Unexpected);
    }
}
