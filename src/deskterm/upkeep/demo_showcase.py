"""The tickets at the top of the demo desk: written one by one, so that the first look meets real work."""

# Texts stay on one line each, as they are read.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from deskterm.domain.commands import (
    Assign,
    ChangeState,
    LogTime,
    Note,
    Receive,
    Reply,
    ReplySide,
    Solve,
    StartSide,
    TicketCommand,
)
from deskterm.domain.history import History
from deskterm.domain.kinds import Level, State
from deskterm.domain.mail import Address
from deskterm.domain.policy import DEFAULT
from deskterm.upkeep.demo_cast import address_of, lead_of
from deskterm.upkeep.demo_play import BESIDE, Part, Play
from deskterm.upkeep.demo_processes import begins, done, skipped
from deskterm.upkeep.demo_stories import OWNER, T
from deskterm.upkeep.demo_texts import MONTHS

HOUR, DAY = 60, 1440
HIGH, MEDIUM, LOW = Level.HIGH, Level.MEDIUM, Level.LOW
OPEN, PENDING, HOLD = State.OPEN, State.PENDING, State.HOLD
TAKE = Assign(T, OWNER)
ACQUIRER = Address("Halyard Acquiring", "disputes@halyard-acquiring.example")
STATUS_VENDOR = Address("Beacon Status", "support@beacon-status.example")


@dataclass(frozen=True, slots=True)
class Scene:
    """One written ticket. `age` and the times of `steps` are minutes; steps are (time, role, command)."""

    subject: str
    queue: str
    who: str
    organization: str
    age: int
    levels: tuple[Level, Level]
    text: str
    owner: str = ""
    steps: tuple[tuple[float, str, TicketCommand], ...] = ()
    category: str = ""
    component: str = ""
    kind: str = "incident"
    channel: str = "email"
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def history(self, now: datetime) -> History:
        """Play it up to now and return it as a past."""
        impact, urgency = self.levels
        priority = DEFAULT.priority(impact, urgency)
        play = Play(priority).begin()
        process = begins(self.kind)
        if process is not None:
            play.do(1, "", process)
        for minutes, role, command in self.steps:
            play.do(minutes * 60, role, command)
        play.ring(self.age * 60)
        created: dict[str, Any] = {
            "subject": self.subject, "impact": impact, "urgency": urgency, "type": self.kind, "channel": self.channel,
            "category": self.category, "component": self.component, "tags": frozenset(self.tags),
            "fields": frozenset(self.fields.items()),
        }  # fmt: skip
        part = Part(
            {"owner": self.owner, "helper": "bo", "first": "bo", "lead": lead_of(self.queue)},
            {"here": self.queue},
            {"@opening": self.text},
            created,
        )
        requester = (self.who, address_of(self.who, self.organization), self.organization)
        return History(requester, play.stamp(self.begun(now), part))

    def begun(self, now: datetime) -> datetime:
        """When it was opened."""
        return now - timedelta(minutes=self.age)


CHECKOUT = "Checkout returns 502 for all EU customers"
POOL = "Gateway connection pool runs full after deploys"
DUPLICATES = ("502 when paying on the German site", "Customers cannot pay, error 502")


_OUTAGE: tuple[Scene, ...] = (
    Scene(
        CHECKOUT, "Payments", "Ana Ruiz", "Northwind", 4 * HOUR + 12, (HIGH, HIGH),
        "For about ten minutes every checkout from our EU storefront has ended in a 502. US works.\n"
        "We are losing about 40 orders a minute. Steps: add any item, pay by card, confirm.",
        "alice",
        (
            (2, "owner", TAKE),
            (4, "owner", Reply(T, "Hi Ana, we see it too and are on it. Next update within half an hour.", OPEN)),
            (7, "owner", Note(T, "Deploy 4.18 went out to eu-west just before. @bo can you roll back payments-gw?\n"
                                 "Same signature as the pool exhaustion last month.")),
            (9, "owner", done("Reproduce", "a test order through eu-west fails, through us-east it works")),
            (31, "helper", Note(T, "Rollback of payments-gw started. Two of six nodes are done, errors are falling.")),
            (33, "helper", LogTime(T, 27 * 60, "rollback of payments-gw")),
            (38, "owner", Reply(T, "Hi Ana, we are taking the last deploy back. Errors are going down, I will write "
                                   "again when all nodes are done.", OPEN)),
            (39, "owner", done("Workaround", "eu-west serves the version before")),
            (40, "owner", LogTime(T, 34 * 60, timed=True)),
            (148, "", Receive(T, "It was better for an hour, but we see 502 again since a few minutes. About one in five.")),
            (171, "owner", Note(T, "Second region still ran the new version. Asked dana for a freeze on deploys.")),
            (173, "owner", LogTime(T, 22 * 60, "second region")),
        ),
        "checkout", "gateway", tags=("outage", "eu"), fields={"region": "eu-west"},
    ),
    Scene(
        DUPLICATES[0], "Payments", "Petra Huber", "Saffron Kitchens", 4 * HOUR + 3, (MEDIUM, MEDIUM),
        "Our German site shows 'Bad gateway' when somebody pays. Is something down on your side?",
        "bo",
        ((12, "owner", TAKE),
         (20, "owner", Reply(T, "Hi Petra, yes, we have a disturbance for the EU and are working on it.", PENDING))),
        "checkout", "gateway", tags=("eu",),
    ),
    Scene(
        DUPLICATES[1], "Payments", "Luis Ortega", "Contoso", 3 * HOUR + 51, (MEDIUM, MEDIUM),
        "Three customers called: the payment page ends with error 502. Please check.",
        "bo",
        ((9, "owner", TAKE),
         (15, "owner", Reply(T, "Hi Luis, a known disturbance. I will tell you as soon as it is over.", PENDING))),
        "checkout", "gateway", channel="phone", tags=("eu",),
    ),
    Scene(
        POOL, "Payments", "Chen Wei", "Contoso", 9 * DAY, (MEDIUM, MEDIUM),
        "After each of the last three deploys the pool of payments-gw was full within minutes. We need the cause, "
        "not another restart.",
        "chen",
        ((30, "owner", TAKE),
         (70, "owner", Reply(T, "Taken. First suspicion: connections are not given back after a timeout.", OPEN)),
         (200, "owner", Note(T, "Heap dump of one node kept on srv-041. Driver 9.2 has a fix that sounds like it.")),
         (205, "owner", LogTime(T, 125 * 60, "heap dumps of two nodes")),
         (240, "owner", ChangeState(T, HOLD, "change"))),
        "gateway", "pool", "problem", "api", ("root-cause",),
    ),
)  # fmt: skip


_TODAY: tuple[Scene, ...] = (
    Scene(
        "VPN drops every ten minutes on the new client", "Network", "Joel Ek", "Kestrel Air", 7 * HOUR + 19, (MEDIUM, HIGH),
        "Since the update to client 5.2 my VPN drops every ten minutes. The whole dispatch team has it, eleven people.\n"
        "We have to log in again each time and lose what we typed.",
        "alice",
        ((14, "owner", TAKE),
         (25, "owner", Reply(T, "Hi Joel, got it. Does it also happen by cable?", OPEN)),
         (41, "", Receive(T, "Yes, cable and Wi-Fi alike. Exactly ten minutes, you can set a clock by it.")),
         (55, "owner", Note(T, "Ten minutes is the idle timer of the gateway. The new client sends no keepalive.")),
         (56, "owner", done("Reproduce", "with client 5.2, after ten minutes without traffic")),
         (57, "owner", LogTime(T, 16 * 60, timed=True))),
        "vpn", "client", tags=("vpn",),
    ),
    Scene(
        "Invoices for {month} sent twice", "Billing", "Mara Lindqvist", "Harbour Bank", 26 * HOUR, (MEDIUM, HIGH),
        "All our invoices for {month} arrived two times, with different dates. Accounting has stopped paying until we "
        "know which ones count.",
        "alice",
        ((9, "owner", TAKE),
         (22, "owner", Reply(T, "Hello Mara, please do not pay anything twice. Could you send me two of the numbers?", PENDING)),
         (95, "", Receive(T, "INV-48213 and INV-48214, both twice.")),
         (110, "owner", Note(T, "Mail job ran twice after the restart on srv-112. Booked once, so it is only the mails.")),
         (118, "owner", LogTime(T, 35 * 60, "looked through the mail job's log")),
         (125, "owner", Reply(T, "Hi Mara, only the first mail of each counts, nothing was booked twice. Is that enough "
                                 "for your accounting, or do you need it on paper?", PENDING))),
        "invoice", "mailing", tags=("invoice",),
    ),
    Scene(
        "Cannot reset my password on the portal", "Identity", "Kenji Sato", "Lumen Optics", 9 * HOUR + 50, (LOW, HIGH),
        "The mail with the link never arrives. I tried it four times since this morning and looked in spam.",
        "alice",
        ((33, "owner", TAKE),
         (48, "owner", Reply(T, "Hi Kenji, which address do you use for the portal?", PENDING)),
         (130, "", Receive(T, "kenji.sato@lumenoptics.example, the same as always."))),
        "portal", "password", tags=("password",),
    ),
    Scene(
        "SSO login loops back to landing page", "Identity", "Priya Nair", "Meridian Health", 65, (LOW, HIGH),
        "When I click 'log in with Meridian' I see our company page for a moment and land on the start page again.\n"
        "Firefox and Edge, also in a private window.",
        category="sso", component="saml", channel="web", tags=("sso",),
    ),
    Scene(
        "Export to CSV drops the last column", "Payments", "Tom Okafor", "Globex", 8 * HOUR + 40, (MEDIUM, MEDIUM),
        "The CSV export of settlements has no column for the fee since this week. Our import fails with it.",
        "alice",
        ((40, "owner", TAKE),
         (62, "owner", Reply(T, "Hi Tom, do you use the old or the new export page?", PENDING)),
         (150, "", Receive(T, "The new one. The old one is fine, but it stops at 10,000 lines."))),
        "settlement", "export", tags=("export",),
    ),
    Scene(
        "Where do I change the billing address?", "Billing", "Lena Voss", "Quill Press", 115, (LOW, LOW),
        "Hello, we are moving at the end of the month. Where in the portal do I change the address for invoices?",
        category="account", component="address", kind="question",
    ),
    Scene(
        "Card declined with 3DS", "Payments", "Noor Haddad", "Juniper Toys", 20, (MEDIUM, MEDIUM),
        "Cards of one bank are declined right after the 3-D Secure page. Two of five orders since noon.",
        category="checkout", component="3ds", channel="chat", tags=("cards",),
    ),
    Scene(
        "Refund stuck in review", "Payments", "Vera Conti", "Tidewater Marine", 7 * HOUR + 2, (MEDIUM, HIGH),
        "Our refund of 812.40 EUR has been in review for six days, and the customer's lawyer has written today.",
        "bo",
        ((11, "owner", TAKE),
         (30, "owner", Reply(T, "Hello Vera, I am looking at it with the fraud team right now.", OPEN)),
         (95, "owner", Note(T, "Held by the rule for repeated refunds. Waiting for dana to release it.")),
         (97, "owner", LogTime(T, 40 * 60, "with the fraud team"))),
        "refund", "review", tags=("refund",),
    ),
    Scene(
        "Webhook retries too fast", "Payments", "Sven Berg", "Polaris Rail", 6 * HOUR, (MEDIUM, MEDIUM),
        "When our endpoint is down for a moment you send 50 calls a second. That keeps it down.",
        "chen",
        ((50, "owner", TAKE), (80, "owner", Reply(T, "Hi Sven, does your balancer answer 429 or 503?", OPEN))),
        "webhooks", "retry", channel="api", tags=("webhook",),
    ),
    Scene(
        "Logo blurry on invoice", "Billing", "Ida Holm", "Verdant Farms", 11 * HOUR, (LOW, LOW),
        "Small thing: our logo looks blurry when invoices are printed.",
        "bo",
        ((130, "owner", TAKE), (150, "owner", Reply(T, "Hi Ida, could you send us a bigger file?", OPEN))),
        "invoice", "layout", channel="web",
    ),
)  # fmt: skip


_OLDER: tuple[Scene, ...] = (
    Scene(
        "Feature: dark mode for the status page", "Network", "Iris Chen", "Cobalt Labs", 6 * DAY, (LOW, LOW),
        "Our operations room is dark at night and your status page is very white. Could it have a dark mode?",
        "alice",
        ((200, "owner", TAKE),
         (230, "owner", Reply(T, "Hi Iris, nice idea! The page comes from a vendor; I will ask them.", OPEN)),
         (290, "owner", StartSide(T, (STATUS_VENDOR,), "Dark mode for our status page",
                                  "Hello,\n\nis a dark mode planned for hosted status pages? A customer of ours reads "
                                  "it in a dark room all night.\n\nAlice")),
         (300, "owner", ChangeState(T, HOLD, "vendor")),
         (2 * DAY, BESIDE, Receive(T, "Hello Alice,\n\nit is in our beta since this week. Shall we switch it on for "
                                      "your page? It takes us a day.\n\nJonas, Beacon Status"))),
        "status page", "theme", "service request", "web",
    ),
    Scene(
        "Cannot add second seat", "Billing", "Hugo Blanc", "Orchard Schools", 3 * DAY, (MEDIUM, MEDIUM),
        "The portal says 'limit reached' when I add a second seat, but our contract has five.",
        "bo",
        ((60, "owner", TAKE), (90, "owner", Reply(T, "Hi Hugo, could you send me the number of the contract?", PENDING))),
        "contract", "seats",
    ),
    Scene(
        "IBAN rejected in NL", "Payments", "Wim Bakker", "Basalt Works", 4 * DAY, (MEDIUM, MEDIUM),
        "Direct debit from Dutch accounts fails with 'IBAN not valid'. I checked one by hand, it is right.",
        "chen",
        ((45, "owner", TAKE), (75, "owner", Reply(T, "Hi Wim, can you send me the first six characters?", PENDING))),
        "direct debit", "validation", tags=("iban",),
    ),
    Scene(
        "VAT id format", "Billing", "Elif Yılmaz", "Umbra Foods", 5 * DAY, (LOW, LOW),
        "Which format do you expect for a Turkish VAT id? The form refuses ours.",
        "bo",
        ((90, "owner", TAKE), (100, "owner", Reply(T, "Hi Elif, ten digits without spaces. Does that work?", PENDING))),
        "account", "tax", "question",
    ),
    Scene(
        "Acquirer ticket ACQ-77", "Payments", "Carl Jensen", "Harbour Bank", 8 * DAY, (MEDIUM, MEDIUM),
        "The acquirer confirmed wrong fees for last week, their number is ACQ-77. Please follow it up.",
        "chen",
        ((50, "owner", TAKE),
         (80, "owner", Reply(T, "Hi Carl, I called them, they are on it.", OPEN)),
         (84, "owner", LogTime(T, 25 * 60, "call with the acquirer")),
         (88, "owner", StartSide(T, (ACQUIRER,), "ACQ-77: fees of last week",
                                 "Hello,\n\nas we said on the phone: which transactions were charged at the old rate, and "
                                 "when will the difference be paid back?\n\nChen")),
         (90, "owner", ChangeState(T, HOLD, "vendor")),
         (3 * DAY, BESIDE, Receive(T, "Hello Chen,\n\n214 transactions of Tuesday and Wednesday. We are checking them "
                                      "one by one.\n\nHalyard Acquiring")),
         (3 * DAY + 95, "owner", ReplySide(T, 1, "Thank you. Could you send us the list when you are through?\n\nChen")),
         (3 * DAY + 97, "owner", LogTime(T, 10 * 60))),
        "settlement", "fees", channel="phone",
    ),
    Scene(
        "Typo in the welcome mail", "Identity", "Sam Ito", "Initech", 20 * HOUR, (LOW, LOW),
        "It says 'Welcom' in the first line of the mail to new users.",
        "alice",
        ((70, "owner", TAKE),
         (92, "owner", done("Fix")),
         (93, "owner", skipped("Root cause", "a slip of the pen")),
         (95, "owner", Solve(T, "Corrected the template of the welcome mail.", "fixed",
                             "Hi Sam, well seen, thank you! It is corrected from the next mail on."))),
        "mail", "template",
    ),
    Scene(
        "Double charge on retry", "Payments", "Rosa Martin", "Saffron Kitchens", 2 * DAY, (MEDIUM, MEDIUM),
        "A customer was charged twice, two seconds apart. 64.90 EUR each.",
        "chen",
        ((35, "owner", TAKE),
         (60, "owner", Reply(T, "Hi Rosa, I see both charges. Refunding the second one.", OPEN)),
         (65, "owner", done("Workaround", "refunded by hand")),
         (390, "owner", done("Fix", "retries carry a key")),
         (394, "owner", done("Root cause", root_cause="a retry was a payment of its own",
                             improvement="an alarm on equal amounts within a minute")),
         (395, "owner", LogTime(T, 80 * 60, "a key for retries")),
         (400, "owner", Solve(T, "Second charge refunded; retries carry a key since today.", "fixed",
                              "Hi Rosa, the second charge is refunded and the cause is fixed."))),
        "checkout", "retry", tags=("double-charge",),
    ),
    Scene(
        "Settlement file missing", "Payments", "Otto Weiss", "Alder & Co", 30 * HOUR, (MEDIUM, HIGH),
        "No settlement file this morning, our import waits.",
        "bo",
        ((10, "owner", TAKE),
         (22, "owner", Reply(T, "Hi Otto, it was written late. I am sending it by hand now.", OPEN)),
         (24, "owner", done("Workaround", "sent by hand")),
         (80, "owner", done("Fix", "the job begins at four")),
         (82, "owner", done("Root cause", root_cause="the job began before the day was closed", improvement="none")),
         (85, "owner", LogTime(T, 20 * 60, timed=True)),
         (90, "owner", Solve(T, "File delivered by hand, job moved to an earlier hour.", "fixed",
                             "Hi Otto, the file is in your folder."))),
        "settlement", "export", tags=("settlement",),
    ),
)  # fmt: skip


def scenes(now: datetime) -> tuple[Scene, ...]:
    """Return the written tickets, oldest first."""
    month = MONTHS[now.month - 2]
    found = [
        replace(
            scene, subject=scene.subject.replace("{month}", month), text=scene.text.replace("{month}", month)
        )
        for scene in (*_OLDER, *_TODAY, *_OUTAGE)
    ]
    return tuple(sorted(found, key=lambda scene: -scene.age))
