"""The people of the demo desk: its agents with their queues and tiers, and its customers."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from deskterm.domain.commands import AddAgent, AddQueue
from deskterm.domain.people import Role
from deskterm.upkeep.demo_texts import Topic
from deskterm.upkeep.demo_topics import BILLING, IDENTITY, NETWORK, PAYMENTS
from deskterm.upkeep.demo_topics_more import FURTHER
from deskterm.upkeep.demo_topics_more import HR as HR_TOPICS

HOME = "alice"
"""The agent whose desk the demo shows."""

MAIN = ("Billing", "Network", "Payments", "Identity")
HR = "HR"
LARGE = 20_000
"""From this many tickets on the desk has twenty queues and more agents."""

_TOPICS = {
    "Billing": BILLING,
    "Network": NETWORK,
    "Payments": PAYMENTS,
    "Identity": IDENTITY,
    HR: HR_TOPICS,
    **FURTHER,
}
_SHARES = {"Payments": 34, "Billing": 22, "Network": 20, "Identity": 18, HR: 5}

DOZEN = (
    AddAgent("alice", "Alice Moreau", Role.AGENT, MAIN, "L1", 32),
    AddAgent("bo", "Bo Larsen", Role.AGENT, ("Payments", "Billing"), "L1", 14),
    AddAgent("chen", "Chen Wei", Role.AGENT, ("Payments", "Identity"), "L2", 12),
    AddAgent("dana", "Dana Novak", Role.LEAD, MAIN, "L2", 6),
    AddAgent("emil", "Emil Hansson", Role.AGENT, ("Network",), "L1", 12),
    AddAgent("farah", "Farah Aziz", Role.AGENT, ("Identity", "Network"), "L2", 12),
    AddAgent("gus", "Gus Oyelaran", Role.AGENT, ("Billing", "Payments"), "L1", 14),
    AddAgent("hana", "Hana Suzuki", Role.LEAD, (HR,), "L2", 8),
    AddAgent("ines", "Ines Costa", Role.AGENT, (HR,), "L1", 8),
    AddAgent("jonas", "Jonas Weber", Role.AGENT, ("Network", "Identity"), "L3", 10),
    AddAgent("kim", "Kim Park", Role.ADMIN, (), "", 4),
    AddAgent("lou", "Lou Bernard", Role.VIEWER, MAIN, "", 0),
)

_FIRST = (
    "Ana", "Joel", "Mara", "Kenji", "Priya", "Tom", "Lena", "Iris", "Sam", "Olu", "Greta", "Hugo", "Ines",
    "Jonas", "Kaja", "Luis", "Mina", "Niko", "Olga", "Pavel", "Quentin", "Rosa", "Sven", "Tara", "Ugo",
    "Vera", "Wim", "Xenia", "Yann", "Zoe", "Amir", "Bea", "Carl", "Dina", "Elif", "Finn", "Gaia", "Henk",
    "Ida", "Jan", "Katya", "Leo", "Maja", "Noor", "Otto", "Petra", "Rafael", "Selma", "Theo", "Uma",
)  # fmt: skip
_LAST = (
    "Ruiz", "Ek", "Lindqvist", "Sato", "Nair", "Okafor", "Voss", "Chen", "Ito", "Adeyemi", "Holm", "Blanc",
    "Moreira", "Keller", "Kask", "Ortega", "Farahani", "Papadakis", "Ivanova", "Dvořák", "Lefèvre", "Conti",
    "Berg", "Quinn", "Rossi", "Nowak", "Vries", "Petrov", "Martin", "Schmidt", "Haddad", "Castro", "Jensen",
    "Cohen", "Yılmaz", "O'Brien", "Ricci", "Bakker", "Nilsson", "Kowalski", "Popescu", "Weiss", "Jovanović",
    "Rahman", "Huber", "Silva", "Fontaine", "Khan", "Müller", "Doyle",
)  # fmt: skip
_ORGANIZATIONS = (
    "Northwind", "Contoso", "Fabrikam", "Globex", "Initech", "Umbra Foods", "Kestrel Air", "Lumen Optics",
    "Harbour Bank", "Alder & Co", "Polaris Rail", "Verdant Farms", "Quill Press", "Basalt Works",
    "Cobalt Labs", "Meridian Health", "Juniper Toys", "Saffron Kitchens", "Tidewater Marine",
    "Orchard Schools",
)  # fmt: skip

_BARE = str.maketrans("ářèýłćńğıüöäéščžåø'", "areylcngiuoaesczao ")

_SEATS = {"bo": 3, "gus": 4, "dana": 1}
"""Those who have tickets from elsewhere, or other work, take fewer."""

Person = tuple[str, str, str]


def lead_of(queue: str) -> str:
    """The lead who decides on what is asked for in a queue."""
    return "hana" if queue == HR else "dana"


def host_of(organization: str) -> str:
    """The domain of an organization: under .example, where no mail is ever delivered."""
    return "".join(char for char in organization.lower() if char.isalnum()) + ".example"


def address_of(name: str, organization: str) -> str:
    """The address of a customer."""
    first, _, last = name.partition(" ")
    local = "".join(char for char in _ascii(f"{first}.{last}").lower() if char.isalnum() or char == ".")
    return f"{local}@{host_of(organization)}"


def _ascii(text: str) -> str:
    return text.translate(_BARE).encode("ascii", "ignore").decode()


class Cast:
    """Everybody on a desk of a size: queues with their shares and members, and the customers."""

    def __init__(self, tickets: int, rng: Random) -> None:
        large = tickets >= LARGE
        names = [*MAIN, HR, *FURTHER] if large else [*MAIN, HR]
        self.queues = tuple(AddQueue(name, confidential=name == HR) for name in names)
        self.agents = DOZEN + (_more_agents(tuple(FURTHER)) if large else ())
        shares = [_SHARES.get(name, 14) for name in names]
        self._names = names
        self._sums = [sum(shares[: place + 1]) for place in range(len(shares))]
        workers = [agent for agent in self.agents if agent.role in (Role.AGENT, Role.LEAD)]
        self.members = {name: _drawn_from(name, workers) for name in names}
        self.people = _customers(min(12_000, max(40, tickets // 5)), rng)

    def queue(self, rng: Random) -> str:
        """Draw a queue by its share of the work."""
        return rng.choices(self._names, cum_weights=self._sums)[0]

    def topics(self, queue: str) -> Sequence[Topic]:
        """What customers write to a queue about."""
        return _TOPICS[queue]

    def person(self, rng: Random) -> Person:
        """Draw a customer; some write more often than others."""
        return self.people[int(rng.random() ** 1.7 * len(self.people))]


def _drawn_from(queue: str, workers: Sequence[AddAgent]) -> tuple[str, ...]:
    """Return a queue's members but the demo's own agent, each as often as they take its tickets."""
    return tuple(
        agent.login
        for agent in workers
        if queue in agent.queues and agent.login != HOME
        for _ in range(_SEATS.get(agent.login, agent.capacity // len(agent.queues)))
    )


def _more_agents(queues: Sequence[str]) -> tuple[AddAgent, ...]:
    """Staff the further queues with three agents each."""
    found = []
    for place, queue in enumerate(queues):
        for seat in range(3):
            first, last = _FIRST[(place * 3 + seat) % 50], _LAST[(place * 7 + seat * 11) % 40]
            login = _ascii(f"{first}.{last}").lower().replace(" ", "")
            teams = (queue, queues[(place + 1) % len(queues)])
            found.append(AddAgent(login, f"{first} {last}", Role.AGENT, teams, f"L{1 + seat}", 15))
    return tuple(found)


def _customers(many: int, rng: Random) -> tuple[Person, ...]:
    found: dict[str, Person] = {}
    while len(found) < many:
        name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
        organization = rng.choice(_ORGANIZATIONS)
        address = address_of(name, organization)
        if address in found:
            local, _, host = address.partition("@")
            address = f"{local}{len(found)}@{host}"
        found[address] = (name, address, organization)
    return tuple(found.values())
