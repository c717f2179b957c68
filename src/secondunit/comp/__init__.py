"""The comp: clean plate, merge, edges, grain, and the checks of a finished frame.

Enters: a plate, mattes, lit frames and dust from the engines. Leaves: the clean plate behind the building, and
for each frame a comp whose layers add up to it and whose untouched pixels are the plate's.
"""
