"""Answers the engine's calls from handlers. Every exception becomes a gRPC status that says what to do.

Secrets: the plugin does not accept them (``acceptSecrets`` false), so values arrive plain and the engine marks
same-named outputs again. With true, one forgotten wrapper in a Read would write a secret into the state in clear.
"""

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2

from bodo_infra.errors import BodoInfraError, InputError, NotFoundError
from bodo_infra.plugin.handler import Checked, HalfMadeError, Handler, Kept, Subject
from bodo_infra.plugin.wire_codec import Bag, decode, encode
from bodo_infra.plugin.wire_diff import top_level
from bodo_infra.plugin.wire_protos import plugin_pb2, provider_pb2, provider_pb2_grpc

# UNKNOWN, INTERNAL and DATA_LOSS tell the engine that nobody knows what became of the resource: ours never mean that.
_CODES: tuple[tuple[type[BodoInfraError], grpc.StatusCode], ...] = (
    (NotFoundError, grpc.StatusCode.NOT_FOUND),
    (InputError, grpc.StatusCode.INVALID_ARGUMENT),
    (BodoInfraError, grpc.StatusCode.FAILED_PRECONDITION),
)

Function = Callable[[Bag], Bag]
"""A data source: arguments to result."""

S = TypeVar("S")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What a plugin offers.

    ``name``: the package, such as ``bodo-machine``.  ``handlers``: type token to handler.  ``functions``: token to data
    source.  ``configure`` is given the provider's configuration once, before any other call; ``check_config`` judges
    it before that, and is the only one to see it while parts are unknown.  ``find_handler`` is asked for a type that is
    not in ``handlers``, and raises NotFoundError for one that nobody knows.
    """

    name: str
    version: str
    handlers: Mapping[str, Handler]
    functions: Mapping[str, Function] = field(default_factory=dict)
    configure: Callable[[Bag], None] | None = None
    check_config: Callable[[Bag], Checked] | None = None
    find_handler: Callable[[str], Handler] | None = None


def _as_status(method: Callable[[S, Any, grpc.ServicerContext], R]) -> Callable[[S, Any, grpc.ServicerContext], R]:
    @wraps(method)
    def guarded(self: S, request: Any, context: grpc.ServicerContext) -> R:
        try:
            return method(self, request, context)
        except HalfMadeError as error:
            _abort_half_made(context, error)
        except BodoInfraError as error:
            context.abort(next(code for kind, code in _CODES if isinstance(error, kind)), str(error))
        except Exception as error:  # noqa: BLE001 - the edge of the process: a bug must not read as "state unknown"
            traceback.print_exc(file=sys.stderr)
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"a bug in the plugin: {type(error).__name__}: {error}")
        raise AssertionError("abort raises")

    return guarded


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):  # type: ignore[misc] # generated, untyped
    """The provider protocol over a ``Provider``. What is not here stays UNIMPLEMENTED, which the engine expects."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=False, accept_resources=False)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        # Enough for `pulumi import`; a full schema is for YAML programs and generated SDKs only.
        stub = {"name": self._provider.name, "version": self._provider.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(stub))

    @_as_status
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self._provider.check_config is None:
            return provider_pb2.CheckResponse(inputs=request.news)
        return _check_response(self._provider.check_config(decode(request.news)))

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        same = decode(request.news) == decode(request.old_inputs)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_NONE if same else provider_pb2.DiffResponse.DIFF_SOME
        )

    @_as_status
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self._provider.configure:
            self._provider.configure(decode(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=False)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    @_as_status
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        subject = Subject(urn=request.urn, seed=request.randomSeed)
        return _check_response(self._handler(subject).check(subject, decode(request.news), decode(request.olds)))

    @_as_status
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        kept = _kept(request, outputs=request.olds, inputs=request.old_inputs)
        handler = self._handler(kept.subject)
        return _diff_response(handler, kept, decode(request.news))

    @_as_status
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        subject = Subject(urn=request.urn)
        handler, inputs = self._handler(subject), decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode(handler.preview_create(subject, inputs)))
        made = handler.create(subject, inputs)
        return provider_pb2.CreateResponse(id=made.id, properties=encode(made.outputs))

    @_as_status
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        kept = _kept(request, outputs=request.properties, inputs=request.inputs)
        found = self._handler(kept.subject).read(kept)
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id or request.id, properties=encode(found.outputs), inputs=encode(found.inputs)
        )

    @_as_status
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        kept = _kept(request, outputs=request.olds, inputs=request.old_inputs)
        handler, inputs = self._handler(kept.subject), decode(request.news)
        outputs = handler.preview_update(kept, inputs) if request.preview else handler.update(kept, inputs)
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    @_as_status
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        kept = _kept(request, outputs=request.properties, inputs=request.old_inputs)
        self._handler(kept.subject).delete(kept)
        return empty_pb2.Empty()

    @_as_status
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        function = self._provider.functions.get(request.tok)
        if function is None:
            raise NotFoundError(
                f"plugin {self._provider.name} {self._provider.version} has no function {request.tok!r}",
                _known("functions", self._provider.functions),
            )
        response = provider_pb2.InvokeResponse()
        # The field is called `return`, which Python cannot spell.
        getattr(response, "return").CopyFrom(encode(function(decode(request.args))))
        return response

    def _handler(self, subject: Subject) -> Handler:
        handler = self._provider.handlers.get(subject.token)
        if handler is None and self._provider.find_handler is not None:
            handler = self._provider.find_handler(subject.token)
        if handler is None:
            raise NotFoundError(
                f"plugin {self._provider.name} {self._provider.version} has no resource type {subject.token!r}",
                _known("types", self._provider.handlers),
            )
        return handler


def _known(what: str, names: Mapping[str, object]) -> str:
    return f"Known {what}: {', '.join(sorted(names)) or 'none'}"


def _kept(request: Any, *, outputs: Any, inputs: Any) -> Kept:
    return Kept(subject=Subject(urn=request.urn), id=request.id, inputs=decode(inputs), outputs=decode(outputs))


def _check_response(checked: Checked) -> Any:
    return provider_pb2.CheckResponse(
        inputs=encode(checked.inputs),
        failures=[provider_pb2.CheckFailure(property=f.name, reason=f.reason) for f in checked.failures],
    )


def _diff_response(handler: Handler, kept: Kept, inputs: Bag) -> Any:
    changes = handler.diff(kept, inputs)
    replacing = handler.find_replacing(kept, inputs, changes)
    names = provider_pb2.DiffResponse
    response = names(changes=names.DIFF_SOME if changes else names.DIFF_NONE, hasDetailedDiff=bool(changes))
    for path, change in changes.items():
        name, replaces = top_level(path), path in replacing
        kind = f"{change.value}_REPLACE" if replaces else change.value
        response.detailedDiff[path].kind = provider_pb2.PropertyDiff.Kind.Value(kind)
        response.detailedDiff[path].inputDiff = True
        if name not in response.diffs:
            response.diffs.append(name)
        if replaces and name not in response.replaces:
            response.replaces.append(name)
    response.deleteBeforeReplace = bool(replacing) and handler.must_delete_first(kept, inputs, replacing)
    return response


def _abort_half_made(context: grpc.ServicerContext, error: HalfMadeError) -> None:
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.made.id,
            properties=encode(error.made.outputs),
            reasons=error.reasons,
            inputs=encode(error.inputs),
        )
    )
    code = grpc.StatusCode.FAILED_PRECONDITION
    status = status_pb2.Status(code=code.value[0], message=str(error), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, str(error))
