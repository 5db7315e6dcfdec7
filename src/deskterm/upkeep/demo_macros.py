"""The macros of the demo desk: what its agents write again and again."""

from __future__ import annotations

MACROS = '''
[[macros]]
name = "Incident acknowledged"
text = """
Hi {requester.first_name},

we see it too and are on it. You will hear from us within 30 minutes, or as soon as it works again.

{agent.first_name}"""
do = [{ tag = "acknowledged" }, { assign = "me" }, { state = "open" }]

[[macros]]
name = "Ask for details"
text = """
Hi {requester.first_name},

thank you for writing. To look into "{ticket.subject}" we need to know:

- since when does it happen, and how often?
- what did you do just before, and what did you see?
- does it happen to others at {organization.name} as well?

{agent.first_name}"""
do = [{ tag = "details" }, { state = "pending" }]

[[macros]]
name = "Order number, please"
text = """
Hi {requester.first_name},

I have your order {field.order} in front of me. Is that the one you mean?

{agent.first_name}"""

[[macros]]
name = "Does it work now?"
text = """
Hi {requester.first_name},

we changed something on our side. Does it work for you now? If we hear nothing, #{ticket.number} closes in
four business days; you can always write back.

{agent.first_name}"""
do = [{ state = "pending" }]

[[macros]]
name = "Vendor is looking"
text = """
Hi {requester.first_name},

our supplier is looking into it; I ask them every morning and tell you what they say.

{agent.first_name}"""
do = [{ state = "hold", text = "vendor" }, { tag = "vendor" }]

[[macros]]
name = "Take as P2"
do = [{ assign = "me" }, { priority = "P2", text = "several people affected" }]
'''
