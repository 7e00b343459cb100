"""The system on Kubernetes: `base/` is written from the table of processes (`make contracts`).

A city changes nothing in `base/`. Its own addresses, numbers and secrets are an overlay, of which
`overlays/example/` shows one (docs/operators.md, "In a data centre").
"""
