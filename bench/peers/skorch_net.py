"""skorch: the same net and optimizer, one epoch a call, its own loop and history; nothing printed."""
import peer

peer.need("torch", "skorch")
import torch
from skorch import NeuralNetClassifier

import nets

options = peer.options()
torch.set_num_threads(int(options.get("threads", "1")))
(torch.ones(64, 64) @ torch.ones(64, 64)).sum().item()
peer.need_openblas()

images, labels = peer.mnist("train")
inputs = ((images.astype("float32") / 255 - 0.5) / 0.5)[:, None]
targets = labels.astype("int64")
net = NeuralNetClassifier(
    nets.perceptron([784, 128, 10]),
    criterion=torch.nn.CrossEntropyLoss,
    optimizer=torch.optim.SGD,
    lr=1e-3,
    batch_size=64,
    max_epochs=1,
    train_split=None,
    iterator_train__shuffle=True,
    verbose=0,
)
net.initialize()


def train():
    net.partial_fit(inputs, targets)
    return (len(inputs) + 63) // 64


peer.answer(peer.thread_note(torch.get_num_threads()), train)
