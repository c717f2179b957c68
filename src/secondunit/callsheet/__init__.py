"""The call sheet: what is done for a shot, and in which order.

Enters: a supervisor's order for a shot in a show folder. Leaves: a signed version, or one clear sentence that says
why not. Here plate, clearance, takes, comp and signature are put in sequence; every rule lives in a lower room.
"""
