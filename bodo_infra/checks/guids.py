"""Ids of Microsoft Entra and of subscriptions, which are GUIDs."""

from uuid import UUID

SAMPLE = "00000000-0000-0000-0000-000000000000"


def is_guid(text: str) -> bool:
    """Whether it is one in the form that Azure shows: five groups, without braces."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
