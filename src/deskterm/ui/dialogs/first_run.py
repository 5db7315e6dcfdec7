"""The first start on an empty desk: who you are and what your first queue is called."""

from __future__ import annotations

from deskterm.ui.dialogs.form import Field, Form


class FirstRun(Form):
    """Ask for the admin's name and the first queue; the login is the operating system's."""

    def __init__(self, login: str, problem: str = "") -> None:
        fields = [
            Field(
                "name",
                "Your name",
                login,
                help=f"you are {login} on this machine, and this desk's first admin",
                required="colleagues need a name to see",
            ),
            Field(
                "queue",
                "First queue",
                "Support",
                help="a team's tickets: Support, Network, Billing… more come with deskterm queue add",
                required="tickets need a queue to arrive in",
            ),
        ]
        super().__init__("A new desk", fields, detail=problem or "nobody works here yet", verb="set it up")
