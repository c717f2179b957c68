"""The invisible mark in review and delivery movies, and its reading.

Enters: frames and the number of a ledger's line. Leaves: marked frames; from any file, the number and how sure it is.
"""
