"""What people write to the demo desk's confidential HR queue and to the further queues of a large desk."""

# Texts stay on one line each, as they are read.
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping

from deskterm.upkeep.demo_texts import Topic

HR = (
    Topic(
        "Question about my parental leave",
        "Hello, our second child is due in {month}. I would like to know until when I have to hand in the dates, and "
        "whether I can split the leave in two parts.\nPlease keep this between us for now.",
        "Congratulations, {first}! Have you talked to your manager yet? I need to know whom I may contact.",
        "Not yet, I will tell {person} next week. Please wait until then.",
        "Not to be discussed with the team before {weekday}.",
        "Hi {first}, seven weeks before the first day is enough, and two parts are possible. The form is attached to your file.",
        "Explained the dates and the split; form filed.",
        "leave", "parental", "ll", "question", "answered",
    ),
    Topic(
        "Salary of {month} is wrong",
        "My payslip for {month} has {amount} EUR less than agreed. The raise that {person} confirmed is missing.",
        "Hello {first}, do you have the confirmation in writing?",
        "Yes, a mail from {person}. I can print it for you.",
        "Raise was approved, payroll got the list one day late.",
        "Hi {first}, you are right. The difference comes with a separate payment on {weekday}.",
        "Raise booked retroactively, extra payment.",
        "payroll", "payslip", "mm", tags="payroll",
    ),
    Topic(
        "Complaint about behaviour in the {team} team",
        "I would like to report something that happened in a meeting on {weekday}. I do not want to write it down in "
        "detail, could somebody call me?",
        "Hello {first}, thank you for trusting us. When can I call you so that nobody listens?",
        "Tomorrow after four, on my private number. It is in my file.",
        "Call agreed. {person} from the works council will join if wanted.",
        "Hi {first}, as discussed: we talked to everybody involved. Please call me any time.",
        "Talks held with all sides; follow-up in four weeks.",
        "complaint", "behaviour", "lh", code="answered",
    ),
    Topic(
        "Certificate of employment for a flat",
        "My new landlord wants a certificate of employment with the salary, until {weekday} if possible.",
        "Hi {first}, should it be in German or in English?",
        "In German, please.",
        "Template 4, signature by {person}.",
        "Hi {first}, it is signed and waits for you at the front desk.",
        "Certificate issued.",
        "documents", "certificate", "ll", "service request", "fixed",
    ),
    Topic(
        "Sick for longer, what do I have to do?",
        "My doctor told me today that I will be away for at least {count} days. What do you need from me, and who tells my team?",
        "Hello {first}, get well first. Did the doctor send the certificate by the electronic way?",
        "Yes, this morning.",
        "Certificate arrived. Team only knows 'absent'.",
        "Hi {first}, everything we need is here. Your manager knows that you are away, not why.",
        "Absence entered, manager informed without the reason.",
        "leave", "sickness", "lm", "question", "answered",
    ),
)  # fmt: skip


def _plain(subject: str, opening: str, ask: str, answer: str, fix: str, about: str, levels: str = "mm",
           kind: str = "incident") -> Topic:  # fmt: skip
    """Make a shorter topic: note and resolution are said in general words."""
    category, component = about.split("/")
    code = "fixed" if kind != "question" else "answered"
    return Topic(
        subject, opening, ask, answer, "Looked at {component}: same cause as the one on {weekday}.", fix,
        "Cause found in {component} and removed; customer informed.", category, component, levels, kind, code, category,
    )  # fmt: skip


FURTHER: Mapping[str, tuple[Topic, ...]] = {
    "Hardware": (
        _plain(
            "{device} does not start any more",
            "My {device} stays black since this morning, only the fan turns. I have a presentation at two.",
            "Hi {first}, does the light next to the plug come on?",
            "Yes, white and steady.",
            "Hi {first}, the memory was loose. It runs again and waits for you in room {room}.",
            "notebook/memory",
            "lh",
        ),
        _plain(
            "Second monitor for room {room}",
            "Could I get a second monitor? I work with two systems at once now.",
            "Hi {first}, which connector does your notebook have?",
            "USB-C.",
            "Hi {first}, it is on your desk.",
            "monitor/order",
            "ll",
            "service request",
        ),
    ),
    "Storage": (
        _plain(
            "Share of {team} is full",
            "We cannot save anything on the {team} share: 'no space left', {percent} files waiting.",
            "Hi {first}, can anything older than two years move to the archive?",
            "Yes, all projects before 2023.",
            "Hi {first}, the old projects are archived and you have 400 GB again.",
            "share/quota",
            "mh",
        ),
        _plain(
            "Restore a deleted folder",
            "I deleted the folder 'offers {month}' by mistake. Can you bring it back?",
            "Hi {first}, do you remember the day?",
            "Yesterday around noon.",
            "Hi {first}, it is back, as of yesterday eleven o'clock.",
            "backup/restore",
            "lm",
            "service request",
        ),
    ),
    "Mail": (
        _plain(
            "Mails to {city} come back",
            "All mails to our branch in {city} come back with 'relay denied' since {weekday}.",
            "Hi {first}, could you send me one of the answers with all headers?",
            "Sent to your address a minute ago.",
            "Hi {first}, their new server was missing on our list. Mails arrive again.",
            "delivery/relay",
            "mh",
        ),
        _plain(
            "Shared mailbox for {team}",
            "Please create a shared mailbox for {team}, {count} people should see it.",
            "Hi {first}, may everybody send from it?",
            "Only {person} and me.",
            "Hi {first}, the mailbox appears by itself within the hour.",
            "mailbox/shared",
            "ll",
            "service request",
        ),
    ),
    "Web": (
        _plain(
            "Contact form sends nothing",
            "The contact form says 'thank you' but nothing has arrived since {weekday}.",
            "Hi {first}, since which change on the page?",
            "We changed the colours on {weekday}, nothing else.",
            "Hi {first}, the form posted to the old address. Fixed, and {count} lost messages were sent to you.",
            "forms/contact",
        ),
        _plain(
            "Page loads in {minutes} seconds",
            "The product page needs {minutes} seconds since the new pictures. Visitors leave.",
            "Hi {first}, are the pictures the original files?",
            "Yes, 12 MB each.",
            "Hi {first}, pictures are now made smaller by themselves. The page is there in a second.",
            "pages/speed",
            "mm",
        ),
    ),
    "Mobile": (
        _plain(
            "App closes when I open order {order}",
            "The app closes at once when I open order {order}. Version {version} on Android.",
            "Hi {first}, does the order have a comment with an emoji?",
            "Yes, a heart.",
            "Hi {first}, version {version}.1 is out and opens it.",
            "app/orders",
        ),
        _plain(
            "Push messages arrive twice",
            "Every message rings twice on my phone since the update.",
            "Hi {first}, are you logged in with two accounts?",
            "Yes, work and private.",
            "Hi {first}, each phone is registered once now.",
            "app/push",
            "ll",
        ),
    ),
    "Data": (
        _plain(
            "Export to CSV drops a column",
            "The export of {month} has no column for the region. Our import fails with it.",
            "Hi {first}, do you use the old or the new export page?",
            "The new one.",
            "Hi {first}, the column is back, and I sent you the export of {month} again.",
            "export/csv",
        ),
        _plain(
            "Dashboard shows yesterday's numbers",
            "The dashboard of {team} still shows yesterday. It should be new at eight.",
            "Hi {first}, is it all tiles or only sales?",
            "Only sales.",
            "Hi {first}, the load job had waited for a lock on {host}. Numbers are current.",
            "warehouse/load",
            "mm",
        ),
    ),
    "Security": (
        _plain(
            "Strange mail from 'our director'",
            "I got a mail from our director who wants gift cards over {amount} EUR. I did "
            "not answer. Is that real?",
            "Hi {first}, well done! Did you click on anything?",
            "No, nothing.",
            "Hi {first}, it was a fraud. We blocked the sender for everybody.",
            "phishing/report",
            "mh",
        ),
        _plain(
            "USB stick found in room {room}",
            "Somebody left a USB stick in {room}. I did not plug it in. What now?",
            "Hi {first}, please bring it to us in room {room}.",
            "On my way.",
            "Hi {first}, it belonged to {person}, nothing bad on it. Thanks for asking first!",
            "devices/usb",
            "ll",
            "question",
        ),
    ),
    "Facilities": (
        _plain(
            "Heating in room {room} does not work",
            "It is 16 degrees in {room}, the heating stays cold.",
            "Hi {first}, is it cold in the rooms next to it as well?",
            "No, only here.",
            "Hi {first}, the valve was stuck. It gets warm again.",
            "heating/valve",
            "lm",
        ),
        _plain(
            "Door badge does not open floor {port}",
            "My badge works at the entrance but not on floor {port}.",
            "Hi {first}, since when do you work on that floor?",
            "Since {weekday}.",
            "Hi {first}, the floor is on your badge now.",
            "access/badge",
            "ll",
            "service request",
        ),
    ),
    "Procurement": (
        _plain(
            "Order {order} has not arrived",
            "We ordered {count} headsets in {month}, order {order}. Where are they?",
            "Hi {first}, which address did you give?",
            "The one in {city}.",
            "Hi {first}, they had gone to the old address. They are with you on {weekday}.",
            "order/delivery",
            "lm",
        ),
        _plain(
            "Licence for {count} more people",
            "{team} grows, please buy {count} more licences of the drawing program.",
            "Hi {first}, which cost centre?",
            "{digits}, approved by {person}.",
            "Hi {first}, the licences are assigned.",
            "licence/order",
            "ll",
            "service request",
        ),
    ),
    "Onboarding": (
        _plain(
            "{person} starts on {weekday}",
            "Please prepare everything for {person}: notebook, badge, accounts for {team}.",
            "Hi {first}, office or home?",
            "Home, in {city}.",
            "Hi {first}, the parcel is on its way and the accounts are ready.",
            "joiner/set-up",
            "lm",
            "service request",
        ),
        _plain(
            "Training for new colleagues in {city}",
            "We have {count} new colleagues in {city}. When is the next introduction?",
            "Hi {first}, would {weekday} morning fit?",
            "Perfect.",
            "Hi {first}, invitations are out.",
            "training/dates",
            "ll",
            "question",
        ),
    ),
    "Printing": (
        _plain(
            "Printer in room {room} prints stripes",
            "The printer in {room} prints black stripes on every page.",
            "Hi {first}, on copies as well, or only on prints?",
            "On both.",
            "Hi {first}, the drum was worn and is new now.",
            "printer/drum",
            "ml",
        ),
        _plain(
            "Cannot print from {browser}",
            "PDFs from {browser} come out empty. From other programs it works.",
            "Hi {first}, does it help to print as a picture?",
            "Yes, but it is slow.",
            "Hi {first}, a new driver is on your machine. Please try once more.",
            "printer/driver",
            "ll",
        ),
    ),
    "Telephony": (
        _plain(
            "Nobody hears me on calls",
            "Since this morning others do not hear me, I hear them well. {device}.",
            "Hi {first}, does it also happen without the headset?",
            "No, without it works.",
            "Hi {first}, the headset had muted itself by its own button. A short manual is in the box.",
            "calls/headset",
            "lm",
        ),
        _plain(
            "Hotline rings without end",
            "Callers of the {city} hotline wait {minutes} minutes although three of us are free.",
            "Hello {first}, are you logged in to the group?",
            "Yes, all three.",
            "Hi {first}, the group had lost its members after the update. It is right again.",
            "hotline/routing",
            "hh",
        ),
    ),
    "Integrations": (
        _plain(
            "API answers 429 for our nightly job",
            "Our job on {host} gets 429 since {weekday}. It makes {count} calls a minute.",
            "Hi {first}, do you read the header that says when to come back?",
            "Not yet.",
            "Hi {first}, your limit is higher now, and please read that header.",
            "api/limits",
        ),
        _plain(
            "Connector to the shop stopped at {digits}",
            "Orders after number {digits} do not arrive in our system.",
            "Hi {first}, what is special about that order?",
            "It has no street, it is a pick-up.",
            "Hi {first}, pick-up orders are accepted now, and the waiting {count} went through.",
            "connector/orders",
            "mh",
        ),
    ),
    "Shipping": (
        _plain(
            "Label for order {order} is empty",
            "The label of order {order} comes out white. {count} parcels are waiting.",
            "Hi {first}, which printer, which size?",
            "Zebra, 10 by 15.",
            "Hi {first}, the address had a character the printer does not know. Labels print again.",
            "labels/print",
            "mh",
        ),
        _plain(
            "Parcel {order} is lost",
            "The customer waits for parcel {order} for {count} days. Tracking ends in {city}.",
            "Hi {first}, what is it worth?",
            "{amount} EUR.",
            "Hi {first}, the carrier found it in {city}. It arrives on {weekday}.",
            "parcel/tracking",
            "lm",
        ),
    ),
    "Compliance": (
        _plain(
            "Customer wants to know what we store",
            "A customer asks for all data we have about them. What is the way?",
            "Hi {first}, when did the request arrive? We have a month.",
            "Yesterday, by letter.",
            "Hi {first}, the answer is with legal and goes out on {weekday}.",
            "privacy/request",
            "lm",
            "service request",
        ),
        _plain(
            "Audit needs the access list of {host}",
            "The auditors want to see who could log in to {host} in {month}.",
            "Hi {first}, is a list of names enough, or do they need the logins as well?",
            "Both, please.",
            "Hi {first}, the list is in the audit folder.",
            "audit/access",
            "ll",
            "service request",
        ),
    ),
}
