using Tensorboard;

namespace Regimen.Tracking;

/// <summary>The tags of a run's TensorBoard file, and when an event belongs to the file of a resumed run.</summary>
internal static class TensorBoardTags
{
    /// <summary>The config as text, at step 0.</summary>
    public const string Config = "config";

    /// <summary>Pictures of training samples, at step 0.</summary>
    public const string Samples = "samples";

    /// <summary>Pictures of the test's mistakes, at the end.</summary>
    public const string Mistakes = "test/mistakes";

    /// <summary>The confusion matrix as a picture, at the end.</summary>
    public const string Confusion = "test/confusion";

    /// <summary>The prefix of the results of the final weights, at the end: <c>final/val.loss</c>.</summary>
    public const string Final = "final/";

    /// <summary>The prefixes of histograms.</summary>
    public const string Weights = "weights/";
    public const string Gradients = "gradients/";

    /// <summary>The tags of the plugin for hyperparameters, which its page looks up.</summary>
    public const string Experiment = "_hparams_/experiment";
    public const string SessionStart = "_hparams_/session_start_info";
    public const string SessionEnd = "_hparams_/session_end_info";

    /// <summary>Returns the kind of an event. All values of an event are of one kind.</summary>
    public static TensorBoardEventKind KindOf(Event message)
    {
        if (message.WhatCase != Event.WhatOneofCase.Summary || message.Summary.Value.Count == 0)
        {
            return TensorBoardEventKind.Other;
        }

        string tag = message.Summary.Value[0].Tag;
        return tag is Config or Samples or Experiment or SessionStart ? TensorBoardEventKind.Opening
            : tag is Mistakes or Confusion or SessionEnd || tag.StartsWith(Final, StringComparison.Ordinal) ? TensorBoardEventKind.End
            : tag.StartsWith(Weights, StringComparison.Ordinal) ? TensorBoardEventKind.Weights
            : tag.StartsWith(Gradients, StringComparison.Ordinal) ? TensorBoardEventKind.Gradients
            : TensorBoardEventKind.Pass;
    }
}

/// <summary>The kind of an event of a run's file.</summary>
internal enum TensorBoardEventKind
{
    /// <summary>The version of the file.</summary>
    Other,

    /// <summary>What is known before the first step; written once.</summary>
    Opening,

    /// <summary>The values of a pass.</summary>
    Pass,

    /// <summary>Histograms of gradients, before the last update of an epoch.</summary>
    Gradients,

    /// <summary>Histograms of weights, at the end of an epoch after its passes.</summary>
    Weights,

    /// <summary>What the end of the run found. A resumed run finds it again.</summary>
    End,
}
