"""One PyTorch operation many times, without gradients. Arguments: folder operation calls."""
from serve import arguments, serve

a = arguments("folder", "name", "calls")
import torch

torch.set_grad_enabled(False)
calls = int(a.calls)
one, other = torch.randn(1), torch.randn(1)
n = {"add1": 1, "matmul": 1024}.get(a.name, 2048)
p, q = torch.randn(n, n), torch.randn(n, n)
op = {
    "add1": lambda: one + other,
    "matmul": lambda: p.mm(q),
    "chain": lambda: (p * 2 + 1).relu(),
    "exp": lambda: p.exp(),
    "add": lambda: p + q,
    "sum": lambda: p.sum(),
}[a.name]
if "compile" in a.set:
    op = torch.compile(op)


def run():
    for _ in range(calls):
        op()


serve(run, op)
