"""The verb of contacts: what it is called, takes and says of itself."""

from __future__ import annotations

from argparse import ArgumentParser

from deskterm.cli.verb import Verb, whole

_CONTACT = """Who asks for help, over all of their addresses (docs/contacts.md). WHO is an address, a whole
name, or the id of the list.

  deskterm contact list northwind
  deskterm contact show ana@northwind.example
  deskterm contact set ana@northwind.example --vip --org Northwind --zone Europe/Madrid --notes "Call first."
  deskterm contact add-address ana@northwind.example ana@home.example
  deskterm contact remove-address ana@northwind.example ana@home.example
  deskterm contact merge a.ruiz@northwind.example ana@northwind.example     the first into the second"""


def _contact(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("action", choices=("list", "show", "set", "merge", "add-address", "remove-address"))
    add("words", nargs="*", metavar="WHO", help="an address, a name or an id; with list: words to look for")
    add("--name", default=None, help="with set: what they are called")
    add("--org", default=None, metavar="NAME", help='with set: their organization, "" for none')
    add("--zone", default=None, help='with set: their time zone, such as Europe/Madrid, "" for unknown')
    add("--notes", default=None, metavar="TEXT", help="with set: what to know of them, or - to read stdin")
    vip = parser.add_mutually_exclusive_group()
    vip.add_argument("--vip", action="store_const", const=True, default=None, help="with set: mark as VIP")
    vip.add_argument("--no-vip", dest="vip", action="store_const", const=False, help="with set: not VIP")
    add("--limit", type=whole, default=50, metavar="N", help="with list: at most so many, 0 is all (50)")


_ORGANIZATION = """The companies and departments that contacts belong to (docs/contacts.md). NAME is a whole
name, or the id of the list. Who first writes from one of its mail domains belongs to an organization.

  deskterm organization list
  deskterm organization set Northwind --vip --domains "northwind.example northwind.test"
  deskterm organization show Northwind"""


def _organization(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("action", choices=("list", "show", "set"))
    add("words", nargs="*", metavar="NAME", help="a name or an id; with list: words to look for")
    add("--name", default=None, help="with set: what it is called")
    add("--domains", default=None, metavar="LIST", help='with set: its mail domains, "" for none')
    add("--notes", default=None, metavar="TEXT", help="with set: what to know of it, or - to read stdin")
    vip = parser.add_mutually_exclusive_group()
    vip.add_argument("--vip", action="store_const", const=True, default=None, help="with set: all are VIPs")
    vip.add_argument("--no-vip", dest="vip", action="store_const", const=False, help="with set: not VIP")
    add("--limit", type=whole, default=50, metavar="N", help="with list: at most so many, 0 is all (50)")


CONTACT_VERBS: dict[str, Verb] = {
    "contact": Verb(
        "find, change and merge requesters",
        "contact_verb:contact",
        _contact,
        "words",
        description=_CONTACT,
    ),
    "organization": Verb(
        "find and change organizations",
        "organization_verb:organization",
        _organization,
        "words",
        description=_ORGANIZATION,
    ),
}
