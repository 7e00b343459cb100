"""Models beside the rules: what they say of a text, and when that decides. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.routing.model.applying import Answer, Model
from services.routing.model.features import features_of
from services.routing.reading.reader import Reading


@dataclass(frozen=True, slots=True)
class Models:
    """``deciding``: the one that is used where the rules doubt. ``shadow``: the one whose answers
    are kept and used for nothing."""

    deciding: Model | None = None
    shadow: Model | None = None

    def ask(self, reading: Reading) -> Sequence[Answer]:
        """What each says of a text."""
        asked = [model for model in (self.deciding, self.shadow) if model is not None]
        if not asked:
            return ()
        features = features_of(reading.words.roots, reading.ranked)
        return [model.ask(features) for model in asked]

    def advice(self, answers: Sequence[Answer], rules_version: int) -> Answer | None:
        """The answer that may decide: of a model that is sure, beside the rules that it knows."""
        model = self.deciding
        if model is None or model.rules_version != rules_version:
            return None
        return next((each for each in answers if each.model == model.number and each.sure), None)


NO_MODELS = Models()
