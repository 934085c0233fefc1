using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Engine;

/// <summary>The <c>grad</c> of each parameter as a view of the flat gradients, put back where something replaced it.</summary>
/// <remarks>
/// <c>zero_grad()</c> and <c>grad = null</c> take the views away, and <c>backward(create_graph: true)</c> puts new tensors in their place:
/// an optimizer over the flat buffer would then never see a gradient again. A check compares addresses, without an allocation in .NET: some
/// 50 ns a parameter.
/// </remarks>
internal sealed unsafe partial class GradientViews : IDisposable
{
    private const string Library = "LibTorchSharp";
    private static readonly bool CanPeek = LookUp();
    private readonly Parameter[] _parameters;
    private readonly Tensor[] _views;
    private readonly bool[] _frozen;

    /// <summary>Attaches the views.</summary>
    /// <param name="parameters">Whose gradients; they outlive this.</param>
    /// <param name="views">One a parameter, in its shape; this disposes them.</param>
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

    /// <summary>Whether a parameter has been frozen since (<c>requires_grad</c> is false now).</summary>
    public bool IsFrozen(int index) => _frozen[index];

    /// <summary>Puts a view back where a parameter has another gradient, with that gradient's values, or none, with zeros; and notes which
    /// parameters are frozen.</summary>
    /// <param name="mayClear">Whether it is no mistake that a gradient is gone.</param>
    /// <returns>The first parameter whose gradient is gone and may not be; -1 for none.</returns>
    public int Attach(bool mayClear)
    {
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (CanPeek ? Requires(_parameters[i].Handle) == 0 != _frozen[i] : _parameters[i].requires_grad == _frozen[i])
            {
                NoteFreezing(i);
            }

            if (!IsAttached(i) && !AttachAgain(i, mayClear))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Takes the gradients away from the parameters.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].grad = null;
            _views[i].Dispose();
        }
    }

    /// <summary>A handle points to a pointer to the tensor's implementation. The view that is held here keeps its own alive, so no other
    /// tensor can have that address.</summary>
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

    private void NoteFreezing(int i)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _frozen[i] = !_frozen[i];
        FreezeChanges++;
        if (_frozen[i])
        {
            // What it gathered before must not move it when it is unfrozen.
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
