"""The CNN in Brevitas with weights and activations of 4 bits (input of 8). Arguments: folder what images.

what: "train" an epoch, or "pgd": ten steps through the trained network, parameters frozen.
"""
from serve import accuracy, arguments, fashion, fill, formatted, images, serve

a = arguments("folder", "what", "count")
import brevitas.nn as qnn
import torch
from torch import nn
from torch.nn.functional import cross_entropy

EPS, ALPHA, STEPS = 0.1, 0.01, 10
COUNT = int(a.count)
four = dict(weight_bit_width=4)
net = nn.Sequential(
    qnn.QuantIdentity(bit_width=8, return_quant_tensor=False),
    qnn.QuantConv2d(1, 32, 3, padding=1, **four), qnn.QuantReLU(bit_width=4), nn.MaxPool2d(2),
    qnn.QuantConv2d(32, 64, 3, padding=1, **four), qnn.QuantReLU(bit_width=4), nn.MaxPool2d(2),
    nn.Flatten(), qnn.QuantLinear(3136, 128, True, **four), qnn.QuantReLU(bit_width=4),
    qnn.QuantLinear(128, 10, True, **four))  # fmt: skip
net = formatted(fill(net, f"{a.folder}/cnn-trained.safetensors"), a.set)
call = torch.compile(net) if "compile" in a.set else net
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, fused=True if "fused" in a.set else None)
x, y = fashion("train")
test_x, test_y = fashion("t10k")
result = {}


def fit(count):
    net.train()
    order = torch.randperm(count)
    for i in range(0, count, 128):
        chosen = order[i : i + 128]
        optimizer.zero_grad(set_to_none=True)
        cross_entropy(call(images(x.index_select(0, chosen), a.set)), y.index_select(0, chosen)).backward()
        optimizer.step()


def pgd(x, y):
    delta = (x + torch.empty_like(x).uniform_(-EPS, EPS)).clamp_(0, 1) - x
    for _ in range(STEPS):
        delta.requires_grad_(True)
        (slope,) = torch.autograd.grad(cross_entropy(call(x + delta), y), delta)
        delta = delta.detach().add_(slope.sign_(), alpha=ALPHA).clamp_(-EPS, EPS).add_(x).clamp_(0, 1).sub_(x)
    return x + delta


def warm():
    fit(512 if a.what == "train" else 6000)
    if a.what == "pgd":
        net.eval().requires_grad_(False)
        pgd(test_x[:250], test_y[:250])


def run():
    if a.what == "train":
        return fit(COUNT)
    attacked, labels = images(test_x[:COUNT], a.set), test_y[:COUNT]
    clean = accuracy(net, attacked, labels)
    adversarial = torch.cat([pgd(attacked[i : i + 250], labels[i : i + 250]) for i in range(0, COUNT, 250)])
    result.update(clean=clean, robust=accuracy(net, adversarial, labels))


serve(run, warm, None, lambda: {"accuracy": accuracy(net, test_x, test_y), **result})
