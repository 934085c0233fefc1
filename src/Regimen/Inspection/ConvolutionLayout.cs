using Regimen.Data;
using Regimen.Loading;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Regimen.Inspection;

/// <summary>Decides whether a model's images should be in channels-last memory format.</summary>
internal static class ConvolutionLayout
{
    /// <summary>The default of <see cref="LoaderOptions.ChannelsLast"/>: true on the CPU, for images, if the model has a two-dimensional convolution
    /// and a dry run in that format succeeds (a <c>view</c> in its forward method may fail). Does not change the model or the state of the random
    /// number generator.</summary>
    public static bool Pays(nn.Module model, IReadOnlyList<Field> inputs, Device device)
        => device.type == TorchSharp.DeviceType.CPU
            && inputs.Any(f => f is { Name: Field.Input, Shape.Rank: 3 })
            && model.modules().OfType<Conv2d>().Any()
            && new DryRun(model, inputs, [], channelsLast: true).Failure is null;
}
