# Hydra's multirun, Optuna and W&B sweeps do this with processes. The loop is the same.
import importlib, itertools, statistics
import torch

read_mnist = importlib.import_module("01").read_mnist
images, labels = read_mnist("data/mnist", train=True)
pixels = ((images[:8400] / 255 - 0.1307) / 0.3081).flatten(1)

def accuracy(hidden, lr, seed):
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Linear(784, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for rows in torch.randperm(6400).split(64):
        loss = torch.nn.functional.cross_entropy(model(pixels[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return 100 * (model(pixels[6400:]).argmax(1) == labels[6400:8400]).float().mean().item()

if __name__ == "__main__":
    for hidden, lr in itertools.product([32, 128], [0.01, 0.1]):
        results = [accuracy(hidden, lr, seed) for seed in (1, 2, 3)]
        print(f"hidden {hidden}, lr {lr}: {statistics.mean(results):.1f} % ± {statistics.stdev(results):.1f}")
