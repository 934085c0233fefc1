using Xunit.Sdk;
using Xunit.v3;

// The default generator, the thread count and the count of native tensors are global to a process.
[assembly: Parallelization(Mode = ParallelMode.None)]
