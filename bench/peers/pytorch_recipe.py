"""The course's recipe in PyTorch: torchvision's data set, ToTensor, Normalize, a DataLoader, SGD. The pixels are read and transformed one
image at a time, as the recipe has it."""
import gzip
import itertools
import os
import shutil
import tempfile

import peer

peer.need("torch", "torchvision")
import torch
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

import nets

options = peer.options()
torch.set_num_threads(int(options.get("threads", "1")))
(torch.ones(64, 64) @ torch.ones(64, 64)).sum().item()
peer.need_openblas()

with tempfile.TemporaryDirectory() as root:
    raw = os.path.join(root, "MNIST", "raw")
    os.makedirs(raw)
    for name in os.listdir(peer.ROOT):
        if name.endswith(".gz"):
            with gzip.open(os.path.join(peer.ROOT, name)) as packed, open(os.path.join(raw, name[:-3]), "wb") as plain:
                shutil.copyfileobj(packed, plain)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    dataset = datasets.MNIST(root, train=True, transform=transform)

loader = DataLoader(dataset, batch_size=64, shuffle=True)
model = nets.perceptron([784, 128, 10])
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)


def train():
    model.train()
    total = 0.0
    steps = 0
    for inputs, targets in itertools.islice(loader, int(options.get("steps", "1000000"))):
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item()
        steps += 1
    return steps


peer.answer(peer.thread_note(torch.get_num_threads()), train)
