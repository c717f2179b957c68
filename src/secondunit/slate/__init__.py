"""The vocabulary of the house: frozen data and the rules of names, frames, rates and cameras. No files, no clocks.

Enters: plain values. Leaves: values that are valid by construction, or one `BadInput` that says why not.
"""
