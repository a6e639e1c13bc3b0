"""Training epochs in PyTorch. Arguments: folder model batch images. Preloaded data, a fresh permutation per epoch."""
from serve import accuracy, arguments, fashion, fill, formatted, images, serve

a = arguments("folder", "model", "batch", "count")
import torch
from nets import make
from torch.nn.functional import cross_entropy

BATCH = int(a.batch)
x, y = fashion("train")
test_x, test_y = fashion("t10k")


class Training:
    """A network from the exported weights with its optimizer."""

    def __init__(self):
        self.net = formatted(fill(make(a.model), f"{a.folder}/{a.model}.safetensors"), a.set)
        self.call = torch.compile(self.net) if "compile" in a.set else self.net
        self.optimizer = torch.optim.SGD(
            self.net.parameters(), lr=0.05, momentum=0.9, fused=True if "fused" in a.set else None)  # fmt: skip

    def step(self, x, y):
        self.optimizer.zero_grad(set_to_none=True)
        cross_entropy(self.call(images(x, a.set)), y).backward()
        self.optimizer.step()

    def epoch(self, x, y):
        order = torch.randperm(len(x))
        for i in range(0, len(x), BATCH):
            chosen = order[i : i + BATCH]
            self.step(x.index_select(0, chosen), y.index_select(0, chosen))


training = Training()


def warm():
    count = int(a.count)
    tail = count % BATCH or BATCH
    throwaway = Training()
    for size in (BATCH, tail) * 2:
        throwaway.step(x[:size], y[:size])


def run():
    training.epoch(x[: int(a.count)], y[: int(a.count)])


def check():
    fresh = Training()
    for _ in range(10):
        fresh.step(x[:128], y[:128])
    with torch.inference_mode():
        return fresh.net(images(test_x[:1000], a.set)), {}


serve(run, warm, check, lambda: {"accuracy": accuracy(training.net, test_x, test_y)})
