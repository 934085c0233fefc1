"""torchvision's ImageFolder with ToTensor, read by a DataLoader: every image once, in batches of 64."""
import peer

peer.need("torch", "torchvision")
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

options = peer.options()
workers = int(options["workers"])
torch.set_num_threads(1)
dataset = datasets.ImageFolder(options["root"], transform=transforms.ToTensor())
loader = DataLoader(dataset, batch_size=64, shuffle=True, num_workers=workers, persistent_workers=True)


def epoch():
    images = 0
    for inputs, _ in loader:
        images += len(inputs)
    return images


peer.answer(f"({workers} worker{'' if workers == 1 else 's'})", epoch)
