"""Consents: read from a file, judged for sense, asked whether they cover a use.

Enters: a consent's text, or a consent and a use on a day. Leaves: the consent, or every reason against it.
"""
