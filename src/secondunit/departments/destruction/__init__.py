"""Destruction: the building in a real plate collapses.

Enters: a cleared plate, an outline, a building file and a `Brief`. Leaves: takes — the building broken up, its
fall frame by frame, its debris and its dust — for `comp` to lay over the plate.
"""
