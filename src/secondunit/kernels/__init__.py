"""(written with its room)"""
