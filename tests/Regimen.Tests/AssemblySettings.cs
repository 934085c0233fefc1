using Regimen.Engine;
using Regimen.Tests;
using Xunit.Sdk;
using Xunit.v3;

// The default generator, the thread count and the count of native tensors are global to a process.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(OneThread))]

namespace Regimen.Tests;

/// <summary>Sets libtorch to one thread: with the tiny models of the tests, a second thread would only spin and slow down other processes.</summary>
public sealed class OneThread
{
    public OneThread() => Threads.Use(1);
}
