using Regimen.Configuration;
using Regimen.Engine;
using Regimen.Experiments;
using Regimen.Training;
using static TorchSharp.torch;

namespace Regimen.Tests.Experiments;

/// <summary>Tests of the choice of a device, which needs none.</summary>
public sealed class ComputeDeviceTests
{
    [Theory]
    [InlineData("cuda", 1, "", 0, 0)]
    [InlineData("cuda", 4, "", 0, 0)]
    [InlineData("cuda:3", 4, "", 0, 3)]
    [InlineData("cuda", 2, "a a a b b", 0, 0)]
    [InlineData("cuda", 2, "a a a b b", 1, 1)]
    [InlineData("cuda", 2, "a a a b b", 2, 0)]
    [InlineData("cuda", 2, "a a a b b", 3, 0)]
    [InlineData("cuda", 2, "a a a b b", 4, 1)]
    [InlineData("cuda", 8, "a b a b a", 4, 2)]
    [InlineData("cuda", 1, "a a a", 2, 0)]
    [InlineData("cuda:1", 2, "a b c", 1, 1)]
    [InlineData("mps", 1, "a b", 1, 0)]
    public void The_ranks_of_a_host_take_its_devices_in_turn(string device, int devices, string hosts, int rank, int index)
        => Assert.Equal(index, ComputeDevice.IndexOf(DeviceChoice.Read(device)!.Value, devices, hosts.Split(' ', StringSplitOptions.RemoveEmptyEntries), rank));

    [Theory]
    [InlineData("cuda", 0, "", "cpu, or a device that libtorch finds", "cuda")]
    [InlineData("cuda:2", 2, "", "cuda, or cuda:0 to cuda:1", "cuda:2")]
    [InlineData("cuda", 0, "a a", "cpu, or a device that libtorch finds", "cuda")]
    [InlineData("cuda:0", 2, "a b a", "device=cuda: the ranks of a host take its GPUs in turn", "cuda:0")]
    [InlineData("mps", 1, "a b a", "a rank for each host with device=mps", "mps")]
    public void A_device_that_is_not_there_or_not_for_several_ranks_is_refused(string device, int devices, string hosts, string expected, string received)
    {
        RequestException exception = Assert.Throws<RequestException>(
            () => ComputeDevice.IndexOf(DeviceChoice.Read(device)!.Value, devices, hosts.Split(' ', StringSplitOptions.RemoveEmptyEntries), rank: 0));
        Assert.Equal(("device", expected, received), (exception.Problems[0].Where, exception.Problems[0].Expected, exception.Problems[0].Received));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cuda")]
    [InlineData("cuda:0")]
    [InlineData("cuda:127")]
    [InlineData("mps")]
    public void A_choice_is_read_as_it_is_written(string text) => Assert.Equal(text, DeviceChoice.Read(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("cuda:")]
    [InlineData("cuda:00")]
    [InlineData("cuda:01")]
    [InlineData("cuda:-1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:128")]
    [InlineData("cuda:99999999999")]
    [InlineData("cpu:0")]
    [InlineData("CUDA")]
    public void Any_other_text_is_no_device(string text) => Assert.Null(DeviceChoice.Read(text));

    [Fact]
    public void Gradients_are_copied_to_the_host_and_the_sum_back()
    {
        using Tensor gradients = tensor([1.5f, -2f, float.NaN, 1e-40f]);
        using var host = new HostGradients(gradients);
        Tensor copy = host.Read();
        Assert.Equal([1.5f, -2f, float.NaN, 1e-40f], TensorMemory.Span<float>(copy).ToArray());
        copy.fill_(3f);
        Assert.Equal(1.5f, TensorMemory.Span<float>(gradients)[0]);
        host.Write();
        Assert.Equal([3f, 3f, 3f, 3f], TensorMemory.Span<float>(gradients).ToArray());
        gradients.fill_(7f);
        Assert.Equal(7f, TensorMemory.Span<float>(host.Read())[3]);
    }
}
