using Regimen.Data;
using Regimen.Loading;
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
            && model.modules().Any(m => m is TorchSharp.Modules.Conv2d or Layers.Conv2d)
            && new DryRun(model, inputs, [], channelsLast: true).Failure is null;
}
