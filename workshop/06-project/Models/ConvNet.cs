using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Digits.Models;

/// <summary>A small convolutional net: each filter looks at 5 × 5 pixels at a time, at every place with the same weights.</summary>
public sealed class ConvNet : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = nn.Conv2d(1, 8, kernel_size: 5, stride: 2);
    private readonly Conv2d conv2 = nn.Conv2d(8, 16, kernel_size: 5, stride: 2);
    private readonly Linear fc = nn.Linear(16 * 4 * 4, 10);

    public ConvNet()
        : base(nameof(ConvNet)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        Tensor x = nn.functional.relu(conv1.call(input));
        x = nn.functional.relu(conv2.call(x));
        return fc.call(x.flatten(1));
    }
}
