import torch
from torch import nn

x = torch.tensor([3.0, -4.0], requires_grad=True)
y = x.pow(2).sum()
y.backward()
print(f"y = {y.item():.0f}, gradient {x.grad.tolist()}")

class Perceptron(nn.Module):
    def __init__(self, hidden=128):
        super().__init__()
        self.fc1 = nn.Linear(784, hidden)
        self.fc2 = nn.Linear(hidden, 10)

    def forward(self, input):
        return self.fc2(torch.relu(self.fc1(input.flatten(1))))

model = Perceptron()
for name, parameter in model.named_parameters():
    print(f"{name:11} {list(parameter.shape)}")
print(f"{sum(p.numel() for p in model.parameters())} parameters")
#> y = 25, gradient [6.0, -8.0]
#> fc1.weight  [128, 784]
#> fc1.bias    [128]
#> fc2.weight  [10, 128]
#> fc2.bias    [10]
#> 101770 parameters
