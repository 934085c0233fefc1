import importlib
import torch
from torch.utils.data import DataLoader, TensorDataset

read_mnist = importlib.import_module("01").read_mnist
images, labels = read_mnist("data/mnist", train=True)
pixels = (images.unsqueeze(1) / 255 - 0.1307) / 0.3081
loader = DataLoader(TensorDataset(pixels, labels), batch_size=64, shuffle=True, generator=torch.Generator().manual_seed(42))
print(f"{len(loader)} batches")
for input, target in loader:
    pass
print(f"input {list(input.shape)} in the last batch")
#> 938 batches
#> input [32, 1, 28, 28] in the last batch
