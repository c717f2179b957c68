"""Does this consent cover this use? One small function each, all asked; every doubt counts as no.

The rules are those of the consent record's evaluation (rights research, 2.4); each names the text it rests on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from secondunit.rights.consents.life import Life
from secondunit.rights.licences import is_named
from secondunit.rights.use_class import REPLICA, use_class
from secondunit.slate.clearance import Reason
from secondunit.slate.consent import Capacity, Consent, Content, Effect, LikenessUse, ReplicaClass, Representation
from secondunit.slate.request import Likeness, Request
from secondunit.slate.rights_records import Standing, StandingEvent

RCM = "the show's rights clearance manager"
ADULT = 18
WORLD = "WORLD"
ORIGINAL = "original"
MIN_WORDS, MIN_CHARACTERS = 8, 40  # "reasonably specific" (Lab. Code 927, 39.B)

ESTATE = frozenset(
    {
        Capacity.ESTATE_EXECUTOR,
        Capacity.HEIR,
        Capacity.POSTMORTEM_RIGHTS_OWNER,
        Capacity.AUTHORIZED_REPRESENTATIVE,
        Capacity.UNION_ON_BEHALF,
    }
)
# Nobody holds these while the person lives, and a rights holder owns footage, not people.
NOT_OF_THE_LIVING = ESTATE - {Capacity.AUTHORIZED_REPRESENTATIVE}
FOR_A_MINOR = frozenset({Capacity.PARENT_OR_GUARDIAN, Capacity.COURT})
SEXUAL = frozenset({Content.NUDITY, Content.SIMULATED_SEX, Content.SEXUAL_CONTENT})


@dataclass(frozen=True)
class Asked:
    """One use of one person under one consent, on one day, with what else is on record.

    `used` are the seconds that other shots have of the consent; `on_strike` the unions on strike that day; `life` what
    all records say of the person, because an old consent does not know of a death;
    `existing_only` is True where the work stays as scripted, so that the consent only has to stand, not to describe
    the scene again. `made` is the day on which what is to go out was written down, None while nothing is made.
    """

    request: Request
    likeness: Likeness
    consent: Consent
    standing: StandingEvent | None
    used: float
    on_strike: frozenset[str]
    life: Life
    today: dt.date
    existing_only: bool = False
    made: dt.date | None = None

    def against(self, rule: str, sentence: str, source: str, who: str = "") -> Reason:
        """A reason about this person."""
        name = self.consent.subject.name or self.likeness.person_id
        text = f"{name}: {sentence} (consent {self.consent.consent_id} v{self.consent.version})"
        return Reason(f"consent.{rule}", self.likeness.person_id, text, who or name, source)


Answer: TypeAlias = "Reason | None"
ConsentRule: TypeAlias = Callable[[Asked], Answer]


def stands(a: Asked) -> Answer:
    """Active on that day: not suspended, revoked, superseded or disputed, unless it was made before and may stay."""
    now = a.standing
    if now is not None and now.standing is Standing.ACTIVE:
        return None
    # What such a grant says: a withdrawal stops new work only, and this was made before it.
    mild = a.consent.revocation.effect is Effect.STOP_NEW_ONLY
    ended = now is not None and now.standing is Standing.REVOKED
    if now is not None and ended and mild and a.made is not None and a.made < now.on:
        return None
    word = "was never made active" if now is None else f"is {now.standing} since {now.on}"
    return a.against("standing", f"the consent {word}", "the consent's own standing; SAG-AFTRA 2026 39.B")


def same_person(a: Asked) -> Answer:
    """It is this person's."""
    if a.consent.subject.person_id == a.likeness.person_id:
        return None
    return a.against("subject", "the consent is another person's", "house rule", RCM)


def project(a: Asked) -> Answer:
    """The show is named; there is no wildcard for projects."""
    if a.request.project in a.consent.projects:
        return None
    source = "SAG-AFTRA: a separate writing for another picture; Netflix N-T3"
    return a.against("project", f"show {a.request.project} is not in the consent", source)


def use(a: Asked) -> Answer:
    """The use is granted."""
    if a.likeness.use in a.consent.uses:
        return None
    return a.against(
        "use", f"`{a.likeness.use}` is not granted", "SAG-AFTRA 2026 39.B: use beyond the description"
    )


def attributes(a: Asked) -> Answer:
    """Everything of the person that is used is granted."""
    missing = sorted(set(a.likeness.attributes) - set(a.consent.attributes))
    if a.likeness.attributes and not missing:
        return None
    words = ", ".join(missing) or "everything (nobody says what of the person is used)"
    return a.against("attribute", f"{words} not granted", "each attribute is granted by itself")


def stage(a: Asked) -> Answer:
    """As far towards the audience as was agreed."""
    if a.request.stage in a.consent.stages:
        return None
    return a.against("stage", f"stage `{a.request.stage}` is not granted", "purpose of the grant")


def territory(a: Asked) -> Answer:
    """Everywhere the show will be seen is granted; a plan that names no place means the world."""
    if WORLD in a.consent.territories:
        return None
    missing = sorted(set(a.request.territories or (WORLD,)) - set(a.consent.territories))
    if not missing:
        return None
    return a.against("territory", f"not granted for {', '.join(missing)}", "territory of the grant")


def media(a: Asked) -> Answer:
    """Every medium of the release plan is granted, where the consent names media."""
    if not a.consent.media:
        return None
    missing = sorted(set(a.request.media) - set(a.consent.media))
    if a.request.media and not missing:
        return None
    words = ", ".join(missing) or "all media (the release plan names none)"
    return a.against("media", f"not granted for {words}", "media of the grant")


def language(a: Asked) -> Answer:
    """The language spoken is granted; so is each one the show will be heard in, where the voice changes."""
    wanted = {a.likeness.language}
    if a.likeness.use in (LikenessUse.LIPSYNC_DUB, LikenessUse.VOICE_CONVERT, LikenessUse.VOICE_SYNTH):
        wanted |= set(a.request.languages)
    missing = sorted(wanted - set(a.consent.languages) - {ORIGINAL})
    if not missing:
        return None
    return a.against("language", f"not granted in {', '.join(missing)}", "SAG-AFTRA 2026 39.D")


def term(a: Asked) -> Answer:
    """The day lies within the term; a term without an end must say so on purpose."""
    t = a.consent.term
    if a.today < t.start:
        return a.against("term", f"the consent begins on {t.start}", "term of the grant")
    if t.end is not None and a.today > t.end:
        return a.against("term", f"the consent ended on {t.end}", "term of the grant")
    if t.end is None and not t.open_ended:
        return a.against(
            "term", "the consent names no end and does not say that it has none", "term of the grant"
        )
    return None


def scene(a: Asked) -> Answer:
    """The scene is one of those described, where scenes were named."""
    scenes = a.consent.scripted_scope.scenes
    if a.existing_only or not scenes or a.request.scene in scenes:
        return None
    what = f"scene {a.request.scene}" if a.request.scene else "a scene nobody named"
    return a.against("scene", f"{what} is not described in it", "SAG-AFTRA 2026 39.B; Lab. Code 927(a)(2)")


def seconds(a: Asked) -> Answer:
    """What other shots have used and this one wants stays within the seconds agreed; a shot has some, a scan none."""
    most = a.consent.scripted_scope.max_screen_seconds
    wanted = a.request.seconds
    told = wanted > 0 or (wanted == 0 and a.likeness.use is LikenessUse.SCAN_CAPTURE)
    if most is None or (told and a.used + wanted <= most + 1e-9):
        return None
    if not told:
        sentence = f"{most:g} s on screen were agreed, and nobody says how many this shot wants"
        return a.against("seconds", sentence, "screen time of the grant", RCM)
    sentence = f"{a.used:g} s are used, this shot wants {a.request.seconds:g} s, {most:g} s were agreed"
    return a.against("seconds", sentence, "screen time of the grant")


def dialogue(a: Asked) -> Answer:
    """New words only where they were agreed; not known counts as new, and no exception spares them."""
    if a.likeness.new_dialogue is False or a.consent.scripted_scope.new_dialogue_allowed:
        return None
    said = "says new words" if a.likeness.new_dialogue else "may say new words"
    return a.against("dialogue", f"the person {said}, which is not granted", "Netflix: unscripted dialogue")


def content(a: Asked) -> Answer:
    """Nothing that the person ruled out; nudity and sex also want a rider."""
    shown = set(a.request.content)
    banned = sorted(shown & set(a.consent.prohibited))
    if banned:
        return a.against("content", f"{', '.join(banned)} was ruled out", "the person's own limits")
    if shown & SEXUAL and not is_named(a.consent.nudity_rider):
        return a.against("content", "nudity or sex without a signed rider", "SAG-AFTRA nudity rider")
    return None


def form(a: Asked) -> Answer:
    """Signed by itself, clear and conspicuous, before or on the day, with the signed paper on record."""
    e = a.consent.evidence
    source = "SAG-AFTRA: clear and conspicuous, separately signed; Lab. Code 927(a)(3)"
    if not e.separately_signed:
        return a.against("form", "the consent was not signed by itself", source)
    if not e.clear_and_conspicuous:
        return a.against("form", "the consent was not clear and conspicuous", source)
    if len(e.document_sha256) != 64:
        return a.against("form", "the signed paper is not on record", "house rule: evidence by hash", RCM)
    if e.signed_at > a.today:
        return a.against("form", f"the consent is dated {e.signed_at}, which is to come", "house rule", RCM)
    return None


def description(a: Asked) -> Answer:
    """A reasonably specific description of the intended use."""
    if is_specific(a.consent):
        return None
    return a.against("description", "the use is not described reasonably specifically", "Lab. Code 927(a)(2)")


def is_specific(consent: Consent) -> bool:
    """Whether the use is described at the length that a reasonably specific description takes."""
    text = " ".join(consent.description_of_use.split())
    return len(text.split()) >= MIN_WORDS and len(text) >= MIN_CHARACTERS


def representation(a: Asked) -> Answer:
    """A replica, by what is done or by what the consent calls it, wants counsel or a union agreement beside it."""
    called = a.consent.replica_class not in (ReplicaClass.ALTERATION, ReplicaClass.NONE)
    if not called and use_class(a.likeness.use) != REPLICA:
        return None
    if a.consent.representation is not Representation.NONE:
        return None
    return a.against("representation", "neither counsel nor a union stood by", "Cal. Lab. Code 927(a)(3)")


def grantor(a: Asked) -> Answer:
    """Who signed may: the person, or somebody with the proof of it. Nobody inherits from the living."""
    signed = a.consent.grantor
    source = "consent record: who signed, as what, and what shows that they may"
    if signed.capacity is Capacity.SELF:
        if signed.party_id == a.consent.subject.person_id:
            return None
        return a.against("grantor", f"{signed.party_id or 'nobody'} signed as if they were the person", source)
    if signed.capacity is Capacity.RIGHTS_HOLDER or (
        a.life.lives is True and signed.capacity in NOT_OF_THE_LIVING
    ):
        return a.against("grantor", f"`{signed.capacity}` cannot grant for a person who lives", source)
    if not is_named(signed.authority_evidence):
        return a.against("grantor", f"nothing shows that the `{signed.capacity}` may sign", source)
    return None


def death(a: Asked) -> Answer:
    """The dead: their own consent that outlives them, signed before they died, or their estate's."""
    if a.life.lives is True:
        return None
    signed, died = a.consent.grantor, a.life.died_first
    own = signed.capacity is Capacity.SELF and a.consent.term.survives_death
    if own and died is not None and a.consent.evidence.signed_at <= died:
        return None
    if signed.capacity in ESTATE:
        return None
    word = "died" if a.life.dead else "is not known to live"
    sentence = (
        f"the person {word}, and neither a consent that survives death nor the estate's with its proof is here"
    )
    return a.against("deceased", sentence, "Cal. Civ. Code 3344.1; SAG-AFTRA deceased rule", "the estate")


def minor(a: Asked) -> Answer:
    """Under age when it was signed, or now, or of unknown age: a guardian or a court grants."""
    born = a.life.born
    old_enough = born is not None and is_adult(born, a.consent.evidence.signed_at) and is_adult(born, a.today)
    if old_enough or a.consent.grantor.capacity in FOR_A_MINOR:
        return None
    if born is None and a.life.died_first is not None and a.consent.grantor.capacity in ESTATE:
        return None
    word = "is or was under age" if born else "has no date of birth on record, which counts as under age"
    return a.against(
        "minor", f"the person {word}: a guardian or a court must grant", "SAG-AFTRA minors", "a guardian"
    )


def strike(a: Asked) -> Answer:
    """A strike of the person's union suspends the grant, unless it says otherwise."""
    struck = sorted(a.life.unions & a.on_strike)
    if not struck or not a.consent.strike.suspended_during_strike:
        return None
    return a.against("strike", f"{', '.join(struck)} is on strike", "SAG-AFTRA 2026 39.G", "the union")


RULES: tuple[ConsentRule, ...] = (
    stands, same_person, project, use, attributes, stage, territory, media, language, term, scene, seconds,
    dialogue, content, form, description, representation, grantor, death, minor, strike,
)  # fmt: skip
# What holds for every use of somebody, training a model included.
SIGNED: tuple[ConsentRule, ...] = (stands, term, form, description, grantor, death, minor)


def reasons_against(asked: Asked) -> Iterator[Reason]:
    """Every reason why this consent does not cover this use; none where it does."""
    for rule in RULES:
        answer = rule(asked)
        if answer is not None:
            yield answer


def is_adult(born: dt.date, on: dt.date) -> bool:
    """Eighteen or more on a day; somebody born on 29 February comes of age on 1 March of a common year."""
    return (on.year - born.year, on.month, on.day) >= (ADULT, born.month, born.day)
