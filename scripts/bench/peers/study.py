"""The main study's training: eleven quantization-aware networks. Arguments: folder library images.

library "pytorch": fake quantization by hand, straight-through; "brevitas": QuantLinear. Both: signed narrow codes,
scale max|w| / (2^(bits-1) - 1) per tensor, biases in float, Adam, batch 32, one epoch each for 2 to 12 bits.
"""
from serve import accuracy, arguments, fashion, fill, serve

a = arguments("folder", "library", "count")
import torch
from torch import nn
from torch.nn.functional import cross_entropy, linear


class QuantizedLinear(nn.Linear):
    bits = 8

    def forward(self, x):
        top = 2 ** (self.bits - 1) - 1
        with torch.no_grad():
            scale = self.weight.abs().max() / top
            rounded = (self.weight / scale).round_().clamp_(-top, top).mul_(scale)
        return linear(x, self.weight + (rounded - self.weight).detach(), self.bias)


def network(bits):
    if a.library == "brevitas":
        import brevitas.nn as qnn

        layers = [qnn.QuantLinear(i, o, True, weight_bit_width=bits) for i, o in ((784, 100), (100, 10))]
    else:
        layers = [QuantizedLinear(i, o) for i, o in ((784, 100), (100, 10))]
        for layer in layers:
            layer.bits = bits
    return fill(nn.Sequential(nn.Flatten(), layers[0], nn.ReLU(), layers[1]), f"{a.folder}/study.safetensors")


x, y = fashion("train")
test_x, test_y = fashion("t10k")
COUNT, trained = int(a.count), None


def fit(bits, x, y):
    net = network(bits)
    call = torch.compile(net) if "compile" in a.set else net
    optimizer = torch.optim.Adam(net.parameters(), fused=True if "fused" in a.set else None)
    order = torch.randperm(len(x))
    for i in range(0, len(x), 32):
        chosen = order[i : i + 32]
        optimizer.zero_grad(set_to_none=True)
        cross_entropy(call(x.index_select(0, chosen)), y.index_select(0, chosen)).backward()
        optimizer.step()
    return net


def run():
    global trained
    for bits in range(2, 13):
        trained = fit(bits, x[:COUNT], y[:COUNT])


def check():
    with torch.inference_mode():
        return network(4).eval()(test_x[:1000]), {"accuracy": accuracy(trained, test_x, test_y)}


serve(run, lambda: fit(4, x[:320], y[:320]), check)
