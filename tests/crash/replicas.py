"""The processes of a trial: two of each service."""

from deploy.local.replicas import replicas_of
from deploy.services import NAMES

_PAIRS = [replicas_of(name, 2) for name in NAMES]
REPLICAS = tuple(name for pair in _PAIRS for name in pair)
SECOND_REPLICAS = tuple(second for _, second in _PAIRS)
