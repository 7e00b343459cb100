"""HTTP doors: what every service's interface does alike."""
