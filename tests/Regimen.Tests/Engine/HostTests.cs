using System.Runtime.InteropServices;
using Regimen.Engine;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Engine;

/// <summary>Tests that the library changes nothing in its host process unless the host requests it.</summary>
public sealed partial class HostTests
{
    /// <summary>The tests are such a host: they train in this process and never apply the settings.</summary>
    [Fact]
    public void The_library_does_not_change_environment_or_allocator_of_its_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "These settings exist on Linux only.");
        using var project = new ProjectFolder();
        project.Train("trainer.epochs=1").Ends(0);
        Assert.Null(NativeSettings.Allocator);
        Assert.DoesNotContain("mmap_threshold", File.ReadAllText(Path.Combine(project.Run, "run.json")), StringComparison.Ordinal);
        Assert.Equal(Environment.GetEnvironmentVariable("GOMP_SPINCOUNT"), Marshal.PtrToStringUTF8(Variable("GOMP_SPINCOUNT")));
    }

    [Fact]
    public void The_program_applies_the_native_settings()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "These settings exist on Linux only.");
        using var project = new ProjectFolder();
        project.DoAsProcess("train", "trainer.epochs=1").Ends(0);
        Assert.Contains("mmap_threshold 32 MiB", File.ReadAllText(Path.Combine(project.Run, "run.json")), StringComparison.Ordinal);
    }

    /// <summary>If NNPACK does not support the processor, libtorch warns with the first convolution; the program disables NNPACK.</summary>
    [Fact]
    public void Training_a_convolutional_net_writes_nothing_to_standard_error()
    {
        using var project = new ProjectFolder();
        CommandOutput output = project.DoAsProcess("train", "model=cnn", "trainer.epochs=1", "data.limit=32", "loader.batch_size=8").Ends(0);
        Assert.Equal(string.Empty, output.Error);
    }

    /// <summary>Warnings are off for one call only.</summary>
    [Fact]
    public unsafe void Other_warnings_of_libtorch_stay_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The names exist in the libraries for Linux only.");
        Assert.True(NativeCheck.Run().Loads);
        nint level = NativeLibrary.GetExport(NativeLibrary.Load("c10", typeof(Nnpack).Assembly, null), "FLAGS_caffe2_log_level");
        const int warnings = 1;
        Assert.Equal(warnings, *(int*)level);
        Nnpack.DisableIfUnsupported();
        Assert.Equal(warnings, *(int*)level);
    }

    /// <summary>Checks the statements of CONTRIBUTING.md about in-place operations.</summary>
    [Fact]
    public void In_place_operations_return_the_object_that_they_were_called_on_except_zero()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tensor = ones(3);
        Tensor other = ones(3);
        Func<Tensor>[] operations =
        [
            () => tensor.add_(1), () => tensor.mul_(2), () => tensor.copy_(other), () => tensor.fill_(1), () => tensor.relu_(),
            () => tensor.set_(other), () => tensor.requires_grad_(false), () => tensor.clamp_(0, 1), () => tensor.normal_(),
        ];
        Assert.All(operations, operation => Assert.Same(tensor, operation()));

        Tensor zeroed = tensor.zero_();
        Assert.NotSame(tensor, zeroed);
        zeroed.Dispose();
        Assert.Equal(0, tensor.sum().item<float>());
        tensor.add_(1).Dispose();
        Assert.True(tensor.IsInvalid);
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Variable(string name);
}
