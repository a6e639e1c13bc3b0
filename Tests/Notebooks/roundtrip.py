"""Sends notebooks through Jupytext, for the tests to compare with what Assay makes of them.

    roundtrip.py FOLDER

For each NAME.lua of the folder it writes
    NAME.jupytext.ipynb  Jupytext's reading of NAME.lua
    NAME.jupytext.lua    and its way back
    NAME.strict          the exit code of `jupytext --test-strict --to ipynb` on that file
and for each NAME.ours.ipynb NAME.ours.lua, Jupytext's reading of it.
"""

import contextlib
import io
import sys
import warnings
from pathlib import Path

import jupytext
import nbformat
from jupytext.cli import jupytext as run


def strict(path: Path) -> int:
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return run(["--test-strict", "--to", "ipynb", str(path), "--quiet"])
    except SystemExit as exit:
        return exit.code


def main(folder: Path) -> None:
    for source in sorted(folder.glob("*.lua")):
        name = source.name.removesuffix(".lua")
        notebook = jupytext.reads(source.read_text(), fmt="lua:percent")
        ipynb = jupytext.writes(notebook, fmt="ipynb")
        (folder / f"{name}.jupytext.ipynb").write_text(ipynb)
        back = folder / f"{name}.jupytext.lua"
        back.write_text(jupytext.writes(nbformat.reads(ipynb, as_version=4), fmt="lua:percent"))
        (folder / f"{name}.strict").write_text(str(strict(back)))
    for ours in sorted(folder.glob("*.ours.ipynb")):
        notebook = nbformat.reads(ours.read_text(), as_version=4)
        nbformat.validate(notebook)
        ours.with_suffix(".lua").write_text(jupytext.writes(notebook, fmt="lua:percent"))


warnings.simplefilter("error")
main(Path(sys.argv[1]))
