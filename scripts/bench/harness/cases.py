"""What is compared: for each case Assay's program, the peers' programs with their settings, and the targets."""
from dataclasses import dataclass, field


@dataclass
class Peer:
    """Variants of one program; the fastest is the peer. A setting "hugetlb" is glibc's huge pages."""

    name: str
    target: float
    variants: list  # (program and arguments, settings separated by commas)


@dataclass
class Case:
    name: str
    title: str
    assay: list
    peers: list
    count: int = 0  # images or repetitions, appended to every program's arguments
    quick: int = 0  # the same in a quick comparison
    logits: float = 0  # how far logits may lie apart, as a share of their largest; 0: there are none to compare
    accuracy: float = 0  # how far accuracies may lie apart; 0: not compared
    robust: float = 0  # the same for robust accuracies
    threads: list = field(default_factory=lambda: [1, 2])


def variants(program, *settings):
    return [(program, text) for text in settings]


PLAIN = ("", "fused", "fused,hugetlb", "fused,compile")
LAYOUTS = ("", "channels_last", "channels_last,hugetlb")
IMAGES = ("", "channels_last", "channels_last,fused", "channels_last,fused,hugetlb")


def training(model, batch, target, settings, accuracy=0.03):
    return Case(
        f"{model}-train-{batch}", f"{model.upper()} epoch, batch {batch}", ["train.lua", model, str(batch)],
        [Peer("pytorch", target, variants(["train.py", model, str(batch)], *settings))],
        count=60000, quick=6000, logits=1e-3, accuracy=accuracy)  # fmt: skip


def resnet(depth, count):
    return Case(
        f"resnet{depth}", f"ResNet-{depth} forward + backward, {128 * count} images", ["resnet.lua", str(depth)],
        [Peer("pytorch", 1.5, variants(["resnet.py", str(depth)], *LAYOUTS, "compile"))],
        count=count, quick=1, logits=1e-3)  # fmt: skip


def attack(model, kind, target, quick, title):
    method = "fgsm" if kind == "fgsm" else "pgd"
    layouts = LAYOUTS if model == "cnn" else ("", "hugetlb")
    hand = variants(["attack.py", model, method, "hand"], *layouts, "compile")
    others = [(["attack.py", model, method, library], layouts[-1]) for library in ("torchattacks", "foolbox", "art")]
    return Case(
        f"{model}-{kind}", title, ["attack.lua", model, kind], [Peer("best loop", target, hand + others)],
        count=10000, quick=quick, logits=1e-4, accuracy=5e-4, robust=0.01)  # fmt: skip


def operation(name, title, count, quick):
    return Case(
        f"op-{name}", title, ["ops.lua", name],
        [Peer("pytorch", 1, variants(["ops.py", name], "", "hugetlb"))], count=count, quick=quick)  # fmt: skip


CASES = [
    training("mlp", 128, 2.5, PLAIN),
    training("mlp", 32, 4, PLAIN),
    Case(
        "study-train", "eleven QAT networks, batch 32", ["study.lua"],
        [
            Peer("pytorch", 5, variants(["study.py", "pytorch"], *PLAIN)),
            Peer("brevitas", 8, variants(["study.py", "brevitas"], "fused", "fused,jit")),
        ],
        count=60000, quick=1600, logits=1e-3, accuracy=0.03),  # fmt: skip
    training("cnn", 128, 2, IMAGES),
    resnet(20, 4),
    resnet(18, 1),
    attack("mlp", "fgsm", 4, 10000, "MLP, FGSM"),
    attack("cnn", "fgsm", 2, 1000, "CNN, FGSM"),
    attack("mlp", "pgd", 4, 2000, "MLP, PGD-40"),
    attack("cnn", "pgd", 2, 500, "CNN, PGD-40"),
    attack("cnn", "leaving", 8, 500, "CNN, PGD-40, broken examples leave"),
    Case(
        "w4a4-train", "CNN W4A4 epoch", ["w4a4.lua", "train"],
        [
            Peer("brevitas", 6, variants(
                ["w4a4.py", "train"], "fused", "channels_last,fused", "channels_last,fused,jit")),
        ],
        count=60000, quick=2560, accuracy=0.05),  # fmt: skip
    Case(
        "w4a4-pgd", "CNN W4A4, PGD-10", ["w4a4.lua", "pgd"],
        [Peer("brevitas", 5, variants(["w4a4.py", "pgd"], "", "channels_last", "channels_last,jit"))],
        count=10000, quick=500, accuracy=0.08),  # fmt: skip
    operation("matmul", "matrix product 1024", 20, 10),
    operation("add", "a + b, 4 M elements", 20, 10),
    operation("chain", "relu(2 a + 1), 4 M elements", 20, 10),
    operation("exp", "exp, 4 M elements", 20, 10),
    operation("sum", "sum, 4 M elements", 20, 10),
    operation("add1", "add of one element", 100000, 100000),
]
