"""Callbacks for scikit-learn's protocol, beside those of scikit-learn."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

from sklearn.callback import ScoringMonitor
from sklearn.utils import get_tags

__all__ = ["ScoreMonitor"]


class ScoreMonitor(ScoringMonitor):
    """Record the score of a language model after every block of steps.

    scikit-learn's `ScoringMonitor` records nothing where there is no `y`; this one scores the words
    of the fit, and other words if it is given some. `get_logs` returns them, as `data` or as a
    frame, `data_as_pandas`. Attach it with ``estimator.set_callbacks(ScoreMonitor(held_out))`` to
    the model itself, in a search or pipeline too.

    Parameters
    ----------
    held_out : container of str, default=None
        Words that are not among those of the fit; scored as `held_out_score`.

    See Also
    --------
    sklearn.callback.ScoringMonitor : The same for estimators that learn from `y`.
    sklearn.callback.ProgressBar : Shows how far a fit is.

    Examples
    --------
    >>> from sklearn_makemore import MLPCharLM
    >>> from sklearn_makemore.callbacks import ScoreMonitor
    >>> from sklearn_makemore.datasets import load_names
    >>> words = load_names().data
    >>> monitor = ScoreMonitor(words[1::10])
    >>> mlp = MLPCharLM(max_steps=100, random_state=0)
    >>> mlp = mlp.set_callbacks(monitor).fit(words[::10])
    >>> log = monitor.get_logs().data_as_pandas
    >>> log[["task_name", "task_id", "train_score", "held_out_score"]].round(1)
            task_name  task_id  train_score  held_out_score
    0             fit        0         -2.4            -2.6
    1  block of steps        0         -2.6            -2.7
    2  block of steps        1         -2.4            -2.6
    """

    def __init__(self, held_out: Any = None) -> None:
        super().__init__(scoring=_WordScores(held_out))

    def setup(self, estimator: Any, context: Any) -> None:
        """Prepare for a fit.

        Parameters
        ----------
        estimator : estimator
            To be fitted.
        context : CallbackContext
            Of the fit.

        Raises
        ------
        TypeError
            If it is no language model.
        """
        if get_tags(estimator).estimator_type != "density_estimator":
            raise TypeError(
                f"ScoreMonitor is for language models, and {type(estimator).__name__} is none: set "
                "it on the model that it is given, or take scikit-learn's ScoringMonitor."
            )
        super().setup(estimator, context)

    def on_fit_task_end(
        self,
        estimator: Any,
        context: Any,
        *,
        X: Any = None,
        y: Any = None,
        fitted_estimator: Any = None,
        metadata: Any = None,
    ) -> None:
        """Score the estimator as it is at the end of a task.

        Parameters
        ----------
        estimator : estimator
            Being fitted.
        context : CallbackContext
            Of the task.
        X : container of str
            The words of the fit.
        y : Ignored
            Not used, present for API consistency by convention.
        fitted_estimator : estimator
            As if the fit had ended here.
        metadata : dict or None
            `sample_weight`, if there is one.
        """
        super().on_fit_task_end(
            estimator,
            context,
            X=X,
            y=(),  # what the base class wants to see before it scores
            fitted_estimator=fitted_estimator,
            metadata=metadata,
        )


class _WordScores:
    """The scores of the words of a fit and of others."""

    def __init__(self, held_out: Any) -> None:
        self._held_out = held_out

    def __call__(self, estimator: Any, X: Any, y: Any, **metadata: Any) -> dict[str, float]:
        scores = {"train_score": estimator.score(X, **metadata)}
        if self._held_out is not None:
            scores["held_out_score"] = estimator.score(self._held_out)
        return scores
