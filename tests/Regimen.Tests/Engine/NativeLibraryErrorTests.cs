using Regimen.Engine;

namespace Regimen.Tests.Engine;

public sealed class NativeLibraryErrorTests
{
    private const string DotNet = "Unable to load shared library '/app/libLibTorchSharp.so' or one of its dependencies. In order to help diagnose "
        + "loading problems, consider using a tool like strace. If you're using glibc, consider setting the LD_DEBUG environment variable: \n";

    [Theory]
    [InlineData(
        DotNet + "/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)\n",
        "The system's C++ library is too old: libstdc++.so.6 lacks GLIBCXX_3.4.32", "LibTorchSharp.so")]
    [InlineData(
        DotNet + "/lib64/libstdc++.so.6: version `CXXABI_1.3.15' not found (required by /app/libtorch_cpu.so)\n",
        "The system's C++ library is too old: libstdc++.so.6 lacks CXXABI_1.3.15", "newer libstdc++6")]
    [InlineData(
        DotNet + "/lib64/libc.so.6: version `GLIBC_2.34' not found (required by /app/libtorch_cpu.so)\n",
        "The system's C library is too old: it lacks GLIBC_2.34", "newer system")]
    [InlineData(
        DotNet + "libgomp.so.1: cannot open shared object file: No such file or directory\n",
        "A library that it depends on is missing: libgomp.so.1", "apt install libgomp1")]
    [InlineData(
        DotNet + "libtorch.so: cannot open shared object file: No such file or directory\n",
        "A library that it depends on is missing: libtorch.so", "libtorch-cpu-linux-x64")]
    [InlineData(
        DotNet + "libgomp-98b21ff3.so.1: cannot open shared object file: No such file or directory\n",
        "A library that it depends on is missing: libgomp-98b21ff3.so.1", "libtorch-cpu-linux-x64")]
    [InlineData(
        DotNet + "Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/libLibTorchSharp.so)\n",
        "A library that it depends on is missing: ld-linux-x86-64.so.2", "musl")]
    [InlineData(
        DotNet + "dlopen(/app/libLibTorchSharp.dylib, 0x0001): Library not loaded: @rpath/libomp.dylib\n",
        "A library that it depends on is missing: libomp.dylib", "libomp.dylib")]
    [InlineData(
        "Unable to load DLL 'LibTorchSharp.dll' or one of its dependencies: The specified module could not be found. (0x8007007E)",
        "A library that it depends on is missing: LibTorchSharp.dll", "libtorch-cpu")]
    [InlineData(
        DotNet + "/app/libLibTorchSharp.so: undefined symbol: _ZN2at6detail3fooEv\n",
        "Two native libraries are incompatible: the symbol _ZN2at6detail3fooEv is missing", "LD_LIBRARY_PATH")]
    [InlineData(DotNet + "/app/libLibTorchSharp.so: invalid ELF header\n", "The file is not a library for this system and processor", "dotnet build")]
    [InlineData(DotNet + "/app/libLibTorchSharp.so: file too short\n", "The file is not a library for this system and processor", "dotnet build")]
    [InlineData(DotNet + "/app/libLibTorchSharp.so: wrong ELF class: ELFCLASS32\n", "The file is not a library for this system and processor", "dotnet build")]
    [InlineData(
        DotNet + "/app/libtorch.so: failed to map segment from shared object: Operation not permitted\n",
        "The system does not permit loading the library", "noexec")]
    [InlineData(DotNet + "something new\n", "The native library does not load: something new", "dotnet build")]
    [InlineData("", "The native library does not load: the loader gives no reason", "dotnet build")]
    public void A_loader_message_is_explained_with_a_hint(string message, string expected, string hint)
    {
        Problem problem = NativeLibraryError.Explain(message, "/app/libLibTorchSharp.so");
        Assert.Equal(expected, problem.Message);
        Assert.Contains(hint, problem.Hint, StringComparison.Ordinal);
        Assert.Equal("/app/libLibTorchSharp.so", problem.Where);
    }
}
