using System.Runtime.InteropServices;
using Regimen.Engine;
using Regimen.Tests.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Regimen.Tests.Engine;

/// <summary>The library changes nothing in its host's process unless asked.</summary>
public sealed partial class HostTests
{
    /// <summary>The tests are such a host: they train in this process and never ask.</summary>
    [Fact]
    public void Training_in_a_process_leaves_its_environment_and_its_allocator_alone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "These settings exist on Linux only.");
        using var project = new ProjectFolder();
        project.Train("trainer.epochs=1").Ends(0);
        Assert.Null(NativeSettings.Allocator);
        Assert.DoesNotContain("mmap_threshold", File.ReadAllText(Path.Combine(project.Run, "run.json")), StringComparison.Ordinal);
        Assert.Equal(Environment.GetEnvironmentVariable("GOMP_SPINCOUNT"), Marshal.PtrToStringUTF8(Variable("GOMP_SPINCOUNT")));
    }

    [Fact]
    public void Regimens_own_program_asks()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "These settings exist on Linux only.");
        using var project = new ProjectFolder();
        project.DoAsProcess("train", "trainer.epochs=1").Ends(0);
        Assert.Contains("mmap_threshold 32 MiB", File.ReadAllText(Path.Combine(project.Run, "run.json")), StringComparison.Ordinal);
    }

    /// <summary>Where NNPACK does not know the processor, libtorch says so with the first convolution: the program starts it without.</summary>
    [Fact]
    public void A_convolutional_net_trains_without_a_word_on_the_error_stream()
    {
        using var project = new ProjectFolder();
        CommandOutput output = project.DoAsProcess("train", "model=cnn", "trainer.epochs=1", "data.limit=32", "loader.batch_size=8").Ends(0);
        Assert.Equal(string.Empty, output.Error);
    }

    /// <summary>Warnings are off for one call only: libtorch still warns of what a user should know.</summary>
    [Fact]
    public unsafe void Libtorch_still_warns_of_other_things()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The names are those of Linux's libraries.");
        Assert.True(NativeCheck.Run().Loads);
        nint level = NativeLibrary.GetExport(NativeLibrary.Load("c10", typeof(Nnpack).Assembly, null), "FLAGS_caffe2_log_level");
        const int warnings = 1;
        Assert.Equal(warnings, *(int*)level);
        Nnpack.DisableIfUnsupported();
        Assert.Equal(warnings, *(int*)level);
    }

    /// <summary>What CONTRIBUTING says of in-place operations.</summary>
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
