"""A building comes down, from plate to signed version: the rooms called in their order.

Enters: a supervisor's order for a shot. Leaves: a published version and what its checks say.
"""
