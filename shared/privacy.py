"""Privacy classes of data.

Every field of every event carries one of these classes as ``Annotated`` metadata; the bus
carries C0 only (architecture tests hold both).
"""

from enum import StrEnum
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel


class PrivacyClass(StrEnum):
    """How much a datum says about a person."""

    C0 = "C0"
    """Category, area, channel, state, times, opaque references."""
    C1 = "C1"
    """Case text, exact position, derivatives of attachments."""
    C2 = "C2"
    """Name, phone, e-mail, handle, NIK, device, IP address."""
    C3 = "C3"
    """Raw originals."""


C0 = PrivacyClass.C0
C1 = PrivacyClass.C1
C2 = PrivacyClass.C2
C3 = PrivacyClass.C3

T = TypeVar("T")
Open = Annotated[T, C0]
"""``Open[str]``: a field of class C0, fit for the bus."""


def class_of_field(model: type[BaseModel], name: str) -> PrivacyClass | None:
    """The privacy class a model's field declares, None when it declares none."""
    for mark in model.model_fields[name].metadata:
        if isinstance(mark, PrivacyClass):
            return mark
    return None


def nested_models(annotation: Any) -> list[type[BaseModel]]:
    """Models inside an annotation (``tuple[ClockDue, ...]``), so that a check can descend."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    arguments = get_args(annotation) if get_origin(annotation) is not None else ()
    return [model for argument in arguments for model in nested_models(argument)]
