"""Where things are, and what the command line asks for."""
import os
import sys

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(BENCH))
ENVIRONMENT = os.path.join(ROOT, ".build-peers")
WORK = os.path.join(ENVIRONMENT, "work")
PYTHON = sys.executable
ASSAY = os.environ["ASSAY_RELEASE"]
OPERATIONS = os.path.join(os.path.dirname(ASSAY), "kernel-bench")
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
