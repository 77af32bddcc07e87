"""Parameters that are declared once."""

import inspect
import pickle
import subprocess
import sys
from numbers import Integral
from typing import ClassVar

import pytest
from sklearn.base import clone
from sklearn.utils._param_validation import Interval, InvalidParameterError

import sklearn_makemore.base
from sklearn_makemore import BigramCountLM
from sklearn_makemore.base import parameter

POSITIVE = Interval(Integral, 1, None, closed="left")


class DeepLM(BigramCountLM):
    """Has a parameter of its own, one that must be given, and another default of an old one."""

    n_layers: int = parameter(POSITIVE, default=2)
    name: object = parameter(kw_only=False)
    smoothing: float = parameter(POSITIVE, default=3)
    fitted_: int


class DeeperLM(DeepLM):
    """Declares one again, and allows more."""

    n_layers: int | None = parameter(POSITIVE, None, default=None)


def test_a_class_s_own_parameters_come_before_those_of_its_base():
    signature = inspect.signature(DeepLM)
    assert list(signature.parameters)[:3] == ["name", "n_layers", "smoothing"]
    assert list(signature.parameters)[3:] == list(inspect.signature(BigramCountLM).parameters)[1:]
    kinds = {name: each.kind for name, each in signature.parameters.items()}
    assert kinds.pop("name") is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert set(kinds.values()) == {inspect.Parameter.KEYWORD_ONLY}
    assert signature.parameters["n_layers"].annotation is int
    assert list(inspect.signature(DeeperLM).parameters)[:3] == ["name", "n_layers", "smoothing"]


def test_parameters_are_stored_untouched():
    name = ["a", "list"]
    model = DeepLM(name, boundary="#")
    assert model.name is name
    assert model.get_params() == {
        "name": name,
        "n_layers": 2,
        "smoothing": 3,
        "alphabet": None,
        "symbols": "char",
        "boundary": "#",
        "handle_unknown": "penalty",
        "random_state": None,
    }
    assert clone(model).get_params() == pickle.loads(pickle.dumps(model)).get_params()
    assert repr(model) == "DeepLM(boundary='#', name=['a', 'list'])"
    assert model != DeepLM(name, boundary="#")
    assert hash(model) != hash(DeepLM(name, boundary="#"))


@pytest.mark.parametrize("arguments", [{}, {"name": 1, "layers": 3}, {"name": 1, "fitted_": 3}])
def test_other_arguments_are_refused(arguments):
    with pytest.raises(TypeError, match="argument"):
        DeepLM(**arguments)
    with pytest.raises(TypeError, match="positional"):
        DeepLM(1, 2)


def test_fit_holds_parameters_to_what_is_allowed():
    assert DeepLM(name=object()).fit(["ab"]).smoothing == 3
    with pytest.raises(InvalidParameterError, match=r"'n_layers'.*DeepLM.*Got 0"):
        DeepLM(1, n_layers=0).fit(["ab"])
    with pytest.raises(InvalidParameterError, match=r"'n_layers'.*DeepLM.*Got None"):
        DeepLM(1, n_layers=None).fit(["ab"])
    with pytest.raises(InvalidParameterError, match=r"'smoothing'.*Got 0"):
        DeepLM(1, smoothing=0).fit(["ab"])
    with pytest.raises(InvalidParameterError, match="'boundary'"):
        DeepLM(1, boundary=3).fit(["ab"])
    assert DeeperLM(1).fit(["ab"]).n_layers is None
    assert BigramCountLM(smoothing=0).fit(["ab"]).smoothing == 0


def test_a_class_may_have_an_init_of_its_own():
    class PlainLM(BigramCountLM):
        def __init__(self, *, depth=1, smoothing=1.0, alphabet=None, boundary="."):
            self.depth = depth
            self.smoothing = smoothing
            self.alphabet = alphabet
            self.boundary = boundary
            self.handle_unknown = "error"
            self.random_state = None

        _parameter_constraints: ClassVar = {"depth": [POSITIVE]}

    assert sorted(PlainLM().get_params()) == ["alphabet", "boundary", "depth", "smoothing"]
    with pytest.raises(InvalidParameterError, match="'depth'"):
        PlainLM(depth=0).fit(["ab"])


def test_the_bases_load_torch_for_networks_only():
    code = (
        "import sys\n"
        "from sklearn_makemore import base\n"
        "networks = {'AdamW', 'NetworkLM', 'SeededDropout', 'SequenceModule', 'WindowModule'}\n"
        "for name in sorted(set(base.__all__) - networks): getattr(base, name)\n"
        "assert 'torch' not in sys.modules\n"
        "for name in networks: getattr(base, name)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert set(sklearn_makemore.base.__all__) < set(dir(sklearn_makemore.base))
    with pytest.raises(AttributeError, match="no attribute 'TetragramLM'"):
        _ = sklearn_makemore.base.TetragramLM


def test_an_init_that_is_written_out_is_inherited():
    class Half(BigramCountLM):
        def __init__(self):
            super().__init__(smoothing=0.5)

    class Heir(Half):
        pass

    class Named:
        def __init__(self, name="x", **parameters):
            super().__init__(**parameters)
            self.name = name

    class NamedLM(Named, BigramCountLM):
        pass

    class More(Half):
        extra: int = parameter(int, default=3)

    assert Heir().smoothing == 0.5
    assert NamedLM(name="y", smoothing=2).name == "y"
    assert (More(smoothing=2).smoothing, More().extra) == (2, 3)


def test_classes_may_take_keywords():
    class Base(BigramCountLM):
        def __init_subclass__(cls, **keywords):
            cls.keywords = keywords

    class Derived(Base, size=3):
        pass

    assert Derived.keywords == {"size": 3}


def test_parameters_that_would_be_lost_are_refused():
    class Mixin:
        size: int = parameter(int, default=3)

    with pytest.raises(TypeError, match="Mixin declares parameters, but derives from no estimator"):

        class Mixed(Mixin, BigramCountLM):
            pass
