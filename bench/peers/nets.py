"""The nets, as PyTorch's users write them."""
import torch
from torch import nn
from torch.nn import functional


def perceptron(widths):
    layers = [nn.Flatten()]
    for i in range(1, len(widths)):
        layers.append(nn.Linear(widths[i - 1], widths[i]))
        if i < len(widths) - 1:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class MnistExample(nn.Module):
    """The net of PyTorch's own MNIST example; its log-softmax is part of cross_entropy."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = functional.relu(self.conv1(x))
        x = functional.relu(self.conv2(x))
        x = functional.max_pool2d(x, 2)
        x = torch.flatten(self.dropout1(x), 1)
        x = functional.relu(self.fc1(x))
        return self.fc2(self.dropout2(x))


def of(name):
    return MnistExample() if name == "cnn" else perceptron([int(width) for width in name.split("-")])
