# Hydra does this for Python. By hand: the fields of a class are the keys, their types the check.
import sys
from dataclasses import dataclass, fields, replace
import torch

@dataclass(frozen=True)
class Settings:
    seed: int = 42
    batch_size: int = 64
    hidden: int = 16
    lr: float = 0.05

def settings_from(arguments):
    known = {field.name: field.type for field in fields(Settings)}
    changes = {}
    for argument in arguments:
        key, _, value = argument.partition("=")
        if key not in known:
            sys.exit(f"{argument}: unknown key; expected one of {', '.join(known)}")
        changes[key] = known[key](value)
    return replace(Settings(), **changes)

if __name__ == "__main__":
    settings = settings_from(["hidden=256", "lr=0.02"])  # sys.argv[1:] in a program
    torch.manual_seed(settings.seed)
    model = torch.nn.Sequential(torch.nn.Linear(784, settings.hidden), torch.nn.ReLU(), torch.nn.Linear(settings.hidden, 10))
    print(settings, sum(p.numel() for p in model.parameters()), "parameters")
    try:
        settings_from(["hiden=256"])
    except SystemExit as error:
        print(error)
#> Settings(seed=42, batch_size=64, hidden=256, lr=0.02) 203530 parameters
#> hiden=256: unknown key; expected one of seed, batch_size, hidden, lr
