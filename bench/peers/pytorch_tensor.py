"""PyTorch with the whole set as one tensor: a permutation an epoch, index_select, cross_entropy, torch.optim, item."""
import peer

peer.need("torch")
import torch
from torch.nn import functional

import nets

options = peer.options()
torch.set_num_threads(int(options.get("threads", "1")))
(torch.ones(64, 64) @ torch.ones(64, 64)).sum().item()
peer.need_openblas()

evaluates = options.get("measure") == "evaluation"
images, labels = peer.mnist("t10k" if evaluates else "train")
inputs = torch.from_numpy(images.copy()).float().div_(255).sub_(0.5).div_(0.5).unsqueeze(1)
targets = torch.from_numpy(labels.astype("int64"))
model = nets.of(options.get("net", "784-128-10"))
batch = int(options.get("batch", "64"))
limit = int(options.get("steps", "1000000"))
if options.get("optimizer") == "adamw":
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
else:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)


def train():
    steps = 0
    for _ in range(int(options.get("epochs", "1"))):
        model.train()
        order = torch.randperm(len(inputs))
        total = 0.0
        for first in range(0, min(len(inputs), limit * batch), batch):
            rows = order[first:first + batch]
            optimizer.zero_grad(set_to_none=True)
            loss = functional.cross_entropy(model(inputs.index_select(0, rows)), targets.index_select(0, rows))
            loss.backward()
            optimizer.step()
            total += loss.item()
            steps += 1
    return steps


def evaluate():
    """Loss and accuracy in batches of 1,000; the answer is milliseconds for all."""
    model.eval()
    passes = int(options.get("passes", "1"))
    with torch.no_grad():
        for _ in range(passes):
            evaluate_once()
    return 1000 * passes


def evaluate_once():
    loss = 0.0
    correct = 0
    for first in range(0, len(inputs), 1000):
        logits = model(inputs[first:first + 1000])
        target = targets[first:first + 1000]
        loss += functional.cross_entropy(logits, target, reduction="sum").item()
        correct += (logits.argmax(1) == target).sum().item()


peer.answer(peer.thread_note(torch.get_num_threads()), evaluate if evaluates else train)
