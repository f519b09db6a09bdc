"""The random package, with real logic: like the true provider it keeps nothing outside the state of the stack."""

import base64
import hashlib
import random
import secrets
import string
import time
import uuid
from collections.abc import Callable, Iterator, Mapping

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.schema import type_schema
from bodo_infra.plugin.account.schema_check import check_inputs
from bodo_infra.plugin.handler import Checked, Failure, Found, Handler, Kept, Made, Subject
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, without_secrets

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
BCRYPT_NOTE = "$2a$10$offline"
"""What stands for the hash: the standard library has no bcrypt, and a hash that verifies would promise too much."""

_ADJECTIVES = """
able amused bold brave bright calm clever cosmic eager fair fleet fresh gentle glad golden grand happy hardy
keen kind lively loyal lucky mellow merry modest noble polite proud quick quiet rapid regal sharp smart solid
steady sunny sweet swift tidy trusty vast vivid warm wise witty young
"""
_ADVERBS = """
barely boldly briefly clearly closely daily deeply duly early easily fairly firmly freely fully gladly highly
instantly jointly keenly kindly largely lightly mainly mostly neatly newly nicely openly partly plainly
quickly rarely readily safely simply slowly smoothly surely truly usually visibly warmly widely wisely
"""
_ANIMALS = """
ant badger bat bear bee bison boar camel cat cobra cod crab crane cricket crow deer dingo dodo dog dolphin
dove duck eagle eel elk emu falcon ferret finch fish fox frog gecko goat goose gopher hare hawk heron horse
hyena ibex jackal jay koala lark lemur lion llama lynx mole moose mouse newt otter owl panda perch pig pony
puma rabbit ram raven robin salmon seal shark sheep shrew skunk sloth snail snake stork swan tiger toad trout
turtle viper walrus wasp whale wolf wombat wren yak zebra
"""


class RandomHandler(Handler):
    """One random type. Every input replaces: a value is drawn once. ``token`` must be one of RANDOM_TYPES."""

    def __init__(self, token: str) -> None:
        if token not in RANDOM_TYPES:
            type_schema(token)  # says what is near
            raise NotFoundError(f"the offline account does not draw {token!r}", f"It draws {', '.join(RANDOM_TYPES)}")
        self.token = token
        self._draw = RANDOM_TYPES[token]
        schema = type_schema(token)
        self.replaces = frozenset(schema.inputs)  # type: ignore[misc] # of the type, which the schema knows
        self.computed = schema.computed  # type: ignore[misc]

    def check(self, subject: Subject, inputs: Bag, was: Bag) -> Checked:
        failures = check_inputs(self.token, inputs)
        return Checked(inputs=inputs, failures=failures or tuple(_check_values(inputs)))

    def create(self, subject: Subject, inputs: Bag) -> Made:
        plain = without_secrets(inputs)
        id, drawn = self._draw(plain)
        return Made(id=id, outputs={**drawn, **{name: v for name, v in plain.items() if v is not None}})

    def read(self, kept: Kept) -> Found | None:
        return Found(inputs=kept.inputs, outputs=kept.outputs) if kept.outputs else self._imported(kept)

    def update(self, kept: Kept, inputs: Bag) -> Bag:
        return {**kept.outputs, **inputs}

    def delete(self, kept: Kept) -> None:
        """Nothing is kept anywhere."""

    def _imported(self, kept: Kept) -> Found:
        if self.token not in _IMPORTED:
            raise NotFoundError(f"{self.token} cannot be imported", "Let the program make a new one")
        inputs, outputs = _IMPORTED[self.token](kept.id)
        return Found(inputs=inputs, outputs={**outputs, **inputs})


def _check_values(inputs: Bag) -> Iterator[Failure]:
    length, least, most = inputs.get("length"), inputs.get("min"), inputs.get("max")
    if isinstance(length, int):
        needed = sum(value for name in _MINIMA if isinstance(value := inputs.get(name), int))
        if length < max(1, needed):
            yield Failure(name="length", reason=f"{length} is too small: it must be {max(1, needed)} or more")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield Failure(name="min", reason=f"{least} is above max, {most}")
    bytes_ = inputs.get("byteLength")
    if isinstance(bytes_, int) and bytes_ < 1:
        yield Failure(name="byteLength", reason=f"{bytes_} is too small: it must be 1 or more")
    if UNKNOWN not in [inputs.get(name) for name in _CLASSES] and not any(
        inputs.get(name) is not False for name in _CLASSES
    ):
        yield Failure(name="upper", reason=f"one of {', '.join(_CLASSES)} must be true")


_CLASSES = ("lower", "upper", "numeric", "special")
_MINIMA = ("minLower", "minUpper", "minNumeric", "minSpecial")


def _draw_string(inputs: Bag) -> tuple[str, Bag]:
    special = inputs.get("overrideSpecial") or SPECIAL
    alphabets = (string.ascii_lowercase, string.ascii_uppercase, string.digits, special)
    wanted = [inputs.get(name, inputs.get("number") if name == "numeric" else None) for name in _CLASSES]
    allowed = [alphabet if on is not False else "" for alphabet, on in zip(alphabets, wanted, strict=True)]
    letters = [
        secrets.choice(alphabet)
        for alphabet, name in zip(alphabets, _MINIMA, strict=True)
        for _ in range(inputs.get(name) or 0)
    ]
    letters += [secrets.choice("".join(allowed)) for _ in range(inputs["length"] - len(letters))]
    random.SystemRandom().shuffle(letters)
    result = "".join(letters)
    switches: Bag = {name: on is not False for name, on in zip(_CLASSES, wanted, strict=True)}
    minima = {name: inputs.get(name) or 0 for name in _MINIMA}
    return result, {"result": result, "number": switches["numeric"], **switches, **minima}


def _draw_password(inputs: Bag) -> tuple[str, Bag]:
    result, outputs = _draw_string(inputs)
    digest = base64.b64encode(hashlib.sha256(secrets.token_bytes(16) + result.encode()).digest()).decode()
    # The id is shown in the clear: the true provider says "none", too.
    return "none", {**outputs, "bcryptHash": f"{BCRYPT_NOTE}{digest}"}


def _draw_id(inputs: Bag) -> tuple[str, Bag]:
    drawn = secrets.token_bytes(inputs["byteLength"])
    prefix = inputs.get("prefix") or ""
    url = base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()
    return url, {
        "b64Url": f"{prefix}{url}",
        "b64Std": f"{prefix}{base64.b64encode(drawn).decode()}",
        "hex": f"{prefix}{drawn.hex()}",
        "dec": f"{prefix}{int.from_bytes(drawn)}",
    }


def _draw_bytes(inputs: Bag) -> tuple[str, Bag]:
    drawn = secrets.token_bytes(inputs["length"])
    return "none", {"base64": base64.b64encode(drawn).decode(), "hex": drawn.hex()}


def _draw_integer(inputs: Bag) -> tuple[str, Bag]:
    result = _source(inputs).randint(inputs["min"], inputs["max"])
    return str(result), {"result": result}


def _draw_shuffle(inputs: Bag) -> tuple[str, Bag]:
    source, items = _source(inputs), list(inputs["inputs"])
    count = inputs.get("resultCount")
    results: list[str] = []
    while items and len(results) < (len(items) if count is None else count):
        results += source.sample(items, len(items))
    return "-", {"results": results[: len(items) if count is None else count]}


def _draw_pet(inputs: Bag) -> tuple[str, Bag]:
    length = inputs.get("length", 2)
    words = [secrets.choice(_ADVERBS.split()) for _ in range(length - 2)]
    words += [secrets.choice(_ADJECTIVES.split())] if length > 1 else []
    words.append(secrets.choice(_ANIMALS.split()))
    prefix = inputs.get("prefix")
    separator = inputs.get("separator", "-")
    return separator.join([prefix, *words] if prefix else words), {"length": length, "separator": separator}


def _draw_uuid(inputs: Bag) -> tuple[str, Bag]:
    result = str(uuid.uuid4())
    return result, {"result": result}


def _draw_uuid7(inputs: Bag) -> tuple[str, Bag]:
    milliseconds = time.time_ns() // 1_000_000
    bits = (milliseconds << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    result = str(uuid.UUID(int=bits))
    return result, {"result": result}


def _source(inputs: Bag) -> random.Random:
    """A source that a seed makes repeat itself."""
    seed = inputs.get("seed")
    return random.Random(seed) if seed else random.SystemRandom()


Draw = Callable[[Bag], tuple[str, Bag]]

RANDOM_TYPES: Mapping[str, Draw] = {
    "random:index/randomBytes:RandomBytes": _draw_bytes,
    "random:index/randomId:RandomId": _draw_id,
    "random:index/randomInteger:RandomInteger": _draw_integer,
    "random:index/randomPassword:RandomPassword": _draw_password,
    "random:index/randomPet:RandomPet": _draw_pet,
    "random:index/randomShuffle:RandomShuffle": _draw_shuffle,
    "random:index/randomString:RandomString": _draw_string,
    "random:index/randomUuid:RandomUuid": _draw_uuid,
    "random:index/randomUuid4:RandomUuid4": _draw_uuid,
    "random:index/randomUuid7:RandomUuid7": _draw_uuid7,
}


def _import_text(value: str) -> tuple[Bag, Bag]:
    return {"length": len(value)}, {"result": value}


def _import_uuid(value: str) -> tuple[Bag, Bag]:
    return {}, {"result": str(uuid.UUID(value))}


_IMPORTED: Mapping[str, Callable[[str], tuple[Bag, Bag]]] = {
    "random:index/randomString:RandomString": _import_text,
    "random:index/randomPassword:RandomPassword": _import_text,
    "random:index/randomUuid:RandomUuid": _import_uuid,
    "random:index/randomUuid4:RandomUuid4": _import_uuid,
}
