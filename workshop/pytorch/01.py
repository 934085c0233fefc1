# torchvision.datasets.MNIST(root, train=True) does this, after a download. By hand:
import gzip, struct, torch

def read_mnist(folder, train):
    name = "train" if train else "t10k"
    images = gzip.open(f"{folder}/{name}-images-idx3-ubyte.gz").read()
    labels = gzip.open(f"{folder}/{name}-labels-idx1-ubyte.gz").read()
    magic, count, height, width = struct.unpack(">4i", images[:16])
    assert magic == 0x803
    pixels = torch.frombuffer(bytearray(images[16:]), dtype=torch.uint8).reshape(count, height, width)
    return pixels, torch.frombuffer(bytearray(labels[8:]), dtype=torch.uint8).long()

if __name__ == "__main__":
    images, labels = read_mnist("data/mnist", train=True)
    print(f"{len(images)} training samples, shape {list(images[0].shape)}, label {labels[0]}")
    pixels = images / 255
    print(f"mean {pixels.mean():.4f}, standard deviation {pixels.std():.4f}")
#> 60000 training samples, shape [28, 28], label 5
#> mean 0.1307, standard deviation 0.3081
