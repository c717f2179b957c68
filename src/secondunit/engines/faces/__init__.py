"""Faces in plates: where they are, so that a person can say whose they are. Nobody is recognised here."""
