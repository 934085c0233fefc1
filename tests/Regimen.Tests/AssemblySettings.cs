using Regimen.Engine;
using Regimen.Tests;
using Regimen.Tests.TestKit;
using Xunit.Sdk;
using Xunit.v3;

// The default generator, the thread count and the count of native tensors are global to a process, so the tests run one after the other. Those
// that only start other processes run beside them: OtherProcesses.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = OtherProcesses.Lanes)]
[assembly: AssemblyFixture(typeof(OneThread))]

namespace Regimen.Tests;

/// <summary>Sets libtorch to one thread: with the tiny models of the tests, a second thread would only spin and slow down other processes.</summary>
public sealed class OneThread
{
    public OneThread() => Threads.Use(1);
}
