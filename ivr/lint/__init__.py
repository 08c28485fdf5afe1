"""The lint of flows: what makes a menu safe, lawful and kind to whoever calls, beyond what it needs to run.

Forty rules in four families: L (structure), A (the ARS guideline of the Korea Communications Commission, 2009),
U (usability) and T (what the telephone network can carry). Each has a stable id, a severity and a section in
docs/ivr-lint.md. A flow that runs has no fault of :mod:`ivr.check`; those faults are told here under the same ids, so
that an author sees everything at once. Nothing is read here: texts, service maps and counts of use are handed in.

    findings = lint(texts, "dasan120", Context(...))      # sorted by file and line; () is a clean flow
"""

from ivr.lint.finding import Context, Finding
from ivr.lint.rules import RULES, Rule
from ivr.lint.run import lint, mains

__all__ = ["RULES", "Context", "Finding", "Rule", "lint", "mains"]
