"""The verbs of mail: what each is called, takes and says of itself."""

from __future__ import annotations

from argparse import ArgumentParser

from deskterm.cli.verb import Verb

_MAIL_IN = """Take in one mail from stdin, as a local mail server hands it over.

Exit code 0 only when it is stored, in quarantine too; 75 when it is to be offered again: the storage is busy,
full or read-only, there is no desk, the configuration is wrong. See docs/mail.md for Postfix."""

_QUARANTINE = """Mails that could not be handled wait here with their bytes and the reason.

  deskterm quarantine list           what waits
  deskterm quarantine show 3         the bytes of one, made safe to look at
  deskterm quarantine retry 3        try again, after an upgrade or once a queue is there
  deskterm quarantine discard 3,4    throw away (a lead may; undo brings them back)
  deskterm quarantine retry a@b.org  all mails of a sender, after a flood; so does discard"""

_MAIL = """Addresses that mail came back from for good are not mailed again without a person's word.

  deskterm mail dead                     which they are, and why
  deskterm mail allow ana@example.com    let mail go there again"""


def _parse_mail(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a mail as it came (.eml), or - for stdin")


def _mail_in(parser: ArgumentParser) -> None:
    parser.add_argument("--mailbox", default="", metavar="NAME", help="a mailbox of the configuration file")
    parser.add_argument("--queue", default="", metavar="QUEUE", help="key or name, where there is no mailbox")


def _import_mail(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="PATH", help="an mbox (also gzipped), a Maildir, a .eml, or a folder")
    _mail_in(parser)
    parser.add_argument("--open", action="store_true", help="mail to be worked, as if it came now")
    parser.add_argument("--dry-run", action="store_true", help="only say what can be read")


def _quarantine(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("list", "show", "retry", "discard"))
    parser.add_argument(
        "mails",
        nargs="?",
        default="",
        metavar="N",
        help="one of the list, several as 3,4, or a sender's address",
    )
    parser.add_argument("--raw", action="store_true", help="with show: the bytes as they came, on stdout")


def _mail(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("dead", "allow"))
    parser.add_argument("address", nargs="?", default="")


def _outbox(parser: ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("list", "retry", "cancel"), default="list")
    parser.add_argument("numbers", nargs="?", default="", metavar="N", help="one of the list, 3,4 or failed")
    parser.add_argument("--all", action="store_true", help="with list: also what was sent or withheld")


MAIL_VERBS: dict[str, Verb] = {
    "mail-in": Verb(
        "take in a mail from a mail server", "mail_verbs:mail_in", _mail_in, description=_MAIL_IN
    ),
    "import-mail": Verb("bring old mail in", "mail_verbs:import_mail", _import_mail),
    "quarantine": Verb(
        "look at mail that could not be handled",
        "mail_verbs:quarantine",
        _quarantine,
        description=_QUARANTINE,
    ),
    "mail": Verb("addresses that mail came back from", "mail_verbs:mail", _mail, description=_MAIL),
    "outbox": Verb("look at what waits to be sent or could not be", "outbox_verb:outbox", _outbox),
    "parse-mail": Verb("show how a mail is read", "parse_mail:parse_mail", _parse_mail),
}
