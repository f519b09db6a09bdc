"""Why a look-up found nothing: the SDK raises nothing narrower than Exception, and tells Azure's answer in its text."""

from collections.abc import Callable
from typing import Literal, TypeVar

Found = TypeVar("Found")

Missing = Literal["absent", "forbidden"]
"""Why nothing is known of a thing: it is not there, or whoever the provider acts as may not look at it."""

# "Troubleshoot common Azure deployment errors".
_ABSENT = ("ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound", "NotFound", "SubscriptionNotFound")
_FORBIDDEN = ("AuthorizationFailed", "LinkedAuthorizationFailed", "InvalidAuthenticationTokenTenant")


def look_up(read: Callable[[], Found]) -> Found | Missing:
    """What ``read`` answers, or why there is no answer. Whatever else it raises comes through."""
    try:
        return read()
    except Exception as error:  # nothing narrower, see above
        why = why_missing(error)
        if why is None:
            raise
        return why


def why_missing(error: Exception) -> Missing | None:
    """What the error of a look-up means; None for one of another kind, which is to be raised again."""
    text = str(error)
    if any(f'Code="{code}"' in text for code in _FORBIDDEN):
        return "forbidden"
    return "absent" if any(f'Code="{code}"' in text for code in _ABSENT) else None
