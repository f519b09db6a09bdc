"""The generated protocol files of the Pulumi SDK, without the SDK.

``import pulumi`` costs 0.2 s and 12 MB in every plugin process, of which the engine starts one per operation. The
files in ``pulumi/runtime/proto`` import each other relatively only, so they load under a bare parent module of our own.
A later ``import pulumi`` in the same process still works: protobuf keeps its message classes by descriptor.
"""

import importlib
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

_ALIAS = "_bodo_infra_pulumi_proto"


def load_proto(name: str) -> Any:  # noqa: ANN401 - generated modules have no types under this name
    """Return one generated module, such as ``provider_pb2``."""
    if _ALIAS not in sys.modules:
        found = importlib.util.find_spec("pulumi")
        if found is None or not found.submodule_search_locations:
            raise ImportError("the pulumi package is not installed")
        parent = types.ModuleType(_ALIAS)
        parent.__path__ = [str(Path(found.submodule_search_locations[0]) / "runtime" / "proto")]
        sys.modules[_ALIAS] = parent
    return importlib.import_module(f"{_ALIAS}.{name}")


provider_pb2 = load_proto("provider_pb2")
provider_pb2_grpc = load_proto("provider_pb2_grpc")
plugin_pb2 = load_proto("plugin_pb2")
