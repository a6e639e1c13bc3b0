"""Prints the signatures that KernelMessageTests.swift has: those that jupyter_client gives the same parts."""
from jupyter_client.session import Session

CASES = [
    (b"a0436f6c-1916-498b-8eb9-e81ab9368e84", [b"{}", b"{}", b"{}", b"{}"]),
    (b"key", [b'{"msg_type":"execute_request"}', b"{}", b"{}", b'{"code":"print(1)"}']),
    (b"key", [b'{"msg_type":"execute_request"}{', b"}", b"{}", b'{"code":"print(1)"}']),
    (b"k" * 100, ['{"code":"é = \\"αβ\\""}'.encode(), b"", b"\x00\xff", b"x" * 1000]),
    (b"", [b"{}", b"{}", b"{}", b"{}"]),
]
for key, parts in CASES:
    print(Session(key=key).sign(parts).decode())
