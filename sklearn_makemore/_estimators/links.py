"""Where the HTML representation of an estimator links to."""

# SPDX-License-Identifier: BSD-3-Clause

from typing import Any

DOCUMENTATION = "https://sklearn-makemore.readthedocs.io/en/stable/"


def _place_in_reference(estimator: Any) -> dict[str, str]:
    """Return the public place of an estimator, for the template of links."""
    return {"estimator_module": "sklearn_makemore", "estimator_name": type(estimator).__name__}


# What an estimator of the library has as `_doc_link_module`, `_doc_link_template` and
# `_doc_link_url_param_generator`, so that its HTML representation links to its documentation.
DOCUMENTED = (
    "sklearn_makemore",
    DOCUMENTATION + "reference/{estimator_module}.{estimator_name}.html",
    _place_in_reference,
)
