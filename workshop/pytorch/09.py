# A run that can be repeated from its log. MLflow and TensorBoard store what one gives them; what is needed is the same.
import hashlib, json, sys
import torch

def train(settings, log):
    log({"event": "start", "settings": settings, "torch": torch.__version__, "python": sys.version.split()[0]})
    torch.set_num_threads(settings["threads"])
    generator = torch.Generator().manual_seed(settings["seed"])
    torch.manual_seed(settings["seed"])
    model = torch.nn.Linear(20, 3)
    images, labels = torch.rand(512, 20, generator=generator), torch.randint(3, (512,), generator=generator)
    for epoch in range(1, settings["epochs"] + 1):
        for rows in torch.randperm(512, generator=generator).split(64):
            loss = torch.nn.functional.cross_entropy(model(images[rows]), labels[rows])
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= settings["lr"] * p.grad
                    p.grad = None
        log({"event": "epoch", "epoch": epoch, "loss": loss.item()})
    weights = b"".join(p.detach().numpy().tobytes() for p in model.parameters())
    log({"event": "end", "weights": hashlib.sha256(weights).hexdigest()})

if __name__ == "__main__":
    lines, again = [], []
    train({"seed": 42, "threads": 1, "lr": 0.1, "epochs": 2}, lambda entry: lines.append(json.dumps(entry)))
    print(*lines, sep="\n")
    train(json.loads(lines[0])["settings"], lambda entry: again.append(json.dumps(entry)))
    print("the same run" if lines == again else "another run")
