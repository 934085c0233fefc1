using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>Keeps the <c>grad</c> of each parameter a view of the flat gradients, and restores the view where something replaced it.</summary>
/// <remarks>
/// <c>zero_grad()</c> and <c>grad = null</c> remove the views, and <c>backward(create_graph: true)</c> replaces them with new tensors: an
/// optimizer over the flat buffer would not receive any gradient after that. The check compares addresses, without an allocation in .NET, in
/// about 50 ns per parameter.
/// </remarks>
internal sealed unsafe partial class GradientViews : IDisposable
{
    private const string Library = "LibTorchSharp";
    private static readonly bool CanPeek = LookUp();
    private readonly Parameter[] _parameters;
    private readonly Tensor[] _views;
    private readonly bool[] _frozen;

    /// <summary>Attaches the views.</summary>
    /// <param name="parameters">The parameters; they must outlive this object.</param>
    /// <param name="views">One view per parameter, in its shape; this object disposes them.</param>
    public GradientViews(Parameter[] parameters, Tensor[] views)
    {
        (_parameters, _views, _frozen) = (parameters, views, new bool[parameters.Length]);
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i].grad = views[i];
        }
    }

    /// <summary>How often a parameter was frozen or unfrozen since the views were attached.</summary>
    public int FreezeChanges { get; private set; }

    /// <summary>Whether a parameter is frozen now (<c>requires_grad</c> is false).</summary>
    public bool IsFrozen(int index) => _frozen[index];

    /// <summary>Attaches a view again where a parameter has another gradient, with that gradient's values, or none, with zeros; and records
    /// which parameters are frozen.</summary>
    /// <param name="mayClear">Whether a gradient may have been removed.</param>
    /// <returns>The index of the first parameter whose gradient was removed without permission; -1 for none.</returns>
    public int Attach(bool mayClear)
    {
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (CanPeek ? Requires(_parameters[i].Handle) == 0 != _frozen[i] : _parameters[i].requires_grad == _frozen[i])
            {
                ToggleFrozen(i);
            }

            if (!IsAttached(i) && !AttachAgain(i, mayClear))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Removes the gradients from the parameters.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].grad = null;
            _views[i].Dispose();
        }
    }

    /// <summary>Whether a parameter's gradient is its view. A handle points to a pointer to the tensor's implementation; the view keeps its own
    /// implementation alive, so no other tensor can have that address.</summary>
    private bool IsAttached(int i)
    {
        if (!CanPeek)
        {
            using Tensor? gradient = _parameters[i].grad;
            return gradient is not null && *(nint*)gradient.Handle == *(nint*)_views[i].Handle;
        }

        nint handle = Grad(_parameters[i].Handle);
        if (handle == 0)
        {
            return false;
        }

        nint implementation = *(nint*)handle;
        Free(handle);
        return implementation == *(nint*)_views[i].Handle;
    }

    private bool AttachAgain(int i, bool mayClear)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        if (_parameters[i].grad is { } gradient)
        {
            _views[i].copy_(gradient.is_sparse ? gradient.to_dense() : gradient);
        }
        else if (mayClear || _frozen[i])
        {
            _views[i].zero_();
        }
        else
        {
            return false;
        }

        _parameters[i].grad = _views[i];
        return true;
    }

    private void ToggleFrozen(int i)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _frozen[i] = !_frozen[i];
        FreezeChanges++;
        if (_frozen[i])
        {
            // Gradients accumulated before it was frozen must not update it after it is unfrozen.
            _views[i].zero_();
        }
    }

    private static bool LookUp()
        => NativeLibrary.TryLoad(Library, typeof(GradientViews).Assembly, null, out nint library)
            && new[] { "THSTensor_grad", "THSTensor_dispose", "THSTensor_requires_grad" }.All(name => NativeLibrary.TryGetExport(library, name, out _));

    [LibraryImport(Library, EntryPoint = "THSTensor_grad")]
    [SuppressGCTransition]
    private static partial nint Grad(nint tensor);

    [LibraryImport(Library, EntryPoint = "THSTensor_dispose")]
    [SuppressGCTransition]
    private static partial void Free(nint tensor);

    [LibraryImport(Library, EntryPoint = "THSTensor_requires_grad")]
    [SuppressGCTransition]
    private static partial byte Requires(nint tensor);
}
