"""Create, read, update and delete of every azure-native type, by the table and the rules. Nothing here knows one type.

What is written is what the provider does (Check, Diff) and what ARM does with a PUT, a GET and a DELETE. The provider's
own retries are not here: a fault is one that outlasts them.
"""

import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bodo_infra.errors import TransitionError
from bodo_infra.plugin.account.access import Operation
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.account import ArmAccount
from bodo_infra.plugin.account.arm.checks import check_placed, check_rules
from bodo_infra.plugin.account.arm.derived import derive
from bodo_infra.plugin.account.arm.endings import check_end, left_by
from bodo_infra.plugin.account.arm.errors import Refusal, refuse
from bodo_infra.plugin.account.arm.faults import describe
from bodo_infra.plugin.account.arm.names import CREATE_FIRST, check_name, id_of, with_location, with_name
from bodo_infra.plugin.account.arm.outputs import make_outputs, told_in_preview
from bodo_infra.plugin.account.arm.parents import check_parents
from bodo_infra.plugin.account.arm.places import check_location
from bodo_infra.plugin.account.arm.puts import after_put, check_dropped, inline_subnets
from bodo_infra.plugin.account.arm.references import find_links
from bodo_infra.plugin.account.arm.replacement import check_rejected, find_changes, find_replacing
from bodo_infra.plugin.account.arm.table import arm_type
from bodo_infra.plugin.account.arm.view import ArmView
from bodo_infra.plugin.account.faults import CRASH_EXIT_CODE, Fault, FaultKind
from bodo_infra.plugin.account.outputs import Template
from bodo_infra.plugin.account.rules.limits import check_limits
from bodo_infra.plugin.account.schema import type_schema
from bodo_infra.plugin.account.schema_check import check_inputs
from bodo_infra.plugin.account.store import Row, Verb
from bodo_infra.plugin.handler import Checked, Failure, Found, HalfMadeError, Handler, Kept, Made, Subject
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, without_secrets
from bodo_infra.plugin.wire_diff import Change


class ArmHandler(Handler):
    """One azure-native type on an account. Raises NotFoundError for a type that the account does not know."""

    def __init__(self, token: str, account: ArmAccount) -> None:
        self.token = token
        self._account = account
        self._rules = arm_type(token)
        self._schema = type_schema(token)

    def check(self, subject: Subject, inputs: Bag, was: Bag) -> Checked:
        store, default = self._account.store, self._account.configured.location
        named = with_name(self._rules, subject, inputs, was)
        full = with_location(self._rules, named, was, default, store)
        failures = check_inputs(self.token, full)
        if not failures:  # rules count on the right types
            plain = without_secrets(full)
            view = ArmView(store=store, own_id=id_of(self._rules, plain) or "", own_urn=subject.urn)
            failures = tuple(
                Failure(name=refusal.path or self._rules.name.input, reason=str(refusal))
                for refusal in self._check_values(plain, view)
            )
            failures += tuple(check_limits(self._rules.limits, plain))
        return Checked(inputs=full, failures=tuple(dict.fromkeys(failures)))

    def diff(self, kept: Kept, inputs: Bag) -> dict[str, Change]:
        return find_changes(self._rules, kept.inputs, inputs)

    def find_replacing(self, kept: Kept, inputs: Bag, changes: Mapping[str, Change]) -> frozenset[str]:
        return find_replacing(self._rules, kept.outputs, kept.inputs, inputs, changes)

    def must_delete_first(self, kept: Kept, inputs: Bag, replacing: frozenset[str]) -> bool:
        """Only names that the provider has drawn let the new one come first."""
        return inputs.get(CREATE_FIRST) is not True

    def preview_create(self, subject: Subject, inputs: Bag) -> Bag:
        return {**dict.fromkeys(self._schema.outputs, UNKNOWN), **told_in_preview(self._schema, inputs)}

    def create(self, subject: Subject, inputs: Bag) -> Made:
        inputs = without_secrets(inputs)
        store = self._account.store
        with store.transaction():
            store.count_call("create", self.token)
            view = ArmView(store=store, own_id=id_of(self._rules, inputs) or "")
            row = self._row_of(subject.urn, inputs, view)
            operation = self._operation("create", row, inputs)
            self._account.permit(operation)
            if view.at(row.id) is not None and not self._rules.singleton:
                raise TransitionError(
                    f"cannot create already existing resource '{row.id}'",
                    "Choose another name, or take the one that is there under control: `pulumi import`",
                )
            self._refuse(inputs, view)
        # A fault is counted down even when the creation that it spoils is rolled back.
        fault = self._account.strike(operation, subject.name)
        row = self._put(row, inputs, view, fault)
        self._strike_after(fault, row, inputs, operation)
        return Made(id=row.id, outputs=row.outputs)

    def read(self, kept: Kept) -> Found | None:
        store = self._account.store
        store.count_call("read", self.token)
        row = ArmView(store=store, own_id=kept.id).at(kept.id, self.token)
        if row is None:
            return None
        operation = self._operation("read", row, row.inputs)
        self._account.permit(operation)
        fault = self._account.strike(operation, kept.subject.name)
        if fault is not None and fault.kind is FaultKind.NOT_VISIBLE:
            return None
        if kept.inputs:
            return Found(inputs=row.inputs, outputs=row.outputs, id=row.id)
        hidden = {CREATE_FIRST, *(path for path in self._rules.not_read_back if "." not in path)}
        told = {name: value for name, value in row.inputs.items() if name not in hidden}
        return Found(inputs=told, outputs=row.outputs, id=row.id)

    def preview_update(self, kept: Kept, inputs: Bag) -> Bag:
        known: Bag = {name: kept.outputs[name] for name in ("name", "location", "type") if name in kept.outputs}
        told = told_in_preview(self._schema, inputs)
        return {**dict.fromkeys(self._schema.computed, UNKNOWN), **known, **told}

    def update(self, kept: Kept, inputs: Bag) -> Bag:
        inputs = without_secrets(inputs)
        store = self._account.store
        with store.transaction():
            store.count_call("update", self.token)
            before = ArmView(store=store, own_id=kept.id).at(kept.id, self.token)
            view = ArmView(store=store, own_id=kept.id, before=before)
            row = self._row_of(kept.subject.urn, inputs, view)
            operation = self._operation("update", before or row, inputs, before.inputs if before else None)
            self._account.permit(operation)
            if before is not None:
                was, becomes = {**before.outputs, **before.inputs}, {**row.outputs, **inputs}
                refuse(check_rejected(self._rules, row.id, was, becomes))
            self._refuse(inputs, view)
        fault = self._account.strike(operation, kept.subject.name)
        row = self._put(row, inputs, view, fault)
        self._strike_after(fault, row, inputs, operation)
        return row.outputs

    def delete(self, kept: Kept) -> None:
        store = self._account.store
        with store.transaction():
            store.count_call("delete", self.token)
            row = ArmView(store=store, own_id=kept.id).at(kept.id, self.token)
            if row is None:
                return
            operation = self._operation("delete", row, row.inputs)
            self._account.permit(operation)
            refuse(check_end(row, store))
        self._account.strike(operation, kept.subject.name)
        with store.transaction():
            going = [row, *store.below(row.id)]
            for each in going:
                store.remove(each)
            for left in left_by(going):
                store.put(left)

    def _check_values(self, inputs: Bag, view: ArmView) -> Iterable[Refusal]:
        yield from check_name(self._rules, inputs)
        yield from check_location(self._rules, inputs)
        yield from check_rules(self.token, inputs, view)

    def _refuse(self, inputs: Bag, view: ArmView) -> None:
        refuse(check_parents(self._rules, view))
        refuse(self._check_values(inputs, view))
        refuse(check_placed(self.token, inputs, view))
        refuse(check_dropped(self.token, inputs, view))
        refuse(find_links(self._rules, inputs, view)[1])

    def _put(self, row: Row, inputs: Bag, view: ArmView, fault: Fault | None) -> Row:
        store = self._account.store
        failed = fault is not None and fault.kind in (FaultKind.NO_CAPACITY, FaultKind.HALF_MADE)
        if failed and "provisioningState" in row.outputs:
            row = replace(row, outputs={**row.outputs, "provisioningState": "Failed"})
        with store.transaction():
            store.put(row)
            store.set_links(row, find_links(self._rules, inputs, view)[0])
            after_put(row, inputs, view)
            for subnet in inline_subnets(self.token, inputs):
                ArmHandler(t.SUBNET, self._account)._put_inline(subnet, row)
        return row

    def _put_inline(self, inputs: Bag, parent: Row) -> None:
        """Put what its parent brings along; one that is there stays whose it is."""
        id = id_of(self._rules, inputs) or ""
        view = ArmView(store=self._account.store, own_id=id)
        before = view.at(id)
        view = replace(view, before=before)
        self._put(
            self._row_of(before.urn if before else f"{parent.urn}-{inputs['name']}", inputs, view), inputs, view, None
        )

    def _strike_after(self, fault: Fault | None, row: Row, inputs: Bag, operation: Operation) -> None:
        if fault is None or fault.kind is FaultKind.NOT_VISIBLE:
            return
        if fault.kind is FaultKind.CRASH:
            os._exit(CRASH_EXIT_CODE)  # as a kill would: nothing is flushed, nobody is told
        reason = describe(fault, operation, self._account.configured.object_id)
        raise HalfMadeError(Made(id=row.id, outputs=row.outputs), inputs, [reason])

    def _row_of(self, urn: str, inputs: Bag, view: ArmView) -> Row:
        before, location = view.before, inputs.get("location") or ""
        seed = f"{view.own_id}/{uuid.uuid4()}"
        known = {**inputs, "caller": self._account.configured.object_id, "location": location}
        template = Template(seed, str(location), self._account.now(), known)
        outputs = make_outputs(self._rules, self._schema, template, inputs, before.outputs if before else None)
        outputs.update(derive(self.token, inputs, outputs, view))
        id = before.id if before else view.own_id
        return Row(type=self.token, id=id, region="", urn=urn, inputs=inputs, outputs=outputs, name=outputs["name"])

    def _operation(self, verb: Verb, row: Row, inputs: Bag, old_inputs: Bag | None = None) -> Operation:
        location = row.outputs.get("location") or ""
        return Operation(
            verb=verb,
            token=self.token,
            region=location,
            inputs=inputs,
            id=row.id,
            outputs=row.outputs,
            old_inputs=old_inputs or {},
        )
