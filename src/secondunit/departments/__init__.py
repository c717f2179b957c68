"""What a supervisor asks for: each department turns a brief on a plate into takes, with engines and a clearance.

Enters: a plate, a supervisor's words (clicks, outlines, `building.toml`) and a `Clearance`. Leaves: takes, frame by
frame, and what was surveyed or proposed on the way, in files a person edits. Departments never import each other.
"""
