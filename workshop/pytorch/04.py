import importlib
import torch
from torch.utils.data import DataLoader, TensorDataset

read_mnist = importlib.import_module("01").read_mnist
images, labels = read_mnist("data/mnist", train=True)
pixels = (images.unsqueeze(1) / 255 - 0.1307) / 0.3081
loader = DataLoader(TensorDataset(pixels, labels), batch_size=64, shuffle=True)
torch.manual_seed(42)
model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(1, 2):
    total = 0
    for input, target in loader:
        loss = torch.nn.functional.cross_entropy(model(input), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(target)
    print(f"epoch {epoch}: loss {total / len(labels):.2f}")
#> epoch 1: loss 0.33
