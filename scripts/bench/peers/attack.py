"""An attack on a trained network. Arguments: folder model attack library images.

attack: "fgsm" or "pgd" (40 steps of 0.01, random start), linf, eps 0.1; library: hand, torchattacks, foolbox or art.
Parameters are frozen, the peers' best case; every example takes every step, as in all of these libraries.
"""
from serve import accuracy, arguments, fashion, fill, formatted, images, serve

a = arguments("folder", "model", "attack", "library", "count")
import numpy
import torch
from nets import make
from torch.nn.functional import cross_entropy

EPS, ALPHA, STEPS, BATCH = 0.1, 0.01, 40, 500
COUNT = int(a.count)
x, y = fashion("t10k")
x, y = images(x[:COUNT], a.set), y[:COUNT]
net = formatted(fill(make(a.model), f"{a.folder}/{a.model}-trained.safetensors"), a.set).eval().requires_grad_(False)
call = torch.compile(net) if "compile" in a.set else net
FGSM = a.attack == "fgsm"


def by_hand(x, y):
    delta = torch.zeros_like(x) if FGSM else torch.empty_like(x).uniform_(-EPS, EPS)
    delta = (x + delta).clamp_(0, 1) - x
    for _ in range(1 if FGSM else STEPS):
        delta.requires_grad_(True)
        (slope,) = torch.autograd.grad(cross_entropy(call(x + delta), y), delta)
        delta = delta.detach().add_(slope.sign_(), alpha=EPS if FGSM else ALPHA).clamp_(-EPS, EPS)
        delta = delta.add_(x).clamp_(0, 1).sub_(x)
    return x + delta


def by_torchattacks():
    import torchattacks

    if FGSM:
        return torchattacks.FGSM(call, eps=EPS)
    return torchattacks.PGD(call, eps=EPS, alpha=ALPHA, steps=STEPS, random_start=True)


def by_foolbox():
    import foolbox

    model = foolbox.PyTorchModel(call, bounds=(0, 1), device="cpu")
    attacks = foolbox.attacks
    how = attacks.LinfFastGradientAttack() if FGSM else attacks.LinfPGD(
        abs_stepsize=ALPHA, steps=STEPS, random_start=True)  # fmt: skip
    return lambda x, y: how(model, x, y, epsilons=EPS)[1]


def by_art():
    from art.attacks import evasion
    from art.estimators.classification import PyTorchClassifier

    model = PyTorchClassifier(
        model=call, loss=torch.nn.CrossEntropyLoss(), input_shape=(1, 28, 28), nb_classes=10, clip_values=(0, 1),
        device_type="cpu")  # fmt: skip
    how = (
        evasion.FastGradientMethod(model, norm=numpy.inf, eps=EPS, batch_size=BATCH)
        if FGSM
        else evasion.ProjectedGradientDescent(
            model, norm=numpy.inf, eps=EPS, eps_step=ALPHA, max_iter=STEPS, num_random_init=1, batch_size=BATCH,
            verbose=False)  # fmt: skip
    )
    return lambda x, y: torch.from_numpy(numpy.ascontiguousarray(how.generate(x.numpy(), y.numpy())))


attack = {"hand": lambda: by_hand, "torchattacks": by_torchattacks, "foolbox": by_foolbox, "art": by_art}[a.library]()
result = {}


def run():
    """Clean accuracy, the attack, robust accuracy: what Assay's run measures too."""
    clean = accuracy(net, x, y)
    adversarial = torch.cat([attack(x[i : i + BATCH], y[i : i + BATCH]) for i in range(0, COUNT, BATCH)]).detach()
    assert (adversarial - x).abs().max() <= EPS + 1e-6
    result.update(accuracy=clean, robust=accuracy(net, adversarial, y))


def check():
    with torch.inference_mode():
        return torch.cat([net(x[i : i + 1000]) for i in range(0, COUNT, 1000)]), dict(result)


serve(run, lambda: attack(x[:BATCH], y[:BATCH]), check)
