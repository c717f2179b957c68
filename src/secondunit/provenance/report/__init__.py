"""The disclosure report: per shot what was made by what from what, whose consent, who approved, policies row by row.

Enters: facts of versions. Leaves: JSON, HTML and PDF.
"""
