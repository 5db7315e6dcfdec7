"""The words of the demo desk: what a story is made of, its slots, and the phrases that fit every story."""

# Texts stay on one line each, as they are read.
# ruff: noqa: E501

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from deskterm.domain.kinds import Level


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of trouble: its subject, the customer's words, our question, their answer, our note and the fix.

    `levels` are impact and urgency, h, m or l. Words in braces are slots.
    """

    subject: str
    opening: str
    ask: str
    answer: str
    note: str
    fix: str
    resolution: str
    category: str
    component: str
    levels: str = "mm"
    kind: str = "incident"
    code: str = "fixed"
    tags: str = ""

    @property
    def impact(self) -> Level:
        """Whom it concerns."""
        return _LEVELS[self.levels[0]]

    @property
    def urgency(self) -> Level:
        """Whether it can wait."""
        return _LEVELS[self.levels[1]]


_LEVELS = {"h": Level.HIGH, "m": Level.MEDIUM, "l": Level.LOW}

ACKNOWLEDGED = (
    "Hi {first}, thanks for the report. We see it too and are on it.",
    "Hello {first}, I have taken this and will come back to you within the hour.",
    "Hi {first}, got it. I am looking at the logs now.",
    "Good morning {first}, thank you, this is with us. I will keep you posted here.",
    "Hi {first}, sorry about that. Somebody is looking at it right now.",
)
CONFIRMED = (
    "Works again, thank you!",
    "Perfect, that did it. Thanks {agent}.",
    "Confirmed on our side, everything is back to normal. Thanks for the quick help.",
    "Great, thank you. You can close this.",
    "Yes, that solved it. Have a good day!",
)
STILL_BROKEN = (
    "Sorry, it is back. Same error as before, since about twenty minutes.",
    "It worked for a while, but now I have exactly the same problem again.",
    "I am afraid this is not solved: it only works for me, my colleague {person} still sees it.",
    "Unfortunately not. I tried it twice just now and it ends the same way.",
)
FIXED_AGAIN = (
    "Hi {first}, you were right, the first fix did not cover your case. It is complete now, please try again.",
    "Hello {first}, we found a second cause and removed it too. I checked it with your account this time.",
)
CHASES = (
    "Any news on this? {person} from our management is asking me every hour.",
    "Hello, just checking whether somebody had time to look at it.",
    "Is there anything you still need from me? We would like to have this solved before {weekday}.",
)
REASSURED = (
    "Hi {first}, still on it. We know where it comes from and are testing the change now.",
    "Hello {first}, not forgotten: it needs a change that goes out tonight. I will write when it is done.",
)
VENDOR_WAIT = (
    "Opened case {case} with the vendor. They promised an answer by {weekday}.",
    "Escalated to the supplier, reference {case}. Nothing we can do until they look at their side.",
    "Waiting for the carrier: their case {case}, engineer on site {weekday}.",
)
VENDOR_DONE = (
    "Vendor answered on case {case}: fixed on their side, rolled out this morning.",
    "The supplier confirms a fault in their last update; they have taken it back.",
)
HANDOVER = (
    "Not ours after all: the error comes from {component}. Logs and times are in the first message.",
    "Checked our side, all clean. Please look at {component}, it started with their change on {weekday}.",
    "Customer wrote to the wrong team. Everything needed is in the first message.",
)
CHECKED = (
    "Reproduced with a test account, so it is not only {first}.",
    "Same pattern as last {weekday}, see the tickets of {organization}.",
    "Asked {person} on the other team for a second look.",
    "Only one customer so far; watching the graphs.",
)
SPAM = (
    (
        "You have WON a gift card, {first}!",
        "Click within 24 hours to claim your reward of {amount} EUR. No card needed.",
    ),
    (
        "Partnership proposal for your company",
        "Dear sir, we offer first class link building at the best price. Are you free for a call?",
    ),
    (
        "Invoice attached, please pay today",
        "Kindly open the attached document and process the payment to our new account.",
    ),
)

PEOPLE = (
    "Karin",
    "Oskar",
    "Leila",
    "Marek",
    "Sofia",
    "Ibrahim",
    "Nora",
    "Felix",
    "Aiko",
    "Paulo",
    "Greta",
    "Samir",
)
CITIES = (
    "Berlin",
    "Rotterdam",
    "Lyon",
    "Porto",
    "Kraków",
    "Leeds",
    "Malmö",
    "Turin",
    "Dublin",
    "Zürich",
    "Vienna",
)
BROWSERS = ("Firefox 145", "Chrome 142", "Edge 142", "Safari 26")
DEVICES = ("ThinkPad T14", "MacBook Air", "Latitude 5450", "EliteBook 840", "Surface Laptop")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


class Slots(dict[str, str]):
    """What stands in the braces of one ticket: the same word each time it is used, made when it is first needed."""

    def __init__(self, rng: Random, **known: str) -> None:
        super().__init__(known)
        self._rng = rng

    def __missing__(self, name: str) -> str:
        word = self[name] = _filled(name, self._rng)
        return word

    def fill(self, text: str) -> str:
        """Return the text with its slots filled."""
        return text.format_map(self) if "{" in text else text


def _filled(name: str, rng: Random) -> str:
    chance = rng.random
    if name in _CHOICES:
        words = _CHOICES[name]
        return words[int(chance() * len(words))]
    if name in _NUMBERS:
        pattern, low, high = _NUMBERS[name]
        return pattern.format(low + int(chance() * (high - low)))
    if name == "ip":
        return f"10.{int(chance() * 64)}.{int(chance() * 255)}.{1 + int(chance() * 253)}"
    if name == "amount":
        return f"{int(chance() * 900) + 12}.{int(chance() * 100):02d}"
    raise KeyError(name)


_CHOICES = {
    "person": PEOPLE,
    "city": CITIES,
    "browser": BROWSERS,
    "device": DEVICES,
    "weekday": WEEKDAYS,
    "month": MONTHS,
    "team": ("sales", "finance", "support", "warehouse", "marketing", "legal", "design", "operations"),
}
_NUMBERS = {
    "order": ("{}", 104_000, 998_000),
    "invoice": ("INV-{}", 20_100, 98_900),
    "case": ("C-{}", 40_000, 99_000),
    "host": ("srv-{:03d}", 1, 240),
    "room": ("{}", 101, 540),
    "count": ("{}", 2, 60),
    "minutes": ("{}", 5, 55),
    "percent": ("{}", 3, 90),
    "version": ("5.{}", 1, 30),
    "port": ("{}", 1, 48),
    "digits": ("{}", 1000, 9999),
}
