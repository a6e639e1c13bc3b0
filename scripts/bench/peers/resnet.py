"""Forward and backward pass of a residual network, batch 128 of 3x32x32. Arguments: folder depth repetitions."""
from serve import arguments, fill, formatted, images, serve

a = arguments("folder", "depth", "inner")
import numpy
import torch
from nets import resnet
from torch.nn.functional import cross_entropy

x = images(torch.from_numpy(numpy.load(f"{a.folder}/images.npy")), a.set)
y = torch.from_numpy(numpy.load(f"{a.folder}/labels.npy"))
net = formatted(fill(resnet(int(a.depth)), f"{a.folder}/resnet{a.depth}.safetensors"), a.set)
with torch.inference_mode():
    pristine = net.eval()(x)
net.train()
call = torch.compile(net) if "compile" in a.set else net


def step():
    for parameter in net.parameters():
        parameter.grad = None
    cross_entropy(call(x), y).backward()


def run():
    for _ in range(int(a.inner)):
        step()


serve(run, step, lambda: (pristine, {}))
