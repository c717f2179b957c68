"""Patches of owned pictures and films, found and laid anew. Every entry is pure: arrays in, arrays out."""
