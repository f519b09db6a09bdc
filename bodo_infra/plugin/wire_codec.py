"""Property bags as the engine sends them (protobuf Struct) and as handlers see them (plain Python).

Numbers arrive as floats and become int where they are whole. A resource reference becomes its id (or urn), an output
value its value. Assets and archives stay the dictionaries that they are on the wire.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, final

from google.protobuf import struct_pb2

# Names of the wire, from pulumi/runtime/rpc.py of the SDK (3.258).
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Bag = dict[str, Any]
"""Properties of one resource: wire names (camelCase) to plain values, UNKNOWN and Secret among them."""

Value = Any
"""One value in a bag: None, bool, int, float, str, a list, a mapping, UNKNOWN or a Secret."""


@final
class Unknown:
    """A value that only the update will know. There is one: UNKNOWN."""

    _only: "Unknown | None" = None

    def __new__(cls) -> "Unknown":
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@final
class Secret:
    """A value that must not be shown; its repr hides it."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.value == self.value

    def __hash__(self) -> int:
        return hash(SECRET)

    def __repr__(self) -> str:
        return "Secret(...)"


def decode(struct: Any) -> Bag:
    """The bag in a Struct."""
    return {name: _decode(value) for name, value in struct.fields.items()}


def encode(bag: Mapping[str, object]) -> Any:
    """The Struct of a bag. Raises TypeError for a value that the wire cannot carry."""
    struct = struct_pb2.Struct()
    for name, value in bag.items():
        _encode(value, struct.fields[name])
    return struct


def has_unknown(value: object) -> bool:
    """Whether UNKNOWN is anywhere inside."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, Mapping):
        return any(map(has_unknown, value.values()))
    if isinstance(value, list | tuple):
        return any(map(has_unknown, value))
    return value is UNKNOWN


def without_secrets(value: Any) -> Any:
    """The value with every Secret replaced by what it holds: for handlers that work with values and show none."""
    if isinstance(value, Secret):
        return without_secrets(value.value)
    if isinstance(value, Mapping):
        return {name: without_secrets(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return value


def _decode(value: Any) -> object:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
        case "number_value":
            number: float = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_decode(item) for item in value.list_value.values]
        case "struct_value":
            return _decode_object(decode(value.struct_value))
        case _:
            return None


def _decode_object(bag: Bag) -> object:
    signature = bag.get(SIGNATURE)
    if signature == SECRET:
        return Secret(bag.get("value"))
    if signature == RESOURCE:
        # An empty id is that of a resource which does not exist yet.
        return bag["id"] or UNKNOWN if "id" in bag else bag.get("urn")
    if signature == OUTPUT:
        inner = bag.get("value", UNKNOWN)
        return Secret(inner) if bag.get("secret") else inner
    return bag


def _encode(value: object, into: Any) -> None:
    if value is None:
        into.null_value = struct_pb2.NULL_VALUE
    elif value is UNKNOWN:
        into.string_value = UNKNOWN_TEXT
    elif isinstance(value, bool):  # before int: a bool is an int in Python
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, Secret):
        _encode({SIGNATURE: SECRET, "value": value.value}, into)
    elif isinstance(value, Mapping):
        into.struct_value.SetInParent()  # an empty one would come back as null otherwise
        for name, item in value.items():
            _encode(item, into.struct_value.fields[name])
    elif isinstance(value, Sequence):
        into.list_value.SetInParent()
        for item in value:
            _encode(item, into.list_value.values.add())
    else:
        raise TypeError(f"a property bag cannot carry {type(value).__name__}")
