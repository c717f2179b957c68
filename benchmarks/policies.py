"""How many requests a second all policies can be asked about, by the index and by the plain interpreter beside it.

    python benchmarks/policies.py [--requests 5000] [--seed 1]

A request is one set of facts of its own, two people, three tools and one thing to learn from: seven sets in all, each
under every policy that ships. Facts are drawn at random, which fires far more rules than a real show does; a second
run takes facts as good as they get. Best of three, CPU seconds of one process; the two must agree rule by rule. Prints
one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "rights"))
from policy_cases import drawn, policies, shipped

from secondunit.rights.facts import BY_SCOPE, NO, YES, Facts, Kind, Scope, settled
from secondunit.rights.policies.policy import fired

PARTS = (Scope.REQUEST, Scope.PERSON, Scope.PERSON, Scope.TOOL, Scope.TOOL, Scope.TOOL, Scope.TRAINING)


def good(scope: Scope, rng: random.Random) -> Facts:
    """Facts with every yes-or-no one at its good value and no number that fires."""
    facts = drawn(scope, rng)
    for name, fact in BY_SCOPE[scope].items():
        if fact.values == (YES, NO):
            facts[name] = NO if fact.unknown_as == YES else YES
        elif fact.kind is Kind.NUMBER:
            facts[name] = 0.0
        elif fact.kind is Kind.SET and name == "content":
            facts[name] = frozenset()
    return settled(facts, scope)


def by_index(case: list[Facts]) -> int:
    """The number of rules that fire, asked the quick way."""
    return sum(len(fired(policies(), scope, facts, case[0])) for scope, facts in zip(PARTS, case, strict=True))


def plainly(case: list[Facts]) -> int:
    """The same by reading every condition of every rule."""
    return sum(
        rule.holds(facts, case[0])
        for scope, facts in zip(PARTS, case, strict=True)
        for policy in policies()
        for rule in policy.rules
        if rule.scope is scope
    )


def timed(ask: Callable[[list[Facts]], int], cases: list[list[Facts]]) -> tuple[float, int]:
    """CPU seconds for all cases, best of three, and the rules that fired."""
    best, n_fired = float("inf"), 0
    for _ in range(3):
        before = time.process_time()
        n_fired = sum(map(ask, cases))
        best = min(best, time.process_time() - before)
    return best, n_fired


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    before = time.process_time()
    known = shipped()
    answer: dict[str, object] = {
        "policies": len(known),
        "rules": sum(len(policy.rules) for policy in known.values()),
        "read_ms": round(1000 * (time.process_time() - before), 1),
        "requests": options.requests,
    }
    for name, draw in (("random_facts", drawn), ("good_facts", good)):
        rng = random.Random(options.seed)
        cases = [[draw(scope, rng) for scope in PARTS] for _ in range(options.requests)]
        (quick, n_quick), (slow, n_slow) = timed(by_index, cases), timed(plainly, cases)
        if n_quick != n_slow:
            raise SystemExit(f"the two disagree: {n_quick} and {n_slow} rules fired")
        answer[name] = {
            "fired_per_request": round(n_quick / len(cases), 1),
            "index_requests_per_s": round(len(cases) / quick),
            "plain_requests_per_s": round(len(cases) / slow),
            "times_quicker": round(slow / quick, 1),
        }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
