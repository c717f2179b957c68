"""Policies as data: rules in TOML files, read with every fault named, and what of them fires on a request.

Enters: a policy's text, settled facts. Leaves: the rules that fire, about whom, and how long a likeness is protected.
"""
