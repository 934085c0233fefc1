"""What PyTorch needs for its first step: the import, a model, an optimizer, a step on a batch that is drawn, not read."""
try:
    import torch
except ImportError:
    import sys

    print("@refused torch is not installed")
    sys.exit(0)
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
loss = nn.functional.cross_entropy(model(torch.randn(64, 1, 28, 28)), torch.randint(0, 10, (64,)))
loss.backward()
optimizer.step()
loss.item()
print("@first step", flush=True)
