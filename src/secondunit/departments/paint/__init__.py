"""Paint: what a compositor asks of pixels that are there already: carry an edit over a shot, take something out, vary.

Enters: words of the compositor, the plate. Leaves: what is asked, checked, as settings of an engine.
"""
