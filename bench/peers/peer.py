"""What the Python peers have in common: the protocol with the benchmark (see Measuring/Side.cs), and MNIST read from its files."""
import gzip
import os
import sys
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "mnist")


def options():
    return dict(argument.split("=", 1) for argument in sys.argv[1:])


def say(answer):
    print("@" + str(answer), flush=True)


def refuse(reason):
    say("refused " + reason)
    sys.exit(0)


def need(*modules):
    """Says so and ends where a peer is not installed."""
    for module in modules:
        try:
            __import__(module)
        except ImportError:
            refuse(f"{module} is not installed")


def need_openblas():
    """Without OpenBLAS Debian's PyTorch and NumPy are many times slower: that would be no comparison."""
    with open("/proc/self/maps") as maps:
        if "openblas" not in maps.read():
            refuse("OpenBLAS is not installed (libopenblas0-pthread)")


def answer(note, work):
    """Does a piece of work for every line that comes; answers microseconds a step."""
    say("ready " + note)
    for _ in sys.stdin:
        start = time.perf_counter()
        steps = work()
        say((time.perf_counter() - start) * 1e6 / steps)


def thread_note(threads):
    return "(1 thread)" if threads == 1 else f"({threads} threads)"


def mnist(part):
    """Images [n, 28, 28] as bytes, and labels [n], as NumPy arrays."""
    import numpy

    def read(name, offset):
        with gzip.open(os.path.join(ROOT, f"{part}-{name}.gz")) as file:
            return numpy.frombuffer(file.read(), numpy.uint8, offset=offset)

    labels = read("labels-idx1-ubyte", 8)
    return read("images-idx3-ubyte", 16).reshape(len(labels), 28, 28), labels
