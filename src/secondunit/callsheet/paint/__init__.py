"""Paint, from plate to signed version: an engine run over a shot by its contract, the result laid over the plate.

Enters: a compositor's order (carry this edit, take this out, vary this). Leaves: a published version, its trace and
what its checks say. `trace` answers afterwards where a pixel came from.
"""
