"""Mutation tests: what the tests do not notice when the code is changed.

``python -m tests.mutation pure`` (or ``io``). A part's modules and tests are named in
pyproject.toml under ``[tool.mutmut.parts]``; mutmut changes a copy under ``.crm/mutation``.
"""
