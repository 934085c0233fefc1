import torch

MODELS = {}

def model(name):
    def register(create):
        MODELS[name] = create
        return create
    return register

@model("perceptron")
def perceptron():
    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))

@model("convnet")
def convnet():
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 8, 5, stride=2), torch.nn.ReLU(), torch.nn.Conv2d(8, 16, 5, stride=2), torch.nn.ReLU(),
        torch.nn.Flatten(), torch.nn.Linear(256, 10))

for name, create in sorted(MODELS.items()):
    print(f"{name}: {list(create()(torch.zeros(3, 1, 28, 28)).shape)}")
#> convnet: [3, 10]
#> perceptron: [3, 10]
