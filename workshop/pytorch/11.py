import copy, importlib
import torch

read_mnist = importlib.import_module("01").read_mnist
images, labels = read_mnist("data/mnist", train=True)
pixels = (images[:2000].unsqueeze(1) / 255 - 0.1307) / 0.3081
torch.manual_seed(42)
model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
best, best_epoch, best_weights = float("inf"), 0, None
for epoch in range(1, 41):
    for rows in torch.randperm(1000).split(50):
        loss = torch.nn.functional.cross_entropy(model(pixels[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        validation = torch.nn.functional.cross_entropy(model(pixels[1000:]), labels[1000:2000]).item()
    if validation < best:
        best, best_epoch, best_weights = validation, epoch, copy.deepcopy(model.state_dict())
    elif epoch - best_epoch >= 5:
        break
model.load_state_dict(best_weights)
print(f"stopped after {epoch} epochs; best validation loss {best:.2f} in epoch {best_epoch}")
#> stopped after … epochs; best validation loss … in epoch …
