"""What to do about refusals that name no field of ours: the cloud's words, and ours for them."""

import re

_THERE = "cannot create already existing resource"  # pulumi-azure-native, when a look before a creation finds it
_REMEDIES = (
    (
        re.compile(rf"{_THERE} '[^']*/resourceGroups/[^'/]+'", re.IGNORECASE),
        "The resource group is there, such as one that an earlier destroy has kept: set azure.existing_resource_group "
        "to true in the cloud-config",
    ),
    (
        re.compile(
            r"cannot create already existing resource '[^']*/fileServices/default/shares/[^'/]+'", re.IGNORECASE
        ),
        "A destroy that was broken off has let go of the share, and its files are in it: name it by "
        "shared_storage.share_id. `up` cannot know that it is the same one, and asks for --lose-data",
    ),
    (
        re.compile(rf"{_THERE} '/subscriptions/", re.IGNORECASE),
        "An operation that was broken off may have left it, and nothing uses it then: `az resource delete --ids` with "
        "this id removes it, and the next `up` makes it anew",
    ),
    (
        re.compile(r'Code="MarketplacePurchaseEligibilityFailed"'),
        "Accept the terms of the image once in the subscription: docs/azure-nodes.md",
    ),
)


def with_remedy(text: str) -> str:
    """A refusal, and below it what to do about it when that is known."""
    found = next((remedy for pattern, remedy in _REMEDIES if pattern.search(text)), None)
    return f"{text}\n    {found}" if found else text
