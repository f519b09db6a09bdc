"""Draws the schema of the resource types that the offline account answers for from the installed Pulumi SDKs.

    python -m tools.make_schema            writes bodo_infra/plugin/account/schema.json.gz
    python -m tools.make_schema --check    exit code 1 when that file is not what the installed SDKs give

The same SDKs give the same bytes: the date in the file changes only when the rest does. A further package is one more
entry of TYPES.
"""

import argparse
import enum
import gzip
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import re
import sys
import typing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
from pulumi import _types

TARGET = Path(__file__).parents[1] / "bodo_infra" / "plugin" / "account" / "schema.json.gz"

# Package to its types: ``aws``, ``ec2/vpc`` is ``aws:ec2/vpc:Vpc``; what has a colon is the rest of the token itself.
TYPES: dict[str, tuple[str, ...]] = {
    "aws": (
        *("ec2/" + name for name in (
            "vpc subnet internetGateway natGateway eip routeTable route routeTableAssociation vpcEndpoint "
            "securityGroup flowLog keyPair placementGroup launchTemplate instance networkInterface"
        ).split()),
        "vpc/securityGroupIngressRule",
        "vpc/securityGroupEgressRule",
        "ec2transitgateway/instanceState",
        *("autoscaling/" + name for name in "group schedule lifecycleHook".split()),
        *("iam/" + name for name in (
            "role rolePolicy policy rolePolicyAttachment instanceProfile serviceLinkedRole"
        ).split()),
        *("s3/bucket" + name for name in (
            " Versioning ServerSideEncryptionConfiguration PublicAccessBlock LifecycleConfiguration Policy "
            "OwnershipControls Objectv2 Object"
        ).split(" ")),
        "dynamodb/table",
        *("efs/" + name for name in "fileSystem mountTarget accessPoint fileSystemPolicy backupPolicy".split()),
        "fsx/lustreFileSystem",
        *("cloudwatch/" + name for name in "logGroup metricAlarm eventRule eventTarget".split()),
        *("scheduler/" + name for name in "schedule scheduleGroup".split()),
        *("lambda/" + name for name in "function permission".split()),
        *("kms/" + name for name in "key alias".split()),
        *("secretsmanager/" + name for name in "secret secretVersion".split()),
        *("ssm/" + name for name in "parameter document".split()),
        "sns/topic",
        "budgets/budget",
    ),
    "azure-native": (
        "resources:ResourceGroup",
        *("authorization:" + name for name in "RoleAssignment RoleDefinition".split()),
        *("managedidentity:" + name for name in "UserAssignedIdentity FederatedIdentityCredential".split()),
        *("storage:" + name for name in (
            "StorageAccount BlobContainer Blob BlobServiceProperties FileServiceProperties FileShare ManagementPolicy"
        ).split()),
        *("network:" + name for name in (
            "VirtualNetwork Subnet NetworkSecurityGroup SecurityRule NatGateway PublicIPAddress PrivateEndpoint "
            "PrivateDnsZoneGroup NetworkInterface"
        ).split()),
        *("privatedns:" + name for name in "PrivateZone VirtualNetworkLink PrivateRecordSet".split()),
        *("keyvault:" + name for name in "Vault Secret".split()),
        *("compute:" + name for name in (
            "ProximityPlacementGroup VirtualMachineScaleSet VirtualMachine SshPublicKey Disk"
        ).split()),
        *("netapp:" + name for name in "Account CapacityPool CapacityPoolVolume".split()),
    ),
    "random": tuple(
        "index/random" + name for name in "Bytes Id Integer Password Pet Shuffle String Uuid Uuid4 Uuid7".split()
    ),
}  # fmt: skip

_TOKEN = re.compile(r'@pulumi\.type_token\("([^"]+)"\)\s*class (\w+)')
_COMPUTED_ONLY = re.compile(r'__props__\.__dict__\["(\w+)"\] = None$', re.MULTILINE)
_REQUIRED = re.compile(r"Missing required property '(\w+)'")
_SECRETS = re.compile(r"additional_secret_outputs=\[([^\]]*)\]")
_API_VERSION = re.compile(r"Uses Azure REST API version (\d{4}-\d\d-\d\d(?:-preview)?)")

_PLAIN = {str: "str", int: "int", float: "num", bool: "bool"}

Json = Any
"""A type code: ``str bool int num asset any``, ``#key`` of a nested object, ``{list} {map} {enum} {oneOf}``."""


def token_of(package: str, path: str) -> str:
    """``aws``, ``ec2/vpc`` -> ``aws:ec2/vpc:Vpc``."""
    if ":" in path:
        return f"{package}:{path}"
    name = path.rpartition("/")[2]
    return f"{package}:{path}:{name[0].upper()}{name[1:]}"


def find_classes(module: str, folders: frozenset[str]) -> dict[str, tuple[str, str]]:
    """Token to (module, class) of every resource in some folders of an SDK, without importing it all."""
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"{module} is not installed")
    root = Path(found.submodule_search_locations[0])
    index = {}
    for path in sorted(path for folder in folders for path in (root / folder).glob("[!_]*.py")):
        name = ".".join((module, *path.relative_to(root).with_suffix("").parts))
        for token, class_name in _TOKEN.findall(path.read_text()):
            index[token] = (name, class_name)
    return index


class Drawing:
    """Collects nested object types while resources are drawn."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}

    def resource(self, module: str, class_name: str) -> Json:
        """Inputs, required inputs, computed-only outputs, output types and secret outputs of one resource."""
        loaded = importlib.import_module(module)
        resource = getattr(loaded, class_name)
        # Where an input type has the resource's name too, the resource's arguments are called InitArgs.
        arguments = getattr(loaded, f"{class_name}InitArgs", None) or getattr(loaded, f"{class_name}Args")
        source = inspect.getsource(resource._internal_init)
        outward = {**_types.resource_py_to_pulumi_names(resource)}
        inward = _types.input_type_py_to_pulumi_names(arguments)
        inputs = self.bag(arguments)
        for name in _REQUIRED.findall(source):
            # A property that is called as the first argument of every resource is spelled with an underscore there.
            inputs[inward.get(name) or inward[name.rstrip("_")]]["required"] = True
        hints = _hints(resource)
        computed = [outward.get(name, name) for name in _COMPUTED_ONLY.findall(source)]
        drawn = {
            "inputs": inputs,
            "computed": sorted(computed),
            "outputs": {wire: _output_code(hints.get(name)) for name, wire in sorted(outward.items())},
        }
        secrets, version = _SECRETS.search(source), _API_VERSION.search(inspect.getsource(resource))
        if secrets:
            drawn["secrets"] = sorted(re.findall(r'"(\w+)"', secrets[1]))
        return {**drawn, "apiVersion": version[1]} if version else drawn

    def bag(self, arguments: type) -> dict[str, Json]:
        """Wire name to type code of an input class."""
        hints, parameters = _hints(arguments), inspect.signature(arguments.__init__).parameters
        bag = {}
        for name, wire in _types.input_type_py_to_pulumi_names(arguments).items():
            bag[wire] = {"type": self.code(hints.get(name, Any))}
            if name in parameters and parameters[name].default is inspect.Parameter.empty:
                bag[wire]["required"] = True
        return bag

    def code(self, annotation: Any) -> Json:
        """The code of an annotation."""
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if inspect.isclass(annotation) and annotation in _PLAIN:
            return _PLAIN[annotation]
        if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
            return {"enum": [member.value for member in annotation]}
        if inspect.isclass(annotation) and _types.is_input_type(annotation):
            return self._object(annotation)
        if inspect.isclass(annotation) and issubclass(annotation, pulumi.Asset | pulumi.Archive):
            return "asset"
        if origin is typing.Union or isinstance(annotation, type(int | str)):
            return self._union(arguments)
        if getattr(origin, "__name__", "") in ("list", "Sequence"):
            return {"list": self.code(arguments[0])}
        if getattr(origin, "__name__", "") in ("dict", "Mapping"):
            return {"map": self.code(arguments[1])}
        return "any"

    def _union(self, members: tuple[Any, ...]) -> Json:
        codes: list[Json] = []
        for member in members:
            if member is type(None) or _is_output(member) or typing.is_typeddict(member):
                continue
            code = self.code(member)
            if code not in codes:
                codes.append(code)
        if "str" in codes:
            # An enum beside str is a list of examples: AWS knows more values than the SDK.
            codes = [code for code in codes if not (isinstance(code, dict) and "enum" in code)]
        return codes[0] if len(codes) == 1 else {"oneOf": codes}

    def _object(self, cls: type) -> str:
        key = f"{cls.__module__.removeprefix('pulumi_').removesuffix('._inputs')}/{cls.__name__}"
        if key not in self.objects:
            self.objects[key] = {}  # an object may hold itself
            self.objects[key] = self.bag(cls)
        return f"#{key}"


def _is_output(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    return origin is pulumi.Output or getattr(origin, "__name__", "") == "Awaitable"


def _output_code(annotation: Any) -> str:
    """``str int num bool list map object``, which is all that an invented value must know."""
    arguments = [member for member in typing.get_args(annotation) if member is not type(None)]
    origin = typing.get_origin(annotation)
    if origin is pulumi.Output or origin is typing.Union:
        return _output_code(arguments[0])
    name = getattr(origin, "__name__", "")
    if name in ("list", "Sequence"):
        return "list"
    if name in ("dict", "Mapping"):
        return "map"
    return _PLAIN.get(annotation, "object")


def _hints(cls: type) -> dict[str, Any]:
    """Property to the type that its getter returns."""
    module = sys.modules[cls.__module__]
    names = {**vars(typing), **vars(module), "Output": pulumi.Output, "T": typing.TypeVar("T")}
    for sibling in ("_inputs", "_enums", "outputs"):
        full = f"{module.__name__.rpartition('.')[0]}.{sibling}"
        if importlib.util.find_spec(full):
            names.update(vars(importlib.import_module(full)))
    return {
        name: typing.get_type_hints(value.fget, globalns=names, localns=names).get("return", Any)
        for name, value in vars(cls).items()
        if isinstance(value, property)
    }


def draw() -> Json:
    """The whole schema, without its date."""
    drawing, resources, providers, versions = Drawing(), {}, {}, {}
    for package, paths in TYPES.items():
        module = f"pulumi_{package.replace('-', '_')}"
        versions[package] = importlib.metadata.version(module)
        providers[package] = drawing.bag(importlib.import_module(f"{module}.provider").ProviderArgs)
        folders = frozenset("" if path.startswith("index/") else re.split("[/:]", path)[0] for path in paths)
        classes = find_classes(module, folders | {f"{folder}_" for folder in folders})
        for path in paths:
            token = next(known for known in classes if known.lower() == token_of(package, path).lower())
            resources[token] = drawing.resource(*classes[token])
    return {"versions": versions, "providers": providers, "resources": resources, "objects": drawing.objects}


def render(schema: Json, drawn_on: str) -> bytes:
    """The bytes of the file."""
    text = json.dumps({**schema, "drawnOn": drawn_on}, sort_keys=True, separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def main() -> int:
    """Write the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when the file is out of date")
    check = parser.parse_args().check
    old = json.loads(gzip.decompress(TARGET.read_bytes())) if TARGET.exists() else {}
    old.pop("drawnOn", "")
    schema = json.loads(json.dumps(draw()))
    if schema == old:
        return 0
    if check:
        print(f"{TARGET.name} is not what the installed SDKs give: run `python -m tools.make_schema`", file=sys.stderr)
        return 1
    TARGET.write_bytes(render(schema, f"{datetime.now(UTC):%Y-%m-%d}"))
    print(f"{TARGET}: {len(schema['resources'])} types, {len(schema['objects'])} nested, {TARGET.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
