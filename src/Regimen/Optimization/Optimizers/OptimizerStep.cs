using Regimen.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Optimization;

/// <summary>One update of some parameters, as <see cref="OptimizerOptions.Update"/> receives it. All tensors are flat: one dimension, the
/// elements of several parameters one after the other, with zeros between them.</summary>
public sealed class OptimizerStep
{
    private readonly ParameterGroup _group;
    private readonly IReadOnlyList<string> _stateNames;
    private readonly List<Scalar> _scalars;

    internal OptimizerStep(ParameterGroup group, double lr, long number, IReadOnlyList<string> stateNames, List<Scalar> scalars)
    {
        (_group, Lr, Number, _stateNames, _scalars) = (group, lr, number, stateNames, scalars);
    }

    /// <summary>The learning rate of this step.</summary>
    public double Lr { get; }

    /// <summary>The number of the step, from 1.</summary>
    public long Number { get; }

    /// <summary>The weight decay of these parameters; 0 for none.</summary>
    public double WeightDecay => _group.WeightDecay;

    /// <summary>The parameters' values, to change in place.</summary>
    public Tensor Values => _group.Values;

    /// <summary>Their gradients. They may be changed: they are cleared after the update.</summary>
    public Tensor Gradients => _group.Gradients;

    /// <summary>The parameters: their names, shapes, and places in the flat tensors.</summary>
    public IReadOnlyList<ParameterRange> Parameters => _group.Ranges;

    /// <summary>Whether these are the parameters that <see cref="OptimizerOptions.IsApart"/> selects.</summary>
    internal bool IsApart => _group.Settings.IsApart;

    /// <summary>The part of a state buffer that belongs to these parameters, to change in place. All zero before the first step.</summary>
    /// <param name="name">One of <see cref="OptimizerOptions.StateNames"/>.</param>
    /// <exception cref="ArgumentException">There is no such buffer.</exception>
    public Tensor State(string name)
    {
        for (int i = 0; i < _stateNames.Count; i++)
        {
            if (_stateNames[i] == name)
            {
                return _group.State(i);
            }
        }

        throw new ArgumentException($"Expected one of StateNames ({(_stateNames.Count == 0 ? "none" : string.Join(", ", _stateNames))}); received '{name}'.", nameof(name));
    }

    /// <summary>Returns a number as a libtorch scalar. Use it instead of a plain number, which would become a temporary object that may be
    /// garbage-collected during the native call.</summary>
    public Scalar Scalar(double value)
    {
        Scalar scalar = value;
        _scalars.Add(scalar);
        return scalar;
    }
}
