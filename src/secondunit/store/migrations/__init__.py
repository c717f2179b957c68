"""The ledger's tables, step by step (Alembic). A step that was released is never edited; another is added.

`store.migrate` runs them from inside the program: there is no `alembic.ini`, in the package or in a show.
"""
