"""Every public name is documented, and shared parameters in the same words."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
from numpydoc.docscrape import ClassDoc
from numpydoc.validate import validate

import sklearn_makemore
from sklearn_makemore.utils.discovery import all_estimators

# As scikit-learn, the library begins docstrings on the opening line (GL01) and names what a
# function returns (RT02). A long description is asked of classes; cross-references and examples of
# classes and functions, whose methods they cover.
CODES_LEFT_OUT = {"GL01", "RT02"}
CODES_ASKED_OF_CLASSES = {"ES01"}
CODES_ASKED_OF_CLASSES_AND_FUNCTIONS = {"SA01", "EX01"}
PARAMETERS_OF_ALL = ("alphabet", "symbols", "boundary", "handle_unknown", "random_state")
SHARED_PARAMETERS = set(PARAMETERS_OF_ALL)


def public_modules():
    yield sklearn_makemore
    for module in pkgutil.walk_packages(sklearn_makemore.__path__, "sklearn_makemore."):
        if not any(part.startswith("_") for part in module.name.split(".")):
            yield importlib.import_module(module.name)


def public_objects():
    """Yield (dotted name, codes that do not apply) of everything public."""
    for module in public_modules():
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            is_estimator = inspect.isclass(value) and not issubclass(value, Exception)
            yield f"{module.__name__}.{name}", set() if is_estimator else CODES_ASKED_OF_CLASSES
            if inspect.isclass(value):
                for member, method in inspect.getmembers(value, inspect.isroutine):
                    if method.__doc__ is None and inspect.getdoc(method):
                        continue  # it keeps the contract of the method that it overrides
                    defined_in = getattr(method, "__module__", None) or ""
                    if not member.startswith("_") and defined_in.startswith("sklearn_makemore"):
                        codes = CODES_ASKED_OF_CLASSES | CODES_ASKED_OF_CLASSES_AND_FUNCTIONS
                        yield f"{module.__name__}.{name}.{member}", codes


@pytest.mark.parametrize(("name", "left_out"), list(public_objects()), ids=str)
def test_docstrings_are_complete(name, left_out):
    left_out = CODES_LEFT_OUT | left_out
    errors = [(code, text) for code, text in validate(name)["errors"] if code not in left_out]
    assert not errors


def test_every_public_name_is_in_the_reference():
    listed = Path(__file__).parents[1].joinpath("docs", "reference", "index.rst").read_text("utf-8")
    public = {
        f"{module.__name__}.{name}"
        for module in public_modules()
        for name in getattr(module, "__all__", ())
    }
    assert {line.strip() for line in listed.splitlines() if "sklearn_makemore." in line} == public


@pytest.mark.parametrize(("name", "estimator"), all_estimators(None))
def test_parameters_are_documented_in_the_order_of_the_signature(name, estimator):
    documented = [parameter.name for parameter in ClassDoc(estimator)["Parameters"]]
    assert documented == list(inspect.signature(estimator).parameters)
    if (name, estimator) in all_estimators("language_model"):
        assert tuple(documented[-5:]) == PARAMETERS_OF_ALL


@pytest.mark.parametrize("parameter", sorted(SHARED_PARAMETERS))
def test_shared_parameters_have_one_description(parameter):
    descriptions = {
        (entry.type, "\n".join(entry.desc))
        for _, estimator in all_estimators()
        for entry in ClassDoc(estimator)["Parameters"]
        if entry.name == parameter
    }
    assert len(descriptions) == 1
