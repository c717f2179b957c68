"""Content Credentials over what people approved, made after they did.

Signing again inside a movie (C2PA's update manifest) would change its bytes, and with them the very hash that was
approved. So the approvals are signed beside the frame list, as credentials of its exact bytes: `approval.c2pa`. Only
here may it be said that people validated what a model made (`c2pa.ai-disclosure`, C2PA 2.5 section 19.19).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

from secondunit.errors import EngineFailed
from secondunit.provenance.certificates import Identity
from secondunit.provenance.credentials import OCTETS
from secondunit.provenance.frame_list import FRAME_LIST, parse_list
from secondunit.provenance.manifest import CLAIM_GENERATOR, NO_TRAINING, Part, Plan, ai_disclosure
from secondunit.provenance.sign import check_sealed, signing
from secondunit.provenance.vocabulary import lint_manifest

APPROVALS_ASSERTION = "org.secondunit.approvals"
APPROVAL_FILE = "approval.c2pa"


def sign_approvals(
    listing: bytes, approvals: Sequence[Mapping[str, Any]], *, trained: Sequence[str], identity: Identity
) -> bytes:
    """The credentials of a frame list that was approved. `approvals` as plain JSON, each with its own signature;
    `trained` names the models that had a part. Raises `EngineFailed` when signing fails."""
    data, _ = parse_list(listing, FRAME_LIST)
    title = f"{data['shot']} {data['department']} {data['version']} approved"
    plan = _plan(title, hashlib.sha256(listing).hexdigest(), approvals, trained)
    with signing(title, plan, identity) as (builder, signer):
        builder.set_no_embed()
        manifest = bytes(builder.sign(signer, OCTETS, io.BytesIO(listing), io.BytesIO()))
    check_sealed(title, listing, manifest)
    return manifest


def _plan(title: str, sha256: str, approvals: Sequence[Mapping[str, Any]], trained: Sequence[str]) -> Plan:
    parent = {
        "title": FRAME_LIST,
        "relationship": "parentOf",
        "label": "approved",
        "format": OCTETS,
        "description": f"the list of every file that was approved, sha256 {sha256}",
    }
    when = max(str(one["at"]) for one in approvals)
    actions = [
        {
            "action": "c2pa.opened",
            "parameters": {"ingredientIds": ["approved"]},
            "softwareAgent": CLAIM_GENERATOR,
        },
        {"action": "c2pa.reviewed", "softwareAgent": CLAIM_GENERATOR, "when": when},
    ]
    said = {"approvals": [dict(one) for one in approvals], "content_sha256": sha256}
    manifest = {
        "title": title,
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "created": True,
                "data": {"actions": actions, "allActionsIncluded": True},
            },
            {"label": "cawg.training-mining", "data": NO_TRAINING},
            {"label": APPROVALS_ASSERTION, "data": said},
            *ai_disclosure(trained, validated=True),
        ],
    }
    wrong = lint_manifest(manifest, [parent])
    if wrong:
        raise EngineFailed(
            f"the manifest of `{title}` would not be well formed: {wrong[0]}", hint="this is a fault: report it"
        )
    return Plan(manifest, (Part(parent, OCTETS, sha256.encode()),))
