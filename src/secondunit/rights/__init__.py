"""May this be made? Enters: a request, the records of that moment, the day. Leaves: a clearance, whose word is missing,
or every reason.

    gate(request, records, today)   → Clearance | NeedsApproval | Refusal     pure, complete
    recheck(clearance, request, records, today)     before each chunk; raises NotCleared with every reason
    restore(data, request, records, today)          a clearance again from JSON, on another machine
    read_licence("CC-BY-2.0")                       what a licence's name says, unknown where it says nothing

No files, no clock, no network. This is not legal advice.
"""

from secondunit.rights.gate import gate, recheck, restore
from secondunit.rights.licences import Terms, read_licence, terms_of
from secondunit.rights.plate_rules import REQUEST_RULES, RULES, USES
from secondunit.rights.records import PlateRecord, Records

__all__ = [
    "REQUEST_RULES",
    "RULES",
    "USES",
    "PlateRecord",
    "Records",
    "Terms",
    "gate",
    "read_licence",
    "recheck",
    "restore",
    "terms_of",
]
