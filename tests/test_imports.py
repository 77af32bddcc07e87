"""What importing the library costs and offers."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

import sklearn_makemore


def test_counting_and_displays_load_neither_torch_nor_matplotlib():
    code = (
        "import sys, sklearn_makemore as m\n"
        "m.datasets.load_names, m.exceptions.SamplingError, m.io\n"
        "m.BigramCountLM().fit(['ab']).sample(2)\n"
        "from sklearn_makemore import inspection\n"
        "inspection.TransitionDisplay([[1]], ['.'])\n"
        "print([name for name in ('torch', 'matplotlib') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_every_module_imports():
    for module in pkgutil.walk_packages(sklearn_makemore.__path__, "sklearn_makemore."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_public_names():
    for name in sklearn_makemore.__all__:
        assert name in dir(sklearn_makemore)
        assert getattr(sklearn_makemore, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'TetragramLM'"):
        _ = sklearn_makemore.TetragramLM
