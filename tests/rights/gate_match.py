"""One world asked of the gate and of the oracle, and what they differ in."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from gate_draft import HOUSE, STUDIO
from gate_worlds import World, world
from oracle import judge
from oracle_policies import ALLOWS, ASKS, TELLS

from secondunit.rights import gate
from secondunit.rights.likeness import look_at
from secondunit.rights.policies.policy import Decision, PolicyRule
from secondunit.rights.policies.policy_answers import policy_rules
from secondunit.slate.clearance import Clearance, NeedsApproval, Refusal

# What the gate calls what the oracle calls so. Only these are compared; policies answer twice for some.
RULE_OF = {
    "consent: another's hand": "consent.grantor",
    "consent: a minor's": "consent.minor",
    "consent: content it forbids": "consent.content",
    "consent: death": "consent.deceased",
    "consent: form": "consent.form",
    "consent: new words": "consent.dialogue",
    "consent: nobody at their side": "consent.representation",
    "consent: none": "consent.missing",
    "consent: not in force": "consent.standing",
    "consent: not specific": "consent.description",
    "consent: other attribute": "consent.attribute",
    "consent: other language": "consent.language",
    "consent: other media": "consent.media",
    "consent: other project": "consent.project",
    "consent: other scene": "consent.scene",
    "consent: other stage": "consent.stage",
    "consent: other territory": "consent.territory",
    "consent: other use": "consent.use",
    "consent: outside its term": "consent.term",
    "consent: strike": "consent.strike",
    "consent: too long on screen": "consent.seconds",
    "never: a child and sex": "likeness.minor",
    "person: nobody named them": "likeness.unknown",
    "plate: licence over": "licence.current",
    "plate: licence withdrawn": "licence.standing",
    "plate: no commerce": "licence.commercial",
    "plate: no derivatives": "licence.derivatives",
    "plate: no licence": "plate.licence",
    "plate: no owner": "plate.owner",
    "plate: none named": "request.plate",
    "plate: not on record": "plate.recorded",
    "plate: other purpose": "licence.use",
    "plate: purpose not known": "request.use",
    "tool: another show's": "tool.project",
    "tool: contradicts itself": "tool.card",
    "tool: learned from what was withdrawn": "tool.lesson",
    "tool: learned without consent": "tool.learned",
    "tool: no card": "tool.recorded",
    "tool: none named": "tool.named",
    "tool: quarantined": "tool.quarantined",
    "tool: renamed": "tool.identity",
    "training: no basis": "training.basis",
    "training: no holder": "training.holder",
    "training: no licence": "training.licence",
    "training: not on record": "training.recorded",
    "training: opted out": "training.opt-out",
    "training: over": "training.current",
    "training: person did not agree": "training.person",
    "training: withdrawn": "training.standing",
}
FALSE_CLEARANCE, FALSE_REFUSAL = "false clearance", "false refusal"
OTHER_ROLES, OTHER_REASONS, OTHER_RULES = "other roles", "other reasons", "other rules"
KINDS = (FALSE_CLEARANCE, FALSE_REFUSAL, OTHER_ROLES, OTHER_REASONS, OTHER_RULES)
_STRICTNESS = {"cleared": 0, "needs approval": 1, "refused": 2}


@dataclass(frozen=True)
class Difference:
    """Where the two disagree: `kind` is one of the five above, `text` everything to understand it by."""

    kind: str
    text: str


def answer_of(seed_world: World) -> tuple[str, frozenset[str], frozenset[str]]:
    """The gate's answer: its name, the roles it waits for, the rules it refuses by."""
    said = gate(seed_world.request, seed_world.records, seed_world.today)
    if isinstance(said, Refusal):
        return "refused", frozenset(), frozenset(reason.rule for reason in said.reasons)
    if isinstance(said, NeedsApproval):
        return "needs approval", frozenset(said.roles), frozenset()
    assert isinstance(said, Clearance)
    return "cleared", frozenset(), frozenset()


def compare(seed_world: World) -> tuple[str, Difference | None]:
    """The gate's answer, and how the oracle sees it otherwise."""
    name, roles, rules = answer_of(seed_world)
    judged = judge(seed_world.request, seed_world.records, seed_world.today)
    if (name, roles) not in judged.answers:
        easiest = min(_STRICTNESS[answer] for answer, _ in judged.answers)
        kind = OTHER_ROLES
        if _STRICTNESS[name] != easiest:
            kind = FALSE_CLEARANCE if _STRICTNESS[name] < easiest else FALSE_REFUSAL
        elif not any(roles >= wanted for _, wanted in judged.answers):
            kind = FALSE_CLEARANCE  # somebody is not asked
        want = [(answer, sorted(wanted)) for answer, wanted in judged.answers]
        text = f"{seed_world}\n  gate: {name} {sorted(roles)} {sorted(rules)}"
        return name, Difference(kind, f"{text}\n  oracle: {want} {sorted(judged.faults)}")
    # Besides the answer, the gate's own reasons are the oracle's faults, one for one.
    mine = {rule for rule in rules if rule in _KNOWN}
    faults = {RULE_OF[fault] for fault in judged.faults}
    if mine != faults:
        text = f"{seed_world}\n  gate only: {sorted(mine - faults)}\n  oracle only: {sorted(faults - mine)}"
        return name, Difference(OTHER_REASONS, text)
    fired = fired_by_policies(seed_world)
    if fired not in judged.fired:
        want = [sorted(rules) for rules in judged.fired]
        return name, Difference(OTHER_RULES, f"{seed_world}\n  policies: {sorted(fired)}\n  oracle: {want}")
    return name, None


def fired_by_policies(one: World) -> frozenset[str]:
    """The rules of the policy files that speak, whatever became of the request; see `oracle_policies.fires`."""
    people = [look_at(one.request, likeness, one.records, one.today) for likeness in one.request.likenesses]
    found = {fired.rule for fired in policy_rules(one.request, one.records, people, one.today)}
    for rule in found:
        assert _as_the_oracle_has_it(rule), rule.id
    return frozenset(rule.id for rule in found) - _NOT_COMPARED


def _as_the_oracle_has_it(rule: PolicyRule) -> bool:
    """Whether a rule decides, asks and tells as the oracle says."""
    match rule.decision:
        case Decision.APPROVE:
            return set(rule.roles) == ASKS.get(rule.id)
        case Decision.NOTIFY:
            return rule.id in _NOT_COMPARED or set(rule.roles) == TELLS.get(rule.id)
        case Decision.ALLOW:
            return rule.id in _NOT_COMPARED or rule.id in ALLOWS
    return not (rule.id in ALLOWS or rule.id in ASKS or rule.id in TELLS)


_NOT_COMPARED = frozenset(
    rule.id
    for policy in (HOUSE, STUDIO)
    for rule in policy.rules
    if rule.decision in (Decision.ALLOW, Decision.NOTIFY)
)
_KNOWN = frozenset(RULE_OF.values())


def run(first: int, n: int) -> tuple[Counter[str], list[tuple[int, Difference]]]:
    """Ask `n` worlds, from the seed `first` on: how often each answer came, and every difference with its seed."""
    counts: Counter[str] = Counter()
    found = []
    for seed in range(first, first + n):
        name, difference = compare(world(random.Random(seed)))
        counts[name] += 1
        if difference is not None:
            counts[difference.kind] += 1
            found.append((seed, difference))
    return counts, found
