# The same causes in PyTorch. Python's random, numpy and torch have a generator each; the order comes from torch's own.
import hashlib
import torch

def train(seed):
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    model = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(256, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    order = torch.Generator().manual_seed(seed)
    images, labels = torch.rand(6400, 784, generator=order), torch.randint(10, (6400,), generator=order)
    for step, rows in enumerate(torch.randperm(6400, generator=order).split(64)):
        torch.manual_seed(seed * 1_000_000 + step)
        loss = torch.nn.functional.cross_entropy(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest()

if __name__ == "__main__":
    print("same seed:", train(42) == train(42))
    print("another seed:", train(42) == train(43))
