"""What scale sets and single machines have alike: sizes, how one logs in, what they are made of."""

import base64
import binascii
import struct
from collections.abc import Iterator

from bodo_infra import catalog
from bodo_infra.catalog import AzureSize, short_location
from bodo_infra.checks.azure_sizes import find_size
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict, missing
from bodo_infra.plugin.account.arm.view import values_of
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

LONGEST_CUSTOM_DATA_BYTES = 65535
_FORBIDDEN_NAMES = (
    *("1", "123", "a", "actuser", "adm", "admin", "admin1", "admin2", "administrator", "aspnet", "backup", "console"),
    *("david", "guest", "john", "owner", "root", "server", "sql", "support", "support_388945a0", "sys", "test"),
    *("test1", "test2", "test3", "user", "user1", "user2", "user3", "user4", "user5"),
)
_KINDS_OF_KEY = ("ssh-rsa", "ssh-ed25519")
_OF_IMAGE = ("publisher", "offer", "sku", "version")


def size_of(name: Value) -> AzureSize | None:
    """The facts of a size; None for one that is unknown."""
    return find_size(name) if isinstance(name, str) else None


def capacity_of(inputs: Bag) -> int:
    """How many machines a scale set has; 0 while that is unknown."""
    capacity = values_of(inputs, "sku", "capacity")
    return capacity if isinstance(capacity, int) else 0


def check_size(where: str, name: Value, location: Value, zones: Value) -> Iterator[Refusal]:
    """The size exists, and is offered in the location as far as that is known; the location has the zones."""
    place = short_location(location) if isinstance(location, str) else None
    if isinstance(name, str):
        if size_of(name) is None:
            yield bad(where, "InvalidParameter", f"The value {name} provided for the VM size is not valid.")
        elif place is not None and catalog.azure_offers(name, place) is False:
            text = (
                f"The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: {name}' is "
                f"currently not available in location '{place}'. Please try another size or deploy to a "
                "different location. See https://aka.ms/azureskunotavailable for details."
            )
            yield conflict(where, "SkuNotAvailable", text)
    if isinstance(zones, list) and place is not None and place in catalog.azure_locations():
        legal = catalog.azure_zones(place)
        for zone in zones:
            if zone is not UNKNOWN and str(zone) not in legal:
                text = f"The zone(s) '{zone}' for resource is not supported. The supported zones for location "
                yield bad("zones", "InvalidAvailabilityZone", f"{text}'{place}' are '{','.join(legal)}'")


def check_spot(where: str, bag: Bag, size: AzureSize | None) -> Iterator[Refusal]:
    """``where``: what stands before the names of the properties."""
    priority = bag.get("priority", "Regular")
    if priority is UNKNOWN:
        return
    if priority not in ("Spot", "Low"):
        for name in ("evictionPolicy", "billingProfile"):
            if bag.get(name) is not None:
                text = f"Parameter '{name}' is allowed for priority 'Spot' alone."
                yield bad(f"{where}{name}", "InvalidParameter", text)
        return
    price = values_of(bag, "billingProfile", "maxPrice")
    if isinstance(price, int | float) and price != -1 and price <= 0:
        yield bad(f"{where}billingProfile.maxPrice", "InvalidParameter", f"maxPrice {price} must be -1 or more than 0.")
    if size is not None and not size.spot:
        text = f"VM size {size.name} is not supported for Spot."
        yield bad(f"{where}priority", "VMSizeNotSupportedForSpot", text)


def check_login(where: str, profile: Value) -> Iterator[Refusal]:
    """A user with a key or a password; boot data that fits. ``where``: the path of the profile."""
    if not isinstance(profile, dict):
        return
    user = profile.get("adminUsername")
    if user is None:
        yield bad(f"{where}.adminUsername", "InvalidParameter", "Required parameter 'adminUsername' is missing (null).")
    if isinstance(user, str) and user.lower() in _FORBIDDEN_NAMES:
        text = f"The Admin Username specified is not allowed: {user}."
        yield bad(f"{where}.adminUsername", "InvalidParameter", text)
    linux = profile.get("linuxConfiguration")
    keys = values_of(profile, "linuxConfiguration", "ssh", "publicKeys")
    if not keys and isinstance(linux, dict) and linux.get("disablePasswordAuthentication") is True:
        text = "Authentication using SSH keys needs a public key."
        yield bad(f"{where}.linuxConfiguration.ssh.publicKeys", "InvalidParameter", text)
    if not keys and profile.get("adminPassword") is None and not isinstance(linux, dict):
        text = "Required parameter 'adminPassword' is missing (null)."
        yield bad(f"{where}.adminPassword", "InvalidParameter", text)
    for index, key in enumerate(keys or ()):
        yield from _check_key(f"{where}.linuxConfiguration.ssh.publicKeys[{index}]", key, user)
    yield from _check_custom_data(f"{where}.customData", profile.get("customData"))


def check_key_text(where: str, text: Value) -> Iterator[Refusal]:
    """A public key as OpenSSH writes it."""
    if not isinstance(text, str):
        return
    words = text.split()
    if len(words) < 2 or words[0] not in _KINDS_OF_KEY or not _holds_kind(words[0], words[1]):
        message = "The key is not in the proper format: 'ssh-rsa' or 'ssh-ed25519', then the key in base 64."
        yield bad(where, "InvalidParameter", message)


def check_image(where: str, image: Value) -> Iterator[Refusal]:
    """One by its id, or one of the marketplace by four words."""
    if not isinstance(image, dict):
        return
    whole = ("id", "sharedGalleryImageId", "communityGalleryImageId")
    if any(image.get(name) is not None for name in whole):
        return
    for name in _OF_IMAGE:
        if image.get(name) is None:
            text = f"Required parameter 'imageReference.{name}' is missing (null)."
            yield bad(f"{where}.{name}", "InvalidParameter", text)
    if image.get("version") not in (None, UNKNOWN, "latest") and str(image["version"]).count(".") != 2:
        text = f"The platform image version '{image['version']}' is not available."
        yield missing(f"{where}.version", "PlatformImageNotFound", text)


def check_accelerated(where: str, wanted: Value, size: AzureSize | None) -> Iterator[Refusal]:
    """Whether the size can have accelerated networking."""
    if wanted is True and size is not None and not size.accelerated_networking:
        text = f"VM size {size.name} is not permitted to enable accelerated networking."
        yield bad(where, "VMSizeIsNotPermittedToEnableAcceleratedNetworking", text)


def check_identity(identity: Value) -> Iterator[Refusal]:
    """The kind and the list say the same."""
    if not isinstance(identity, dict) or UNKNOWN in identity.values():
        return
    listed, wanted = bool(identity.get("userAssignedIdentities")), "UserAssigned" in str(identity.get("type"))
    if listed != wanted:
        text = "The identity type and the list of user-assigned identities do not go together."
        yield bad("identity.type", "InvalidIdentityValues", text)


def _check_key(where: str, key: Value, user: Value) -> Iterator[Refusal]:
    if not isinstance(key, dict):
        return
    path = key.get("path")
    if isinstance(path, str) and isinstance(user, str) and path != f"/home/{user}/.ssh/authorized_keys":
        text = (
            f"Destination path for SSH public keys is limited to its default value '/home/{user}/.ssh/authorized_keys'"
        )
        yield bad(f"{where}.path", "InvalidParameter", text)
    yield from check_key_text(f"{where}.keyData", key.get("keyData"))


def _holds_kind(kind: str, text: str) -> bool:
    """The key itself begins with its kind; of ed25519 32 bytes follow."""
    try:
        raw = base64.b64decode(text, validate=True)
        length = struct.unpack(">I", raw[:4])[0]
    except (binascii.Error, struct.error):
        return False
    named = raw[4 : 4 + length] == kind.encode()
    return named and (kind != "ssh-ed25519" or len(raw) == 4 + length + 4 + 32)


def _check_custom_data(where: str, data: Value) -> Iterator[Refusal]:
    if not isinstance(data, str):
        return
    try:
        size = len(base64.b64decode(data, validate=True))
    except binascii.Error:
        yield bad(where, "InvalidParameter", "Custom data must be in base 64.")
        return
    if size > LONGEST_CUSTOM_DATA_BYTES:
        text = f"Custom data has {size} bytes, and may have {LONGEST_CUSTOM_DATA_BYTES}."
        yield bad(where, "InvalidParameter", text)
