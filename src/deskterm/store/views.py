"""The views under the store's name."""

from deskterm.domain.views import *  # noqa: F403
