"""A pytest plugin: Hypothesis as a mutant needs it, the same each time and without shrinking."""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "mutation",
    database=None,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate, Phase.target),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("mutation")
