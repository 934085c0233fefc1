"""scikit-learn's MLPClassifier: 128 hidden units, plain SGD, batches of 64; one epoch a call. float32, as the others."""
import warnings

import peer

peer.need("numpy", "sklearn")
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore", category=ConvergenceWarning)
images, labels = peer.mnist("train")
inputs = ((images.reshape(len(images), 784).astype("float32") / 255 - 0.5) / 0.5)
(inputs[:64] @ inputs[:64].T).sum()
peer.need_openblas()
net = MLPClassifier(
    hidden_layer_sizes=(128,), solver="sgd", alpha=0, batch_size=64, learning_rate_init=1e-3, momentum=0, nesterovs_momentum=False, max_iter=1, warm_start=True
)


def train():
    net.fit(inputs, labels)
    return (len(inputs) + 63) // 64


peer.answer("(all cores)", train)
