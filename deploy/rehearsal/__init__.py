"""The world around the system, played: callers, providers, demonstration, measurement."""
