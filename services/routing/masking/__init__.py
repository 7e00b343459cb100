"""What tells of a person is taken out of a text; what the matter needs stays readable.

`mask` reads a text with the lists of `services/routing/data/masking.json`.
"""

from services.routing.masking.known import load_known
from services.routing.masking.masked import Masked, Span
from services.routing.masking.masking import mask_with

__all__ = ["Masked", "Span", "mask"]


def mask(text: str) -> Masked:
    """``text`` without numbers, names, addresses and accounts of persons."""
    return mask_with(load_known(), text)
