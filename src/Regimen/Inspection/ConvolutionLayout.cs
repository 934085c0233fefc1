using Regimen.Data;
using Regimen.Loading;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Whether a model's images should lie with the channels last in memory.</summary>
public static class ConvolutionLayout
{
    /// <summary>The rule for a run that does not say (<see cref="LoaderOptions.ChannelsLast"/>): on the CPU, for images, where the model has
    /// a two-dimensional convolution and takes a sample in that layout: a <c>view</c> in its forward may not. Nothing of the model, and
    /// no random number, is changed.</summary>
    public static bool Pays(nn.Module model, IReadOnlyList<Field> inputs, Device device)
        => device.type == TorchSharp.DeviceType.CPU
            && inputs.Any(f => f is { Name: Field.Input, Shape.Rank: 3 })
            && model.modules().OfType<Conv2d>().Any()
            && new DryRun(model, inputs, [], channelsLast: true).Failure is null;
}
