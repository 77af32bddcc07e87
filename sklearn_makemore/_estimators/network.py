"""The base of every network: what is trained, and how."""

# SPDX-License-Identifier: BSD-3-Clause

import functools
import math
import os
from abc import abstractmethod
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple, Protocol

import joblib
import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, InvalidParameterError

from sklearn_makemore._core.context_table import ContextTable, Source, n_predictions
from sklearn_makemore._core.models import WindowModel
from sklearn_makemore._core.splitting import hold_out
from sklearn_makemore._estimators.base import BaseCharLM
from sklearn_makemore._estimators.callbacks import FitTasks
from sklearn_makemore._estimators.parameters import parameter
from sklearn_makemore._estimators.warning import warn
from sklearn_makemore._estimators.word_counts import WordCounts
from sklearn_makemore._neural.adamw import AdamW
from sklearn_makemore._neural.checkpoint import Checkpoint, kept_seed
from sklearn_makemore._neural.data import check_working_memory
from sklearn_makemore._neural.learnt import LearntNetwork
from sklearn_makemore._neural.making import (
    buffers_of,
    computing_gradients,
    new_module,
    permutation,
    resolve_device,
    seeded_generator,
    shapes_of,
    shapes_of_new,
)
from sklearn_makemore._neural.module_checks import check_causal
from sklearn_makemore._neural.modules import CharModule, WindowModule
from sklearn_makemore._neural.training import STEPS_PER_BLOCK, Driver, HeldOut, Steps, training
from sklearn_makemore._text.coded_words import CodedWords
from sklearn_makemore._text.containers import check_counts
from sklearn_makemore._text.vocabulary import Vocabulary

AT_LEAST_1 = Interval(Integral, 1, None, closed="left")
ABOVE_0 = Interval(Real, 0, None, closed="neither")
SHARE = Interval(Real, 0, 1, closed="left")
MOST_COUNTED = 2**63
BYTES_PER_WEIGHT = 16  # float32: itself, its gradient, the two means of AdamW
LOOKED_AT = 64  # words that are scored at the end of a fit, to see that they can be


class Recipe(Protocol):
    """How a solver trains.

    Attributes
    ----------
    passes : int
        Over what it is trained on, which `n_steps` is told of in batches.
    learning_rate, batch_size : float, int
        Where those of the estimator are None.
    blocks_per_look : int
        Blocks of steps from one look at held-out words to the next.
    """

    @property
    def passes(self) -> int: ...

    @property
    def learning_rate(self) -> float: ...

    @property
    def batch_size(self) -> int: ...

    @property
    def blocks_per_look(self) -> int: ...

    def initialise(self, module: torch.nn.Module, generator: torch.Generator) -> None: ...

    def n_steps(self, n_batches: int) -> int: ...

    def rates(self, n_steps: int, highest: float) -> list[float]: ...

    def steps(
        self,
        module: Any,
        words: Source,
        rates: list[float],
        batch_size: int,
        weight_decay: float,
        generator: torch.Generator,
    ) -> Steps: ...


class GradientLM(BaseCharLM):
    """A language model found by following gradients.

    A subclass has the hooks of every model and `_first_steps`; :class:`NetworkLM` has them all.
    """

    device: Any = parameter(default="auto")  # any of torch's, which look at it in `fit`
    verbose: int = parameter("verbose", default=0)

    @abstractmethod
    def _first_steps(self, vocabulary: Vocabulary, words: Source, rates: list[float]) -> Steps:
        """Return the steps of a training that begins anew, with these learning rates."""

    def _sweep_learning_rates(self, X: Any, sample_weight: Any, rates: list[float]) -> list[float]:
        """Return the loss before each step of a training on words with these learning rates.

        It changes nothing of `self`, and ends early at a loss that is not finite.
        """
        self._validate_params()
        vocabulary, words = self._read_words(X, sample_weight)
        losses: list[float] = []
        with computing_gradients():
            for _ in training(self._first_steps(vocabulary, words, rates), len(rates), losses):
                if not np.isfinite(losses).all():
                    break
        return losses

    @abstractmethod
    def to_torch(self) -> torch.nn.Module:
        """Return the fitted network.

        Returns
        -------
        module : torch.nn.Module
            A copy on the CPU, in evaluation mode: from int64 codes of symbols to logits. The codes
            are windows of `block_size` symbols, or words that begin with a boundary (code 0).
        """


class Begun(NamedTuple):
    """A training before its first step."""

    module: CharModule
    steps: Steps
    n_steps: int
    held_out: HeldOut | None
    n_predictions: float
    seed: int


class NetworkLM(GradientLM):
    """A language model that is a trained network.

    A subclass declares the parameters of its architecture and names in `_module_class` the class of
    its network, a :class:`~sklearn_makemore.base.WindowModule` or
    :class:`~sklearn_makemore.base.SequenceModule`. The network is given those parameters that its
    ``__init__`` takes by keyword; all but `dropout` decide its shape. `_adamw`, an
    :class:`~sklearn_makemore.base.AdamW`, says how long it is trained where `max_steps` is None.

    Parameters
    ----------
    learning_rate : float, default=0.01
        Highest rate of AdamW, which goes through one cycle.
    batch_size : int, default=256
        Rows of a step: contexts of a window, or words.
    max_steps : int, default=None
        Steps; None leaves it to `_adamw`.
    weight_decay : float, default=0.01
        Decoupled weight decay.
    early_stopping : bool, default=False
        Whether to hold out distinct words, end when they are predicted no better, and keep the
        weights that predicted them best. `partial_fit` holds out none.
    validation_fraction : float, default=0.1
        Share of the distinct words held out.
    n_iter_no_change : int, default=5
        Looks at the held-out words, every 50 steps, without improvement after which to stop early.
    warm_start : bool, default=False
        Whether `fit` begins with the weights of the last fit, which must have had the same symbols.
    checkpoint : str or path-like, default=None
        File in which a fit keeps its state about every minute, to go on from.
    device : str or torch.device, default="auto"
        Where to compute: "auto" is CUDA, else MPS, else the CPU.
    verbose : int, default=0
        Print the loss after every so many blocks of 50 steps; 0 prints nothing.
    alphabet : str or collection of str, default=None
        All symbols that may occur, known beforehand. None takes those of the words in `fit`.
    symbols : {"char", "grapheme", "split", "token"} or re.Pattern, default="char"
        What a symbol of a word is: a code point, a grapheme cluster, what stands between white
        space, an item of a word that is a sequence of strings, or a match of a compiled pattern.
    boundary : str, default=None
        How the start and end of a word are shown; it is never looked up in a word. None takes ".",
        or another sign where that is a symbol of the words.
    handle_unknown : {"penalty", "unknown", "error"}, default="penalty"
        What happens to a symbol that is not known when a word is scored. "penalty": it costs log(N
        + 1) nats, where N is the number of predictions in `fit` (of symbols if they are more), and
        the model stays what it is. "unknown": the model has a symbol for it. "error": a ValueError.
    random_state : int, RandomState instance or None, default=None
        Seed of what is random in `fit`, and of `sample` where it is given none.

    See Also
    --------
    TorchCharLM : Takes a module of torch as it is.
    sklearn_makemore.base.BaseCountLM : For models that count.

    Examples
    --------
    >>> from torch import nn
    >>> from sklearn_makemore.base import NetworkLM, WindowModule, parameter
    >>> class Linear(WindowModule):
    ...     def __init__(self, n_inputs, n_targets, *, embedding_dim):
    ...         super().__init__(n_inputs, n_targets, block_size=1)
    ...         self.embedding = nn.Embedding(n_inputs, embedding_dim)
    ...         self.output = nn.Linear(embedding_dim, n_targets)
    ...     def forward(self, windows):
    ...         return self.output(self.embedding(windows[:, 0]))
    >>> class LinearLM(NetworkLM):
    ...     embedding_dim: int = parameter(int, default=8)
    ...     _module_class = Linear
    >>> lm = LinearLM(random_state=0).fit(["anna", "hanna"])
    >>> lm.sample(2, max_length=5).shape
    (2,)
    """

    learning_rate: float | None = parameter(ABOVE_0, default=0.01)
    batch_size: int | None = parameter(AT_LEAST_1, default=256)
    max_steps: int | None = parameter(AT_LEAST_1, None, default=None)
    weight_decay: float = parameter(Interval(Real, 0, None, closed="left"), default=0.01)
    early_stopping: bool = parameter("boolean", default=False)
    validation_fraction: float = parameter(Interval(Real, 0, 1, closed="neither"), default=0.1)
    n_iter_no_change: int = parameter(AT_LEAST_1, default=5)
    warm_start: bool = parameter("boolean", default=False)
    checkpoint: str | os.PathLike[str] | None = parameter(str, os.PathLike, None, default=None)

    _learnt_class: ClassVar[type[LearntNetwork]] = LearntNetwork
    _module_class: ClassVar[type[CharModule]]
    _adamw: ClassVar[AdamW] = AdamW(passes=8, most_steps=1_000)

    @property
    def _recipe(self) -> Recipe:
        """How it is trained, where there is more than one solver."""
        return self._adamw

    @classmethod
    def _learnt_from(cls, attributes: Mapping[str, Any]) -> LearntNetwork:
        return cls._learnt_class.from_attributes(cls._module_class, attributes)

    def _from_counts(self, counts: WordCounts) -> ContextTable:
        if not issubclass(self._module_class, WindowModule):
            return super()._from_counts(counts)
        if self.early_stopping:
            raise ValueError(
                "early_stopping=True holds out whole words, which WordCounts do not have: give the "
                "words, or early_stopping=False."
            )
        return counts.windows_of(int(self.block_size)).resized(int(self.block_size))

    def _n_steps(self, words: Source) -> int:
        if self.max_steps is not None:
            return int(self.max_steps)
        recipe, batch_size = self._recipe, int(self.batch_size or self._recipe.batch_size)
        return recipe.n_steps(self._module_class.n_batches(words, recipe.passes, batch_size))

    def _max_blocks(self, words: Source, *, partial: bool) -> int:
        return -(-self._n_steps(words) // STEPS_PER_BLOCK)

    def _learn(
        self, words: Source, vocabulary: Vocabulary, tasks: FitTasks, *, partial: bool
    ) -> LearntNetwork:
        with computing_gradients():
            begun = self._begin(words, vocabulary, partial)
            module, held_out = begun.module, begun.held_out

            def learnt(of: CharModule) -> LearntNetwork:
                return self._learnt_class.of_training(
                    of, self._architecture(), driver.result, begun.n_predictions
                )

            def fitted_state() -> dict[str, Any]:
                best = module if held_out is None else held_out.best_module()
                return self._fitted_state(vocabulary, learnt(best))

            checkpoint = self._checkpoint_of(begun, words, vocabulary, tasks, partial)
            driver = Driver(
                begun.n_steps,
                tasks,
                fitted_state,
                verbose=self.verbose,
                held_out=held_out,
                checkpoint=checkpoint,
            )
            with driver:
                for _ in training(begun.steps, begun.n_steps, driver.result.loss_curve):
                    if driver.block_ended():
                        break
            # From here on the weights are copies: a callback may still hold the module.
            found = learnt(module)
            check_loss(float(np.mean(found.loss_curve_[-STEPS_PER_BLOCK:])), module.n_targets)
            check_predictions(found, words, vocabulary)
            check_causal(module)
            if driver.result.interrupted:
                warn_of_interruption(found.n_steps_, checkpoint)
            elif checkpoint is not None:
                checkpoint.remove()
        return found

    def _begin(self, words: Source, vocabulary: Vocabulary, partial: bool) -> Begun:
        """Make all that a training needs.

        Everything random is drawn from one generator, in this order: held-out words, first weights,
        dropout, batches. So each choice leaves the draws of those before it as they are.
        """
        device, seed = fitting_device(self.device), self._seed()
        generator = seeded_generator(seed)
        start = self._fitted_module(vocabulary) if self._goes_on(partial) else None
        # Before words are held out: they have been seen too, as far as unknown symbols go.
        seen = n_predictions_seen(words, self.n_predictions_ if partial else 0.0)
        held_out_words = None
        if self.early_stopping and not partial:
            words, held_out_words = self._hold_out(words, generator)
        module = (self._first_module(vocabulary, generator) if start is None else start).to(device)
        held_out = None
        if held_out_words is not None:
            data = module.training_data(held_out_words).to(device)
            looks = int(self.n_iter_no_change), self._recipe.blocks_per_look
            held_out = HeldOut(module, data, *looks)
        n_steps, rate = self._n_steps(words), self.learning_rate or self._recipe.learning_rate
        # A chunk does not know how many come after it, so no schedule can be right.
        rates = [rate] * n_steps if partial else self._recipe.rates(n_steps, rate)
        steps = self._steps(module.train(), words, rates, generator)
        return Begun(module, steps, n_steps, held_out, seen, seed)

    def _goes_on(self, partial: bool) -> bool:
        return partial or (self.warm_start and self.__sklearn_is_fitted__())

    def _seed(self) -> int:
        """Return the seed of a fit: where none is given, that of the fit it goes on with."""
        if self.random_state is None and self.checkpoint is not None:
            seed = kept_seed(os.fspath(self.checkpoint))
            if seed is not None:
                return seed
        return seed_of(self.random_state)

    def _hold_out(self, words: Source, generator: torch.Generator) -> tuple[CodedWords, CodedWords]:
        assert isinstance(words, CodedWords)
        in_random_order = functools.partial(permutation, generator=generator)
        return hold_out(words, self.validation_fraction, in_random_order, begin_known=True)

    def _steps(
        self, module: CharModule, words: Source, rates: list[float], generator: torch.Generator
    ) -> Steps:
        batch_size = int(self.batch_size or self._recipe.batch_size)
        decay = self.weight_decay
        return self._recipe.steps(module, words, rates, batch_size, decay, generator)

    def _first_steps(self, vocabulary: Vocabulary, words: Source, rates: list[float]) -> Steps:
        generator = seeded_generator(seed_of(self.random_state))
        module = self._first_module(vocabulary, generator).to(fitting_device(self.device))
        return self._steps(module.train(), words, rates, generator)

    def _architecture(self) -> dict[str, Any]:
        """Return the parameters that decide the shape of the network."""
        # Dropout shapes nothing: a model is loaded, or trained further, with any.
        return {n: value for n, value in self._module_parameters().items() if n != "dropout"}

    def _module_parameters(self) -> dict[str, Any]:
        names, own = self._module_class.parameter_names(), self.get_params(deep=False)
        if missing := [name for name in names if name not in own]:
            raise TypeError(
                f"{self._module_class.__name__} takes {', '.join(missing)} by keyword, which "
                f"{type(self).__name__} does not have as a parameter: declare it there, or take it "
                "out of the network's __init__."
            )
        return {name: own[name] for name in names}

    def _new_module(self, vocabulary: Vocabulary) -> CharModule:
        """Return a network of the parameters' shape, weights without values, on the CPU."""
        module = new_module(self._module_class, vocabulary, self._module_parameters())
        check_module(module)
        return module

    def _first_module(self, vocabulary: Vocabulary, generator: torch.Generator) -> CharModule:
        """Return a network of random weights, on the CPU."""
        self._checked_shapes(vocabulary)
        module = self._new_module(vocabulary)
        self._recipe.initialise(module, generator)
        return module

    def _fitted_module(self, vocabulary: Vocabulary) -> CharModule:
        """Return a new network with the fitted weights, on the CPU; refuse one that differs."""
        if not vocabulary.same_symbols(self._vocabulary):
            raise ValueError(
                "warm_start needs words over the symbols of the last fit. Give alphabet=, or fit "
                "with warm_start=False."
            )
        learnt = self._stored_state()[1]
        fitted, weights = learnt.kind.from_attributes(learnt.network)
        shapes = [array.shape for array in weights]
        wanted = self._checked_shapes(vocabulary)
        if shapes != wanted:
            raise ValueError(
                f"The fitted network has weights of shapes {shapes}, the parameters say {wanted}. "
                "Set them back, or fit anew with warm_start=False."
            )
        if fitted != self._architecture():
            raise ValueError(
                f"The fitted network has {fitted}, the parameters say {self._architecture()}. Set "
                "them back, or fit anew with warm_start=False."
            )
        return learnt.fill(self._new_module(vocabulary))

    def _checked_shapes(self, vocabulary: Vocabulary) -> list[tuple[int, ...]]:
        """Return the shapes of a new network's weights; refuse what does not fit in memory."""
        try:
            shapes = shapes_of_new(lambda: self._new_module(vocabulary))
        except (RuntimeError, TypeError) as error:
            if "overflow" not in str(error).lower():
                raise
            shapes = [(MOST_COUNTED,)]  # torch itself counts no further
        n_weights = sum(map(math.prod, shapes))
        check_working_memory(
            n_weights * BYTES_PER_WEIGHT,
            f"{type(self).__name__} over V={vocabulary.n_symbols} symbols has {n_weights:.3g} "
            "weights or more, which",
            "Lower the sizes of the layers (embedding_dim, hidden_size, block_size, n_layers), or "
            "give alphabet= with fewer symbols and handle_unknown='unknown'.",
        )
        return shapes

    def _checkpoint_of(
        self, begun: Begun, words: Source, vocabulary: Vocabulary, tasks: FitTasks, partial: bool
    ) -> Checkpoint | None:
        """Return where the training is kept, None for nowhere."""
        if self.checkpoint is None:
            return None
        if tasks.is_part:
            raise InvalidParameterError(
                "The 'checkpoint' parameter is for a fit of its own: within a search, a pipeline "
                "or another model, all fits would write one file. Set it to None."
            )
        parameters = self.get_params(deep=False)
        parameters |= {"checkpoint": None, "verbose": None, "random_state": begun.seed}
        start = self._stored_state()[1].attributes if self._goes_on(partial) else None
        model = type(self).__name__, partial, start
        of = {"model": model, "words": (vocabulary, words), **parameters}
        digests = {name: joblib.hash(value) for name, value in of.items()}
        path = os.fspath(self.checkpoint)
        return Checkpoint(path, digests, begun.seed, begun.module, begun.steps)

    def _stored_state(self) -> tuple[Vocabulary, LearntNetwork]:
        vocabulary, learnt = super()._stored_state()
        assert isinstance(learnt, LearntNetwork)
        return vocabulary, learnt

    def to_torch(self) -> torch.nn.Module:
        vocabulary, learnt = self._stored_state()
        return learnt.module(vocabulary).eval()


def fitting_device(device: Any) -> torch.device:
    """Return the device to fit on.

    Raises
    ------
    InvalidParameterError
        If it is neither a string nor a torch.device, or is not there.
    """
    try:
        return resolve_device(device)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"The 'device' parameter is not usable: {error}") from None


def seed_of(random_state: Any) -> int:
    """Return `random_state` itself where it is an int, else a number drawn from it."""
    if not isinstance(random_state, (int, np.integer)):
        random_state = check_random_state(random_state).randint(2**31 - 1)
    return int(random_state)


def n_predictions_seen(words: Source, before: float) -> float:
    """Return the weighted number of predictions in words, and in those seen before."""
    with np.errstate(over="ignore"):
        return float(check_counts(np.array(n_predictions(words) + before)))


def warn_of_interruption(n_steps: int, checkpoint: Checkpoint | None = None) -> None:
    is_kept = checkpoint is not None and checkpoint.is_kept
    warn(
        f"Training was interrupted after {n_steps} steps; the model is as good as it had become."
        + " The same fit goes on from its checkpoint." * is_kept,
        UserWarning,
    )


def check_loss(loss: float, n_targets: int) -> None:
    """Refuse a loss that is not finite; warn of one above that of a uniform guess.

    Parameters
    ----------
    loss : float
        Mean cross-entropy after training, in nats.
    n_targets : int
        Symbols to guess among.
    """
    if not np.isfinite(loss):
        raise FloatingPointError("The loss is not finite any more: lower learning_rate.")
    if loss > np.log(n_targets):
        warn(
            f"The loss of {loss:.3f} nats is worse than a uniform guess ({np.log(n_targets):.3f}): "
            "training has not converged. Lower learning_rate or raise max_steps.",
            ConvergenceWarning,
        )


def check_predictions(learnt: LearntNetwork, words: Source, vocabulary: Vocabulary) -> None:
    """Refuse weights with which nothing can be predicted.

    Losses are those before each step: what the last step did shows in predictions alone.
    """
    model = learnt.model(vocabulary)
    if isinstance(words, CodedWords):
        log_probs = model.log_probs(words.words(0, min(words.n_words, LOOKED_AT)))
    else:
        assert isinstance(model, WindowModel)
        log_probs = model.context_log_probs(words.contexts[:LOOKED_AT])
    if np.isnan(log_probs).any():
        raise FloatingPointError("The weights are too large to predict: lower learning_rate.")


def check_module(module: CharModule) -> None:
    """Refuse a network that could not be made again from the list of its weights."""
    if buffers := buffers_of(module):
        raise TypeError(
            f"{type(module).__name__} has buffers that are not kept: {', '.join(buffers)}. Use "
            "layers that learn weights alone, such as LayerNorm, register constants with "
            "persistent=False, or use TorchCharLM, which keeps buffers."
        )
    shapes = shapes_of(module)
    rows = [shape[:1] for shape in (*shapes[:1], *shapes[-1:])]
    if rows != [(module.n_inputs,), (module.n_targets,)]:
        raise TypeError(
            f"{type(module).__name__} has weights of shapes {shapes}. The first must have a row "
            f"for each of {module.n_inputs} symbols to read, the last one for each of "
            f"{module.n_targets} to predict: make the embedding first and the output last. An "
            "nn.Parameter of the module itself comes before its layers, so put it into one."
        )
