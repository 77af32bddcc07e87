"""Hyper-parameters, each declared once: its name, type, default and what it may be."""

# SPDX-License-Identifier: BSD-3-Clause

from abc import ABCMeta
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from inspect import Parameter, Signature, get_annotations
from typing import Any, dataclass_transform

ALLOWED = "allowed"  # key of a field's metadata


def parameter(*allowed: Any, default: Any = MISSING, kw_only: bool = True) -> Any:
    """Declare a hyper-parameter, in the body of an estimator's class.

    ``hidden_size: int = parameter(Interval(Integral, 1, None, closed="left"), default=200)`` makes
    it a keyword of ``__init__`` that is stored untouched, and has it validated in `fit`. A subclass
    may declare it again, with another default.

    Parameters
    ----------
    *allowed : object
        What it may be, as scikit-learn's parameter constraints say it: types, None, ``"boolean"``,
        ``Interval``, ``StrOptions`` and others. Nothing leaves it unchecked.
    default : object
        Its default, immutable. Without one it must be given.
    kw_only : bool, default=True
        Whether it must be given by keyword.

    Returns
    -------
    declaration : dataclasses.Field
        What the class makes an argument and a constraint of.

    See Also
    --------
    sklearn_makemore.base.BaseCharLM : Whose subclasses declare parameters so.

    Examples
    --------
    >>> from numbers import Real
    >>> from sklearn.utils._param_validation import Interval
    >>> from sklearn_makemore import BigramCountLM
    >>> from sklearn_makemore.base import parameter
    >>> class SharpLM(BigramCountLM):
    ...     smoothing: float = parameter(Interval(Real, 0, 1, closed="both"), default=0.1)
    >>> SharpLM().smoothing
    0.1
    """
    constraints = list(allowed) or "no_validation"
    return field(default=default, kw_only=kw_only, metadata={ALLOWED: constraints})


@dataclass_transform(kw_only_default=True, eq_default=False, field_specifiers=(parameter,))
class ParametersMeta(ABCMeta):
    """Makes ``__init__`` and the constraints of an estimator from the parameters it declares.

    The signature has the parameters of a class before those of its base: what is its own comes
    first for the reader, too. An ``__init__`` that is written out is kept, and inherited by classes
    that declare no parameters.
    """

    _parameter_constraints: dict[str, Any]

    def __init__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **keywords: Any
    ) -> None:
        super().__init__(name, bases, namespace)
        given = namespace.get("_parameter_constraints", {})
        for base in cls.__mro__:
            if not isinstance(base, ParametersMeta) and any(
                _is_declared(base, n) for n in vars(base)
            ):
                raise TypeError(
                    f"{base.__name__} declares parameters, but derives from no estimator: {name} "
                    "would not have them. Derive it from BaseCharLM, or declare them in one."
                )
        inherited: dict[str, Any] = {}
        for base in reversed(cls.__mro__[1:]):
            inherited |= getattr(base, "_parameter_constraints", {})
        everything = get_annotations(cls)
        # Only what `parameter` declares; other annotations say what a fit leaves.
        cls.__annotations__ = {n: kind for n, kind in everything.items() if _is_declared(cls, n)}
        inherits_init = not cls.__annotations__ and not _is_made(cls.__init__)  # type: ignore[misc]
        makes_init = "__init__" not in namespace and not inherits_init
        make: Any = dataclass(init=makes_init, eq=False, repr=False, match_args=False)
        make(cls)
        cls.__annotations__ = everything
        declared = {each.name: each.metadata[ALLOWED] for each in _fields(cls)}
        cls._parameter_constraints = inherited | declared | given
        if makes_init:
            cls.__init__.__signature__ = Signature([SELF, *_arguments(cls)])  # type: ignore[misc]


def _is_made(init: Any) -> bool:
    """Tell whether an ``__init__`` is one made here, or that of `object`."""
    return init is object.__init__ or hasattr(init, "__signature__")


def _is_declared(cls: type, name: str) -> bool:
    return ALLOWED in getattr(vars(cls).get(name), "metadata", ())


def _fields(cls: Any) -> tuple[Field[Any], ...]:
    return fields(cls)


SELF = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)


def _arguments(cls: Any) -> Iterator[Parameter]:
    """Yield the arguments of a class, its own first, positional ones before all others."""
    names: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__):
        own = vars(base).get("__dataclass_fields__", {})
        new = {name: each for name, each in own.items() if name not in names}
        names = {**new, **{name: own.get(name, each) for name, each in names.items()}}
    for each in sorted(names.values(), key=lambda each: bool(each.kw_only)):
        yield Parameter(
            each.name,
            Parameter.KEYWORD_ONLY if each.kw_only else Parameter.POSITIONAL_OR_KEYWORD,
            default=Parameter.empty if each.default is MISSING else each.default,
            annotation=each.type,
        )
