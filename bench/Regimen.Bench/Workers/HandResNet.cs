using static TorchSharp.torch;

namespace Regimen.Bench.Workers;

/// <summary>A residual network of 18 layers for small images, as a user of TorchSharp writes it after torchvision's.</summary>
internal sealed class HandResNet : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> layers;

    public HandResNet()
        : base(nameof(HandResNet))
    {
        layers = nn.Sequential(
            nn.Conv2d(3, 64, 3, padding: 1, bias: false), nn.BatchNorm2d(64), nn.ReLU(inplace: true),
            new Block(64, 64, 1), new Block(64, 64, 1),
            new Block(64, 128, 2), new Block(128, 128, 1),
            new Block(128, 256, 2), new Block(256, 256, 1),
            new Block(256, 512, 2), new Block(512, 512, 1),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => layers.call(input);

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> layers;
        private readonly nn.Module<Tensor, Tensor>? shortcut;

        public Block(int inputs, int outputs, int stride)
            : base(nameof(Block))
        {
            layers = nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false), nn.BatchNorm2d(outputs), nn.ReLU(inplace: true),
                nn.Conv2d(outputs, outputs, 3, padding: 1, bias: false), nn.BatchNorm2d(outputs));
            shortcut = stride == 1 ? null : nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride: stride, bias: false), nn.BatchNorm2d(outputs));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => nn.functional.relu(layers.call(input).add(shortcut is null ? input : shortcut.call(input)));
    }
}
