"""Spoken Chinese: from an exchange's turns to facts (README.md, "Spoken Chinese").

``read`` is the way in; ``clauses`` is offered to the values. Pure, like all of the comparison.
"""
