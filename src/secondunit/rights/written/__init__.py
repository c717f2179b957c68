"""Records and requests as people write them: TOML and YAML with the line of every fault, names that cannot deceive.

Enters: text and the day. Leaves: a frozen record, or all its faults.
"""
