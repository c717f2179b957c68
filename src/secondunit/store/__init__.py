"""A show on disk: one folder that a person can open, copy and back up, and its ledger.

Enters: finished folders and records. Leaves: plates, versions and takes that are complete or not there at all.
Everything is made beside its place and renamed in; the database (SQLite, or PostgreSQL by URL) is written last. Of
plates and versions it is an index: a folder that was renamed in carries its own record, so what was killed away or
left out is filled in again on opening. What happened to rights is in its chain of signed lines alone (`store.chain`),
whose first line names the show (`store.founding`): another show's ledger is refused by whoever opens it.

    show.toml · ledger.db · turnover/ by content hash · plates/SHOT/PL01_v001/ · takes/ · versions/SHOT/…
"""

from secondunit.store.new_show import create_show
from secondunit.store.show_folder import Store, find_show, open_show

__all__ = ["Store", "create_show", "find_show", "open_show"]
