"""The bundle an outsider checks: packed by name and hash, read as an enemy's, judged part by part.

Enters: parts of a version, lines of the ledger with their proofs. Leaves: one ZIP, or a verdict on one.
"""
