"""From a delivery that is due to a provider's answer."""
