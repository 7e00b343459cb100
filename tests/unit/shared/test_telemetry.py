"""What a log says of an error."""

from shared.errors import Transient
from shared.telemetry import describe


def raised(error: Exception, *causes: Exception) -> Exception:
    """``error``, as it arrives when each cause has led to the one before it."""
    for effect, cause in zip((error, *causes), causes, strict=False):
        effect.__cause__ = cause
    return error


def test_an_error_is_told_by_its_type_its_first_cause_and_its_place_never_by_its_words() -> None:
    try:
        raise raised(Transient("words"), ConnectionError("words"), TimeoutError("words"))
    except Transient as error:
        told = describe(error)
    assert told.startswith("Transient from TimeoutError at test_telemetry.py:")
    assert "words" not in told


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert describe(ValueError("words")) == "ValueError"
