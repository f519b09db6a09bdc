"""Ids and computed outputs in the shapes of AWS, from the templates of the table. What is invented says so."""

import hashlib
import re
import uuid
import zlib
from collections.abc import Mapping
from datetime import datetime

from bodo_infra.plugin.account.rules.table import TypeRules
from bodo_infra.plugin.account.schema import TypeSchema
from bodo_infra.plugin.account.view import ACCOUNT_ID
from bodo_infra.plugin.wire_codec import Bag, Value

_PLACE = re.compile(r"\{([A-Za-z.]+)\}|<([0-9]+) (hex|alnum)>|<octet( hex)?>|(<guid>)")
_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")


class Template:
    """Fills templates for one new resource. ``seed``: what every drawn part depends on, beside where it stands."""

    def __init__(self, seed: str, region: str, now: datetime, known: Mapping[str, Value]) -> None:
        self._seed = seed
        self.values: Bag = {
            "region": region,
            "account": ACCOUNT_ID,
            "now": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, seed)),
            "checksum": _checksum(known),
            **known,
        }

    def fill(self, template: str, place: str) -> str:
        """The text of a template. ``place``: the name of the output, so that two of them differ."""
        digest = hashlib.sha256(f"{self._seed}/{place}".encode()).digest()

        def replace(match: re.Match[str]) -> str:
            name, count, kind, octet_hex, guid = match.groups()
            if name:
                return str(self._value(name))
            if guid:
                return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self._seed}/{place}"))
            if kind == "hex":
                return (digest.hex())[: int(count)]
            if kind == "alnum":
                return "".join(_ALNUM[byte % len(_ALNUM)] for byte in (digest * 2)[: int(count)])
            return f"{digest[0]:02x}" if octet_hex else str(1 + digest[0] % 254)

        return _PLACE.sub(replace, template)

    def _value(self, path: str) -> Value:
        value: Value = self.values
        for name in path.split("."):
            value = value.get(name, "") if isinstance(value, Mapping) else ""
        return "" if value is None else value


def make_outputs(rules: TypeRules, schema: TypeSchema, template: Template, inputs: Bag) -> tuple[str, Bag]:
    """The id and all outputs of a new resource; the program's inputs win over what AWS would choose."""
    given = {name: value for name, value in inputs.items() if value is not None and not name.startswith("__")}
    outputs: Bag = {}
    # Twice: an id may be made of outputs (an ARN, a name), and an output of the id.
    for _ in range(2):
        id = template.fill(rules.id, "id")
        template.values["id"] = id
        for name, value in rules.outputs.items():
            if name not in given:
                outputs[name] = template.fill(value, name) if isinstance(value, str) else value
                template.values[name] = outputs[name]
    for name in schema.computed:
        if name not in outputs and name != "tagsAll":
            outputs[name] = _invented(schema.outputs.get(name, "str"), name, id)
    return id, {**outputs, **given}


def _invented(kind: str, name: str, id: str) -> Value:
    match kind:
        case "bool":
            return False
        case "int" | "num":
            return 0
        case "list":
            return []
        case "map":
            return {}
        case "object":
            return None
        case _:
            return f"offline-{name}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"


def _checksum(known: Mapping[str, Value]) -> int:
    destination = next((known[name] for name in _DESTINATIONS if known.get(name)), "")
    return zlib.crc32(str(destination).encode())
