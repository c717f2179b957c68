"""What the policies of a show say to a request: which rules fire, about whom, and what that amounts to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from secondunit.rights.facts import BY_SCOPE, UNKNOWN, Facts, Scope, settled
from secondunit.rights.likeness import Covered
from secondunit.rights.policies.policy import Decision, PolicyRule, fired
from secondunit.rights.records import Records
from secondunit.rights.request_facts import request_facts
from secondunit.rights.tool_rules import cards_of, tool_facts, training_facts, training_reasons
from secondunit.slate.clearance import Need, Obligation, Reason
from secondunit.slate.request import Request


@dataclass(frozen=True)
class Fired:
    """A policy's rule that fires, about whom or what, and the facts that nobody has declared yet."""

    rule: PolicyRule
    about: str
    undeclared: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What the rule found, and what a word from somebody would settle."""
        about = f"{self.about}: " if self.about else ""
        unsaid = f" (nobody has declared {', '.join(self.undeclared)})" if self.undeclared else ""
        return f"{about}{self.rule.sentence}{unsaid}"


def policy_rules(request: Request, records: Records, people: list[Covered], today: dt.date) -> Iterator[Fired]:
    """Every rule of the show's policies that fires on a request."""
    if not records.policies:
        return
    said = request_facts(request, records)
    general = settled(said, Scope.REQUEST)
    for rule in fired(records.policies, Scope.REQUEST, general):
        yield Fired(rule, "", tuple(sorted(_nobody_said(rule, said))))
    for one in people:
        for rule in fired(records.policies, Scope.PERSON, settled(one.facts, Scope.PERSON), general):
            yield Fired(rule, one.likeness.person_id)
    for step, card in cards_of(request, records):
        facts = tool_facts(request, card, records, today)
        if facts.get("sensitive_inputs") is None:
            facts["sensitive_inputs"] = general["confidential_inputs"]
        for rule in fired(records.policies, Scope.TOOL, settled(facts, Scope.TOOL), general):
            yield Fired(rule, step.tool_id)
    for sha256 in request.training:
        cleared = not any(True for _ in training_reasons(request, sha256, records, today))
        facts = settled(training_facts(records.asset(sha256), cleared=cleared), Scope.TRAINING)
        for rule in fired(records.policies, Scope.TRAINING, facts, general):
            yield Fired(rule, sha256[:12])


def _nobody_said(rule: PolicyRule, said: Facts) -> Iterator[str]:
    """What a rule fires on only because no named person declared it."""
    for condition in (*rule.when, *(c for alternative in rule.any for c in alternative)):
        fact = BY_SCOPE[Scope.REQUEST][condition.fact]
        if fact.declared and said.get(fact.name) in (None, UNKNOWN):
            yield fact.name


def forbidden(rules: Iterable[Fired]) -> Iterator[Reason]:
    """What the rules forbid, until the evidence they name is there."""
    for f in rules:
        if f.rule.decision is Decision.FORBID:
            sentence = f"{f.sentence}; missing: {f.rule.missing}"
            yield Reason(f.rule.id, f.about, sentence, f.rule.who, f.rule.source)


def to_approve(rules: Iterable[Fired]) -> Iterator[Need]:
    """Whose yes the rules ask for."""
    for f in rules:
        if f.rule.decision is Decision.APPROVE:
            roles = tuple(sorted(str(role) for role in f.rule.roles))
            yield Need(f.rule.id, f.about, roles, f.sentence, f.rule.source)


def notices(rules: Iterable[Fired]) -> Iterator[Obligation]:
    """Whom the rules want told."""
    for f in rules:
        if f.rule.decision is Decision.NOTIFY:
            told = ", ".join(sorted(str(role) for role in f.rule.roles))
            yield Obligation(f.rule.id, f.about, f"tell {told}: {f.sentence}", f.rule.source)
