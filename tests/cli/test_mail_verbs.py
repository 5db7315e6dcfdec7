"""Mail by the command line: the pipe of a mail server, old mail in files, and the quarantine."""

from __future__ import annotations

import gzip
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from deskterm.channels.mail import sources
from deskterm.channels.mail.sources import mails_in
from deskterm.domain.errors import InputFileError
from tests.cli.conftest import Cli


def letter(subject: str = "VPN down", sender: str = "Ana Ruiz <ana@northwind.example>", **fields: str) -> str:
    """A mail as it comes through a pipe."""
    said = {
        "From": sender,
        "To": "support@desk.example",
        "Subject": subject,
        "Message-ID": f"<{subject.replace(' ', '-')}@northwind.example>",
        "Date": "Mon, 02 Nov 2020 10:00:00 +0000",
    } | fields
    return "".join(f"{name}: {value}\n" for name, value in said.items() if value) + "\nIt fails.\n"


def configured(home: Path, text: str) -> Path:
    """A configuration file."""
    path = home / "config.toml"
    path.write_text(text)
    return path


BOXES = """
[[mail.mailboxes]]
name = "net"
queue = "network"
addresses = ["support@desk.example"]
"""


def test_a_mail_through_the_pipe_is_a_ticket(bo: Cli, home: Path) -> None:
    config = configured(home, BOXES)
    ran = bo("--config", config, "mail-in", "--mailbox", "net", "--json", stdin=letter())
    assert (ran.code, ran.json["became"], ran.json["number"]) == (0, "created", 1)
    again = bo("mail-in", stdin=letter())
    assert (again.code, again.out, again.err) == (0, "", "known already, on #1\n")
    shown = bo("show", "1", "--json").json
    assert (shown["queue"], shown["channel"], shown["requester"]["name"]) == ("network", "email", "Ana Ruiz")
    answer = letter("Re: VPN down", **{"In-Reply-To": "<VPN-down@northwind.example>"})
    assert bo("mail-in", stdin=answer).err == "joined #1\n"


def test_files_are_named_with_their_message(bo: Cli) -> None:
    boundary = {"MIME-Version": "1.0", "Content-Type": "multipart/mixed; boundary=b"}
    part = "--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\nxxxx\n--b--\n"
    bo("mail-in", stdin=letter(**boundary) + "--b\nContent-Type: text/plain\n\nSee below\n" + part)
    assert "  attached: a.png (image/png, 4 bytes)\n" in bo("show", "1").out
    [message] = bo("show", "1", "--json").json["messages"]
    assert message["attachments"] == [{"name": "a.png", "media_type": "image/png", "size": 4}]
    assert [row["number"] for row in bo("list", "has:attachment", "--json").json] == [1]


def test_the_pipe_needs_no_agent(cli: Cli, path: Path) -> None:
    assert cli("--db", path, "mail-in", "--queue", "payments", stdin=letter()).code == 0


def test_what_cannot_be_read_is_stored_all_the_same(bo: Cli) -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(80))
    ran = bo("mail-in", "--json", stdin=f"From: a@b.example\nMIME-Version: 1.0\n{nested}")
    assert (ran.code, ran.json["became"], ran.json["quarantined"]) == (0, "quarantined", 1)
    nobody = bo("mail-in", "--queue", "nowhere", stdin=letter())
    assert nobody.code == 0
    listed = bo("quarantine", "list", "--json").json
    assert [one["number"] for one in listed] == [2, 1]
    assert "nowhere" in listed[0]["reason"]
    assert "VPN down" in bo("quarantine", "list").out
    assert "It fails." in bo("quarantine", "show", "2").out
    assert bo("quarantine", "show", "2", "--raw").code == 0
    assert bo("quarantine", "retry", "2").code == 1
    assert bo("queue", "add", "Nowhere", who="dana").code == 0
    assert bo("quarantine", "retry", "2").out.startswith("2: opened #1")
    assert bo("quarantine", "discard", "1").code == 4
    assert bo("quarantine", "discard", "1", who="carol").code == 0
    assert bo("quarantine", "list").err == "nothing is in quarantine: every mail could be handled\n"
    assert bo("quarantine", "show", "9", "--json").error["code"] == "not_found"
    for wrong in ("", "x", "1,"):
        assert bo("quarantine", "show", wrong).code == 2


def test_after_a_flood_all_mails_of_a_sender_are_handled_at_once(bo: Cli, home: Path) -> None:
    limited = BOXES + 'tickets_an_hour = 2\nmany_from = ["@forms.example"]\n'
    config = configured(home, limited)
    for number in range(6):
        bo("--config", config, "mail-in", "--mailbox", "net", stdin=letter(f"Alarm {number}"))
        sent = letter(f"Form {number}", "form@forms.example")
        assert (
            bo("--config", config, "mail-in", "--mailbox", "net", "--json", stdin=sent).json["became"]
            == "created"
        )
    held = bo("quarantine", "list", "--json").json
    assert [one["subject"] for one in held] == ["Alarm 5", "Alarm 4", "Alarm 3", "Alarm 2"]
    tried = bo("--config", config, "quarantine", "retry", "Ana@northwind.example").out.splitlines()
    assert [line.split(":")[0] for line in tried] == ["1", "2", "3", "4"]
    assert bo("quarantine", "discard", "ana@northwind.example", who="carol").code == 3
    assert bo("--config", configured(home, BOXES + "tickets_an_hour = -1\n"), "list").code in (0, 2)


def test_control_characters_of_a_mail_in_quarantine_are_shown_and_not_obeyed(bo: Cli) -> None:
    bo("mail-in", "--queue", "nowhere", stdin=letter(sender="\x1b]0;title\x07 <eve@x.example>") + "\x1b[2J")
    assert "\x1b" not in bo("quarantine", "list").out + bo("quarantine", "show", "1").out


def test_whatever_is_wrong_with_the_desk_the_server_tries_again(cli: Cli, path: Path, home: Path) -> None:
    assert cli("--db", home / "none.db", "mail-in", stdin=letter()).code == 75
    assert not (home / "none.db").exists()
    assert cli("--db", home, "mail-in", stdin=letter()).code == 75
    assert cli("--db", path, "mail-in", "--mailbox", "none", stdin=letter()).code == 75
    assert cli("--db", path, "mail-in", "--no-such-option", stdin=letter()).code == 75
    broken = configured(home, "mail = 3")
    assert cli("--db", path, "--config", broken, "mail-in", stdin=letter()).code == 75
    (home / "text.db").write_text("no database at all, and long enough to be looked at")
    assert cli("--db", home / "text.db", "mail-in", stdin=letter()).code == 75


def test_a_busy_desk_is_tried_again(cli: Cli, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deskterm.storage import database, sqlite_library

    monkeypatch.setattr(database, "ATTEMPTS", 1)
    quick = [one.replace("5000", "10") for one in sqlite_library.PRAGMAS]
    monkeypatch.setattr(sqlite_library, "PRAGMAS", quick)
    holder = sqlite_library.sqlite.connect(str(path), isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        assert cli("--db", path, "mail-in", stdin=letter()).code == 75
    finally:
        holder.close()
    assert cli("--db", path, "mail-in", stdin=letter()).code == 0


def test_nothing_and_far_too_much_are_refused_for_good(bo: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from deskterm.cli import mail_verbs

    assert bo("mail-in", stdin=" \n").code == 7
    monkeypatch.setattr(mail_verbs, "PIPE_LIMIT", 100)
    assert bo("mail-in", stdin=letter()).code == 7


# Old mail


def message(number: int, **fields: str) -> EmailMessage:
    """A mail of an archive."""
    made = EmailMessage()
    for name, value in (
        {
            "From": f"p{number}@northwind.example",
            "To": "support@desk.example",
            "Subject": f"Matter {number}",
            "Message-ID": f"<{number}@northwind.example>",
            "Date": "Mon, 02 Nov 2020 10:00:00 +0000",
        }
        | fields
    ).items():
        made[name] = value
    made.set_content("Hello\n\nFrom here on it fails.\n")
    return made


def an_mbox(path: Path) -> Path:
    """Three matters, an answer of the customer, and one of ours."""
    box = mailbox.mbox(path)
    for number in range(3):
        box.add(message(number))
    again = {"From": "p1@northwind.example", "In-Reply-To": "<1@northwind.example>"}
    box.add(message(3, Date="Tue, 03 Nov 2020 10:00:00 +0000", **again))
    ours = {
        "From": "support@desk.example",
        "To": "p1@northwind.example",
        "References": "<1@northwind.example>",
    }
    box.add(message(4, Date="Wed, 04 Nov 2020 10:00:00 +0000", **ours))
    box.close()
    return path


def test_an_mbox_comes_in_as_history_once(bo: Cli, home: Path) -> None:
    config, box = configured(home, BOXES), an_mbox(home / "old.mbox")
    rehearsed = bo("import-mail", box, "--dry-run", "--json").json
    assert (rehearsed["mails"], rehearsed["quarantined"]) == (5, 0)
    assert bo("import-mail", box).code == 4
    words = ("--config", config, "import-mail", box, "--mailbox", "net", "--json")
    first = bo(*words, who="dana").json
    assert {name: first[name] for name in ("mails", "opened", "joined", "known")} == {
        "mails": 5, "opened": 3, "joined": 2, "known": 0,
    }  # fmt: skip
    assert bo(*words, who="dana").json["known"] == 5
    shown = bo("show", "2", "--json").json
    assert (shown["state"], shown["created_at"]) == ("closed", "2020-11-02T10:00:00Z")
    assert [(one["at"], one["author"]) for one in shown["messages"]] == [
        ("2020-11-02T10:00:00Z", "p1@northwind.example"),
        ("2020-11-03T10:00:00Z", "p1@northwind.example"),
        ("2020-11-04T10:00:00Z", "deskterm"),
    ]
    assert "\nFrom here on it fails." in shown["messages"][0]["text"]
    assert bo("list", "is:active", "--json").json == []


def test_mail_to_be_worked_comes_in_open(bo: Cli, home: Path) -> None:
    an_mbox(home / "old.mbox")
    packed = home / "old.mbox.gz"
    packed.write_bytes(gzip.compress((home / "old.mbox").read_bytes()))
    ran = bo("import-mail", packed, "--open", "--queue", "network", who="dana")
    assert ran.code == 0
    assert len(bo("list", "queue:network", "--json").json) >= 3
    assert bo("import-mail", packed, "--queue", "nowhere", who="dana").code == 3


def test_mail_with_an_absurd_date_is_dated_by_its_arrival(bo: Cli, home: Path) -> None:
    for number, date in enumerate(
        ("Fri, 01 Jan 1971 00:00:00 +0000", "Fri, 31 Dec 9999 23:59:59 +0000", "never")
    ):
        (home / f"{number}.eml").write_text(letter(f"Odd {number}", Date=date))
        assert bo("import-mail", home / f"{number}.eml", "--json", who="dana").json["opened"] == 1
        assert bo("show", f"{number + 1}", "--json").json["created_at"] > "2024"


def test_maildirs_and_folders_of_files_are_read(bo: Cli, home: Path) -> None:
    maildir = mailbox.Maildir(home / "Maildir")
    for number in range(3):
        maildir.add(message(number))
    folder = home / "letters"
    (folder / "more").mkdir(parents=True)
    (folder / "a.eml").write_bytes(bytes(message(8)))
    (folder / "more" / "b.eml").write_bytes(bytes(message(9)))
    (folder / "notes.txt").write_text("no mail")
    assert bo("import-mail", home / "Maildir", "--json", who="dana").json["opened"] == 3
    assert bo("import-mail", folder, "--json", who="dana").json["opened"] == 2
    assert bo("import-mail", folder / "a.eml", "--json", who="dana").json["known"] == 1
    assert bo("import-mail", home / "none", who="dana").code == 7


def test_an_mbox_is_taken_apart_where_its_mails_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(b"From a\nA: 1\n\nText\nFrom inside\n\n>From quoted\n>>From twice\n\nFrom b\r\nB: 2\r\n")
    assert [raw for _, raw in mails_in(path)] == [
        b"A: 1\n\nText\nFrom inside\n\nFrom quoted\n>From twice\n",
        b"B: 2\r\n",
    ]
    assert [where for where, _ in mails_in(path)] == [f"{path}:1", f"{path}:10"]
    monkeypatch.setattr(sources, "KEPT_LIMIT", 6)
    assert [raw for _, raw in mails_in(path)] == [b"A: 1\n", b"B: 2\r\n"]
    (tmp_path / "broken.mbox.gz").write_bytes(b"\x1f\x8bnonsense")
    with pytest.raises(InputFileError):
        list(mails_in(tmp_path / "broken.mbox.gz"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[mail.mailboxes]]\nqueue = "x"', "name is missing"),
        ('[[mail.mailboxes]]\nname = "a"\nhost = "h"\nuser = "u"', "one way to log in"),
        ('[[mail.mailboxes]]\nname = "a"\nhost = "h"\nuser = "u"\npassword = "p"', "does not belong"),
        ('[[mail.mailboxes]]\nname = "a"\nhost = "h"\nsecurity = "none"', "in the open"),
        ('[[mail.mailboxes]]\nname = "a"\nhost = "h"\nport = 0', "from 1 to"),
        ('[[mail.mailboxes]]\nname = "a"\nhost = "h"\nport = "x"', "must be a whole number"),
        ('[[mail.mailboxes]]\nname = "a"\ncolour = "red"', "unknown setting"),
        ('[[mail.mailboxes]]\nname = "a"\n[[mail.mailboxes]]\nname = "a"', "twice"),
        ("[mail]\nmailboxes = 3", "must be tables"),
    ],
)
def test_a_wrong_mailbox_says_what_is_wrong(bo: Cli, home: Path, text: str, said: str) -> None:
    ran = bo("--config", configured(home, text), "import-mail", home, "--dry-run")
    assert ran.code == 2
    assert said in ran.err


def test_dead_addresses_are_named_and_allowed_again(bo: Cli) -> None:
    assert bo("mail", "dead").err == "no address is dead\n"
    assert bo("mail", "allow", "ana@northwind.example").code == 3
    assert bo("mail", "allow").code == 2
    assert bo("mail", "dead", "ana@northwind.example").code == 3
