using static TorchSharp.torch;

namespace Regimen.Bench.Workers;

/// <summary>The measured models, as a user of TorchSharp writes them.</summary>
internal static class Nets
{
    public static nn.Module<Tensor, Tensor> Of(WorkOptions options) => options.Net switch
    {
        "cnn" => new PyTorchMnistNet(),
        "resnet18" => new HandResNet(),
        _ => Perceptron(options.Widths()),
    };

    public static nn.Module<Tensor, Tensor> Perceptron(int[] widths)
    {
        var layers = new List<nn.Module<Tensor, Tensor>> { nn.Flatten() };
        for (int i = 1; i < widths.Length; i++)
        {
            layers.Add(nn.Linear(widths[i - 1], widths[i]));
            if (i < widths.Length - 1)
            {
                layers.Add(nn.ReLU());
            }
        }

        return nn.Sequential(layers);
    }

    /// <summary>The model of PyTorch's MNIST example, line by line; its log-softmax is part of cross_entropy.</summary>
    private sealed class PyTorchMnistNet : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Conv2d conv1 = nn.Conv2d(1, 32, 3);
        private readonly TorchSharp.Modules.Conv2d conv2 = nn.Conv2d(32, 64, 3);
        private readonly TorchSharp.Modules.Dropout dropout1 = nn.Dropout(0.25);
        private readonly TorchSharp.Modules.Dropout dropout2 = nn.Dropout(0.5);
        private readonly TorchSharp.Modules.Linear fc1 = nn.Linear(9216, 128);
        private readonly TorchSharp.Modules.Linear fc2 = nn.Linear(128, 10);

        public PyTorchMnistNet()
            : base(nameof(PyTorchMnistNet)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            Tensor x = nn.functional.relu(conv1.call(input));
            x = nn.functional.relu(conv2.call(x));
            x = nn.functional.max_pool2d(x, 2);
            x = flatten(dropout1.call(x), 1);
            x = nn.functional.relu(fc1.call(x));
            return fc2.call(dropout2.call(x));
        }
    }
}
