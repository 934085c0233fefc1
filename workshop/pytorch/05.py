import importlib
import torch

read_mnist = importlib.import_module("01").read_mnist
(images, labels), (test_images, test_labels) = read_mnist("data/mnist", train=True), read_mnist("data/mnist", train=False)
scale = lambda pixels: (pixels.unsqueeze(1) / 255 - 0.1307) / 0.3081
input, target = scale(images[:500]), labels[:500]
torch.manual_seed(42)
model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(40):
    for rows in torch.randperm(500).split(50):
        loss = torch.nn.functional.cross_entropy(model(input[rows]), target[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

model.eval()
with torch.no_grad():
    print(f"training accuracy {(model(input).argmax(1) == target).float().mean():.2f}")
    print(f"test accuracy {(model(scale(test_images)).argmax(1) == test_labels).float().mean():.2f}")
#> training accuracy 1.00
#> test accuracy 0.84
