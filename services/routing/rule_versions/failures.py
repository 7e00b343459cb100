"""What data that say something impossible raise in the code that goes by them. Pure."""

from typing import Final

FAILURES: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
