"""Why a look-up found nothing: the SDK raises nothing narrower than Exception, and tells Azure's answer in its text."""

from typing import Literal

Missing = Literal["absent", "forbidden"]
"""Why nothing is known of a thing: it is not there, or whoever the provider acts as may not look at it."""

# "Troubleshoot common Azure deployment errors".
_ABSENT = ("ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound", "NotFound", "SubscriptionNotFound")
_FORBIDDEN = ("AuthorizationFailed", "LinkedAuthorizationFailed", "InvalidAuthenticationTokenTenant")


def why_missing(error: Exception) -> Missing | None:
    """What the error of a look-up means; None for one of another kind, which is to be raised again."""
    text = str(error)
    if any(f'Code="{code}"' in text for code in _FORBIDDEN):
        return "forbidden"
    return "absent" if any(f'Code="{code}"' in text for code in _ABSENT) else None
