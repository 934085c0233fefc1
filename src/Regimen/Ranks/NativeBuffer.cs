using System.Runtime.InteropServices;

namespace Regimen.Ranks;

/// <summary>Memory outside of the garbage collector's, which grows as needed.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private void* _memory;
    private long _length;

    /// <summary>Returns the address of at least this many bytes. What was in them before is lost.</summary>
    public nint Of(long bytes)
    {
        if (bytes > _length)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = NativeMemory.AlignedAlloc((nuint)bytes, 64);
            _length = bytes;
        }

        return (nint)_memory;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _length = 0;
    }
}
