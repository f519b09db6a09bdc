"""Create, read, update and delete of every aws type, by the tables and the rules. Nothing here knows one type."""

import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace

from bodo_infra.errors import InputError, NotFoundError, Problem, TransitionError
from bodo_infra.plugin.account.access import Operation
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.compare import compare
from bodo_infra.plugin.account.faults import CRASH_EXIT_CODE, Fault, FaultKind
from bodo_infra.plugin.account.naming import is_chosen, with_name
from bodo_infra.plugin.account.outputs import Template, make_outputs
from bodo_infra.plugin.account.rules.checks import check_rules
from bodo_infra.plugin.account.rules.derived import changes_version, derive
from bodo_infra.plugin.account.rules.endings import check_end, left_by, parts_of
from bodo_infra.plugin.account.rules.faults import describe
from bodo_infra.plugin.account.rules.imports import find_imported
from bodo_infra.plugin.account.rules.limits import check_table
from bodo_infra.plugin.account.rules.puts import overwrites
from bodo_infra.plugin.account.rules.references import find_links
from bodo_infra.plugin.account.rules.replacement import find_replacing
from bodo_infra.plugin.account.rules.table import type_rules
from bodo_infra.plugin.account.schema import type_schema
from bodo_infra.plugin.account.schema_check import check_inputs
from bodo_infra.plugin.account.store import Row, Verb, key_of
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Checked, Failure, Found, HalfMadeError, Handler, Kept, Made, Subject
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, has_unknown, without_secrets
from bodo_infra.plugin.wire_diff import Change


class AwsHandler(Handler):
    """One aws type on an account. Raises NotFoundError for a type that the account does not know."""

    def __init__(self, token: str, account: Account) -> None:
        self.token = token
        self._account = account
        self._rules = type_rules(token)
        self._schema = type_schema(token)

    def check(self, subject: Subject, inputs: Bag, was: Bag) -> Checked:
        named, failures = with_name(self._rules.name, subject, inputs, was)
        failures += check_inputs(self.token, named)
        if not failures:  # rules count on the right types
            view = replace(self._view(named), own_urn=subject.urn, own_id=self._renamed(subject, was))
            failures = tuple(self._check_values(named, view))
        return Checked(inputs=named, failures=_unique(failures))

    def _renamed(self, subject: Subject, was: Bag) -> str | None:
        """Id of what the program has called otherwise before (an alias): the engine tells its inputs, and no id."""
        store = self._account.store
        if not was or store.has_urn(self.token, subject.urn):
            return None
        plain = without_secrets(was)
        return next((row.id for row in store.of_type(self.token) if row.inputs == plain), None)

    def diff(self, kept: Kept, inputs: Bag) -> dict[str, Change]:
        return compare(self._rules, kept.inputs, inputs)

    def find_replacing(self, kept: Kept, inputs: Bag, changes: Mapping[str, Change]) -> frozenset[str]:
        region = self._account.configured.region
        return find_replacing(self.token, self._rules, region, kept.inputs, inputs, changes)

    def must_delete_first(self, kept: Kept, inputs: Bag, replacing: frozenset[str]) -> bool:
        """The rule of the Terraform bridge: two resources of one name cannot be at the same time."""
        rule = self._rules.name
        same_name = rule is not None and is_chosen(rule, inputs) and rule.input not in replacing
        return self._rules.delete_before_replace or same_name

    def preview_create(self, subject: Subject, inputs: Bag) -> Bag:
        unknown = dict.fromkeys((*self._schema.computed, *self._rules.outputs), UNKNOWN)
        return {**unknown, **self._common(inputs), **inputs}

    def create(self, subject: Subject, inputs: Bag) -> Made:
        inputs = without_secrets(inputs)
        store, view = self._account.store, self._view(inputs)
        with store.transaction():
            store.count_call("create", self.token)
            row = self._new_row(subject, inputs, view)
            operation = self._operation("create", inputs, id=row.id, outputs=row.outputs)
            self._account.permit(operation)
            self._refuse(self._check_values(inputs, view))
            self._refuse_taken(row)
            links, missing = find_links(self.token, inputs, view, key_of(row))
            self._refuse(missing)
        # A fault is counted down even when the creation that it spoils is rolled back.
        fault = self._account.strike(operation, subject.name)
        with store.transaction():
            self._refuse_taken(row)
            store.put(row)
            store.set_links(row, links)
        made = Made(id=row.id, outputs=row.outputs)
        _strike_after(fault, made, inputs, self.token)
        return made

    def read(self, kept: Kept) -> Found | None:
        store = self._account.store
        store.count_call("read", self.token)
        row = self._row(kept) or find_imported(self.token, kept.id, self._view(kept.inputs))
        if row is None:
            return None
        operation = self._operation("read", row.inputs, id=row.id, outputs=row.outputs)
        self._account.permit(operation)
        fault = self._account.strike(operation, kept.subject.name)
        if fault is not None and fault.kind is FaultKind.NOT_VISIBLE:
            return None
        if kept.inputs:
            return Found(inputs=row.inputs, outputs=row.outputs, id=row.id)
        hidden = {"__defaults", *self._rules.not_read_back}
        told = {name: value for name, value in row.inputs.items() if name not in hidden}
        return Found(inputs=told, outputs=row.outputs, id=row.id)

    def preview_update(self, kept: Kept, inputs: Bag) -> Bag:
        gone = kept.inputs.keys() - inputs.keys()
        still = {name: value for name, value in kept.outputs.items() if name not in gone}
        counter = changes_version(self.token)
        return {**still, **({counter: UNKNOWN} if counter else {}), **self._common(inputs), **inputs}

    def update(self, kept: Kept, inputs: Bag) -> Bag:
        inputs = without_secrets(inputs)
        store = self._account.store
        with store.transaction():
            store.count_call("update", self.token)
            row = self._row(kept)
            if row is None:
                raise NotFoundError(
                    f"{self.token} {kept.id!r} is not in the offline account any more",
                    "Let Pulumi see that, then make it anew: `pulumi refresh`, `pulumi up`",
                )
            operation = self._operation("update", inputs, id=row.id, outputs=row.outputs, old_inputs=row.inputs)
            self._account.permit(operation)
            view = replace(self._view(inputs), own_id=row.id)
            self._refuse(self._check_values(inputs, view))
            links, missing = find_links(self.token, inputs, view, key_of(row))
            self._refuse(missing)
        self._account.strike(operation, kept.subject.name)
        with store.transaction():
            changed = self._changed_row(replace(row, urn=kept.subject.urn), inputs, view)
            store.put(changed)
            store.set_links(changed, links)
        return changed.outputs

    def delete(self, kept: Kept) -> None:
        store = self._account.store
        with store.transaction():
            store.count_call("delete", self.token)
            row = self._row(kept)
            if row is None:
                return
            operation = self._operation("delete", row.inputs, id=row.id, outputs=row.outputs)
            self._account.permit(operation)
            reason = check_end(row, store)
            if reason:
                raise TransitionError(reason, "Remove what uses it first, or let Pulumi do so in one program")
        self._account.strike(operation, kept.subject.name)
        with store.transaction():
            for part in parts_of(row, store):
                store.remove(part)
            store.remove(row)
            left = left_by(row)
            if left is not None:
                store.put(left)

    def _check_values(self, inputs: Bag, view: View) -> Iterable[Failure]:
        yield from check_table(self._rules, inputs)
        yield from check_rules(self.token, inputs, view)

    def _refuse(self, failures: Iterable[Failure]) -> None:
        problems = [
            Problem(path=failure.name, value="", rule=failure.reason, fix="Correct the program, then run it again")
            for failure in _unique(tuple(failures))
        ]
        if problems:
            raise InputError.from_problems(problems)

    def _refuse_taken(self, row: Row) -> None:
        if self._account.store.get(*key_of(row)) is not None and not overwrites(self.token):
            raise TransitionError(
                f"{self.token.rpartition(':')[2]} {row.id!r} is in the offline account already",
                "Choose another name, or take the one that is there under control: `pulumi import`",
            )

    def _new_row(self, subject: Subject, inputs: Bag, view: View) -> Row:
        full = self._with_prefixed_name(inputs)
        template = Template(f"{subject.urn}/{uuid.uuid4()}", view.region, self._account.now(), full)
        id, outputs = make_outputs(self._rules, self._schema, template, full)
        derived = derive(self.token, full, {**outputs, "id": id}, view)
        outputs = {
            **outputs,
            **{name: value for name, value in derived.items() if full.get(name) is None or name == "launchTemplate"},
        }
        return self._row_of(subject.urn, id, view.region, inputs, {**outputs, **self._common(inputs)})

    def _changed_row(self, row: Row, inputs: Bag, view: View) -> Row:
        gone = row.inputs.keys() - inputs.keys()
        defaults = {name: value for name, value in self._rules.outputs.items() if not isinstance(value, str)}
        still = {name: value for name, value in row.outputs.items() if name not in gone}
        outputs = {**defaults, **still, **{name: v for name, v in inputs.items() if not name.startswith("__")}}
        derived = derive(self.token, inputs, {**outputs, "id": row.id}, view)
        outputs.update(
            {name: value for name, value in derived.items() if inputs.get(name) is None or name == "launchTemplate"}
        )
        counter = changes_version(self.token)
        if counter and set(compare(self._rules, row.inputs, inputs)) - {"tags"}:
            outputs[counter] = row.outputs[counter] + 1
        return self._row_of(row.urn, row.id, row.region, inputs, {**outputs, **self._common(inputs)})

    def _row_of(self, urn: str, id: str, region: str, inputs: Bag, outputs: Bag) -> Row:
        rule = self._rules.name
        return Row(
            type=self.token,
            id=id,
            region=region,
            urn=urn,
            inputs=inputs,
            outputs=outputs,
            arn=outputs.get("arn") if "arn" in self._schema.computed else None,
            name=outputs.get(rule.input) if rule else None,
        )

    def _common(self, inputs: Bag) -> Bag:
        """Region and all tags, which every type has alike."""
        common: Bag = {}
        if self._rules.regional and "region" in self._schema.inputs:
            common["region"] = inputs.get("region") or self._account.configured.region
        if "tagsAll" in self._schema.computed:
            tags = inputs.get("tags") or {}
            defaults = self._account.configured.default_tags
            common["tagsAll"] = UNKNOWN if has_unknown(tags) else {**defaults, **tags}
        return common

    def _with_prefixed_name(self, inputs: Bag) -> Bag:
        rule = self._rules.name
        prefix = inputs.get(rule.prefix_input) if rule else None
        if rule is None or prefix is None or inputs.get(rule.input) is not None:
            return inputs
        return {**inputs, rule.input: f"{prefix}{uuid.uuid4().int % 10**26:026d}"}

    def _view(self, inputs: Bag) -> View:
        region = inputs.get("region") if self._rules.regional else ""
        region = self._account.configured.region if region in (None, UNKNOWN) else region
        return self._account.view(region)

    def _row(self, kept: Kept) -> Row | None:
        region = kept.outputs.get("region") or kept.inputs.get("region") or self._account.configured.region
        return self._account.store.get(self.token, kept.id, region if self._rules.regional else "")

    def _operation(self, verb: Verb, inputs: Bag, *, id: str, outputs: Bag, old_inputs: Bag | None = None) -> Operation:
        region = outputs.get("region", self._account.configured.region) if self._rules.regional else ""
        return Operation(
            verb=verb,
            token=self.token,
            region=region,
            inputs=inputs,
            id=id,
            outputs=outputs,
            old_inputs=old_inputs or {},
        )


def _strike_after(fault: Fault | None, made: Made, inputs: Bag, token: str) -> None:
    if fault is None:
        return
    if fault.kind is FaultKind.CRASH:
        os._exit(CRASH_EXIT_CODE)  # as a kill would: nothing is flushed, nobody is told
    if fault.kind in (FaultKind.HALF_MADE, FaultKind.NO_CAPACITY):
        raise HalfMadeError(made, inputs, [describe(fault, "create", token)])


def _unique(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    return tuple(dict.fromkeys(failures))
