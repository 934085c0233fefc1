using Regimen.Engine;
using Regimen.Tests;
using Xunit.Sdk;
using Xunit.v3;

// The default generator, the thread count and the count of native tensors are global to a process.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(OneThread))]

namespace Regimen.Tests;

/// <summary>The nets here are tiny: a second thread of libtorch would only wait busily, and slow whatever runs beside the tests.</summary>
public sealed class OneThread
{
    public OneThread() => Threads.Use(1);
}
