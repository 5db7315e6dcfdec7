"""deskterm: a helpdesk for the terminal, where every open screen is live on one database."""

__version__ = "0.1.0"
