"""Scikit-learn, which trains models and is no part of what runs. Where it must be there, a missing
one fails."""

from importlib.util import find_spec

import pytest

from tests.gateways.installed import required

INSTALL = "pip install --require-hashes -r requirements-ml.lock"


def need() -> None:
    """Skips the test without it; fails it where it is required."""
    if find_spec("sklearn") is not None:
        return
    if required():
        pytest.fail(f"no scikit-learn ({INSTALL})")
    pytest.skip(f"no scikit-learn ({INSTALL})")


def notice() -> str:
    """What the summary of a test run says about it."""
    if find_spec("sklearn") is not None:
        return "models: trained by scikit-learn"
    return f"models: NONE WAS TRAINED: {INSTALL}"
