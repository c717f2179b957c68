"""What the ledger's lines amount to: records as they stand, what may be added to them, what a withdrawal writes.

Enters: lines of the ledger. Leaves: the records the gate sees, and the lines to write next.
"""
