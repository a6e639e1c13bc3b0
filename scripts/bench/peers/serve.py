"""The peers' side of the protocol with the harness (see assay/serve.lua), their settings, data and weights."""
import argparse
import contextlib
import gzip
import json
import os
import struct
import sys
import time

DATA = "/usr/share/datasets/fashion-mnist"


def arguments(*names):
    """The positional arguments by name, with --threads and --set (channels_last, fused, compile) applied."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", default="")
    for name in names:
        parser.add_argument(name)
    parsed = parser.parse_args()
    parsed.set = set(filter(None, parsed.set.split(",")))
    import torch

    torch.set_num_threads(parsed.threads)
    torch.manual_seed(1)
    return parsed


def serve(run, warm=None, check=None, first=None):
    """Answers the harness: run() is timed and may return a dict, first() measures after the first run what may be
    compared, check() returns logits (or None) and a dict."""
    firsts = None
    out, sys.stdout = sys.stdout, sys.stderr  # libraries may print; the protocol has the stream to itself
    if warm:
        warm()

    def answer(values):
        print(json.dumps(values), file=out, flush=True)

    answer({"ready": "peer"})
    for line in sys.stdin:
        word, _, path = line.strip().partition(" ")
        if word == "run":
            start = time.perf_counter()
            values = run() or {}
            seconds = time.perf_counter() - start
            if firsts is None:
                firsts = first() if first else {}
            answer({"seconds": seconds, **values})
        else:
            logits, values = check() if check else (None, {})
            if logits is not None:
                import numpy

                numpy.save(path, logits.detach().contiguous().numpy())
            answer({**(firsts or {}), **values})


def fashion(part):
    """Fashion-MNIST's "train" or "t10k" part as float32 images [N, 1, 28, 28] in [0, 1] and int64 labels."""
    import numpy
    import torch

    def idx(name):
        with gzip.open(os.path.join(DATA, name)) as file:
            raw = file.read()
        shape = struct.unpack(">%dI" % raw[3], raw[4 : 4 + 4 * raw[3]])
        return numpy.frombuffer(raw, numpy.uint8, offset=4 + 4 * raw[3]).reshape(shape)

    images = torch.from_numpy(idx(part + "-images-idx3-ubyte.gz").copy()).float().div_(255).unsqueeze(1)
    return images, torch.from_numpy(idx(part + "-labels-idx1-ubyte.gz").astype("int64"))


def weights(path):
    """The tensors of a safetensors file by name, in the file's order."""
    import torch

    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"][0]):
        low, high = entry["data_offsets"]
        assert entry["dtype"] == "F32", (name, entry["dtype"])
        tensors[name] = torch.frombuffer(body[low:high], dtype=torch.float32).reshape(entry["shape"])
    return tensors


def fill(net, path):
    """Puts a file's tensors into the network: both list layers in the same order, tensors by the same last name."""
    import torch

    def sides(items):
        named = [(name.rsplit(".", 1)[-1], tensor) for name, tensor in items]
        return {kind: [t for n, t in named if n == kind] for kind in ("weight", "bias", "running_mean", "running_var")}

    stored, own = sides(weights(path).items()), sides(net.state_dict().items())
    with torch.no_grad():
        for kind, tensors in own.items():
            assert [t.shape for t in tensors] == [t.shape for t in stored[kind]], kind
            for mine, theirs in zip(tensors, stored[kind]):
                mine.copy_(theirs)
    return net


@contextlib.contextmanager
def evaluating(net):
    import torch

    mode = net.training
    net.eval()
    with torch.inference_mode():
        yield
    net.train(mode)


def accuracy(net, x, y):
    with evaluating(net):
        hits = sum((net(x[i : i + 1000]).argmax(1) == y[i : i + 1000]).sum().item() for i in range(0, len(x), 1000))
    return hits / len(x)


def formatted(net, settings):
    """The network in its memory format."""
    import torch

    return net.to(memory_format=torch.channels_last) if "channels_last" in settings else net


def images(x, settings):
    """Images in the memory format of the settings."""
    import torch

    return x.contiguous(memory_format=torch.channels_last) if "channels_last" in settings else x
