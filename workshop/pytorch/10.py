# torch.save writes a pickle, which may contain code: load only files that you trust. safetensors has no code in it.
import importlib, json, os, struct
import torch

read_mnist = importlib.import_module("01").read_mnist

def scaled(images):
    return ((images / 255 - 0.1307) / 0.3081).flatten(1)

def perceptron():
    model = torch.nn.Module()
    model.fc1, model.fc2 = torch.nn.Linear(784, 128), torch.nn.Linear(128, 10)
    model.forward = lambda x: model.fc2(torch.relu(model.fc1(x)))
    return model

def epoch(model, optimizer, number, images, labels):
    for rows in torch.randperm(6400, generator=torch.Generator().manual_seed(number)).split(64):
        loss = torch.nn.functional.cross_entropy(model.forward(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

def read_safetensors(path):
    file = open(path, "rb").read()
    length, = struct.unpack("<Q", file[:8])
    header = json.loads(file[8:8 + length])
    return {name: torch.frombuffer(bytearray(file[8 + length:]), dtype=torch.float32, offset=e["data_offsets"][0], count=(e["data_offsets"][1] - e["data_offsets"][0]) // 4)
            .reshape(e["shape"]) for name, e in header.items() if name != "__metadata__"}

if __name__ == "__main__":
    torch.manual_seed(42)
    images, labels = read_mnist("data/mnist", train=True)
    images = scaled(images[:6400])
    model = perceptron()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    epoch(model, optimizer, 1, images, labels)
    os.makedirs("workshop/out", exist_ok=True)
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 1}, "workshop/out/10.pt")
    epoch(model, optimizer, 2, images, labels)

    saved = torch.load("workshop/out/10.pt")
    again = perceptron()
    again.load_state_dict(saved["model"])
    optimizer = torch.optim.SGD(again.parameters(), lr=0.01, momentum=0.9)
    optimizer.load_state_dict(saved["optimizer"])
    epoch(again, optimizer, saved["epoch"] + 1, images, labels)
    print("the same weights:", all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters())))

    file = "workshop/out/10/model.safetensors"
    if os.path.exists(file):
        again.load_state_dict(read_safetensors(file))
        images, labels = read_mnist("data/mnist", train=False)
        right = (again.forward(scaled(images)).argmax(1) == labels).sum().item()
        print(f"the model of the step in C#: {right / 100:.1f} % of the test pictures are right")
