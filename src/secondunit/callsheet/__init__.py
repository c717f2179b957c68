"""The call sheet: what is done for a shot or a right, and in which order.

Enters: an order, a record or a decision for a show folder. Leaves: a signed version, a line of the ledger, a delivery,
or one clear sentence that says why not. Here the rooms are put in sequence; every rule lives in a lower one. A collapse
has a room of its own, `collapse`.
"""
