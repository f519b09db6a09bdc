"""Runs a provider plugin: the contract of its process with the engine.

``pulumi-resource-NAME [flags] ENGINE_ADDRESS``: the first line on stdout is our port. The engine ends a plugin by
Cancel, then SIGINT, then, 5 s later, a kill. An engine that was itself killed says nothing: the plugin would live on
for ever, so it watches its parent.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import grpc

from bodo_infra.plugin.handler import Handler
from bodo_infra.plugin.servicer import Function, Provider, ProviderServicer
from bodo_infra.plugin.wire_codec import Bag
from bodo_infra.plugin.wire_protos import load_proto, provider_pb2_grpc

engine_pb2, engine_pb2_grpc = load_proto("engine_pb2"), load_proto("engine_pb2_grpc")

THREADS = 32  # the engine calls 4 x GOMAXPROCS resources at a time
MESSAGE_LIMIT_BYTES = 400 << 20  # the engine's own (sdk/go/common/util/rpcutil)
PARENT_POLL_S = 0.5
LOG_TIMEOUT_S = 5.0
GRACE_AFTER_SIGNAL_S = 4.0  # the engine kills after 5
GRACE_AFTER_ORPHANED_S = 60.0  # what is being made is finished, so that the next `up` finds it whole


def serve(
    name: str,
    version: str,
    handlers: Mapping[str, Handler],
    *,
    functions: Mapping[str, Function] | None = None,
    configure: Callable[[Bag], None] | None = None,
) -> None:
    """Serve until the engine ends us or is gone. Call it once, as the last thing of the process.

    ``name``: the provider package.  ``handlers``: type token to handler.  ``functions``: token to data source.
    """
    serve_provider(
        Provider(name=name, version=version, handlers=handlers, functions=functions or {}, configure=configure)
    )


def serve_provider(provider: Provider) -> None:
    """As ``serve``, for a provider that is more than its handlers."""
    parent = os.getppid()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server, port = start_server(provider)
    print(port, flush=True)  # noqa: T201 - the protocol's first line
    while not ended.wait(PARENT_POLL_S):
        if os.getppid() != parent:
            server.stop(GRACE_AFTER_ORPHANED_S).wait()
            return
    server.stop(GRACE_AFTER_SIGNAL_S).wait()


def log_to_engine(engine_address: str, message: str) -> None:
    """Show a line under Diagnostics of the stack that is being worked on. An engine that is gone is no error."""
    with grpc.insecure_channel(engine_address) as channel, contextlib.suppress(grpc.RpcError):
        severity = engine_pb2.LogSeverity.Value("INFO")
        engine_pb2_grpc.EngineStub(channel).Log(
            engine_pb2.LogRequest(severity=severity, message=message), timeout=LOG_TIMEOUT_S
        )


def start_server(provider: Provider, *, threads: int = THREADS) -> tuple[grpc.Server, int]:
    """A started server on a free port of the loopback interface, and that port."""
    options = [(f"grpc.max_{way}_message_length", MESSAGE_LIMIT_BYTES) for way in ("receive", "send")]
    server = grpc.server(ThreadPoolExecutor(max_workers=threads), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(provider), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
