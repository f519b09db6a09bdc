"""An account without an engine: what a program would do, call by call, as the engine would."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.handler import AwsHandler
from bodo_infra.plugin.account.session import role_session
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.handler import Checked, Kept, Subject

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
)


@dataclass
class World:
    """One configured provider on a file of the test's own."""

    account: Account
    kept: dict[str, Kept] = field(default_factory=dict)

    @classmethod
    def at(cls, path, region="us-east-2", **config):
        account = Account(store=AccountStore(path / "account.db"), now=lambda: NOW)
        account.configure({"region": region, **config})
        return cls(account)

    def as_role(self, arn):
        """The same account for somebody who has taken this role, whose rights count."""
        account = Account(store=self.account.store, now=lambda: NOW, open_session=role_session)
        account.configure({"region": self.account.configured.region, "assumeRoles": json.dumps([{"roleArn": arn}])})
        return World(account)

    def handler(self, token):
        return AwsHandler(token, self.account)

    def check(self, token, name="thing", /, was=None, **inputs) -> Checked:
        subject = Subject(urn=_urn(token, name), seed=hashlib.sha256(name.encode()).digest())
        return self.handler(token).check(subject, inputs, was or {})

    def reasons(self, token, **inputs):
        """Path to reason of everything that is wrong."""
        return {failure.name: failure.reason for failure in self.check(token, **inputs).failures}

    def make(self, token, name="thing", /, **inputs) -> Kept:
        """Check, then create; as the state would keep it."""
        checked = self.check(token, name, **inputs)
        assert checked.failures == (), checked.failures
        subject = Subject(urn=_urn(token, name))
        made = self.handler(token).create(subject, checked.inputs)
        return Kept(subject=subject, id=made.id, inputs=checked.inputs, outputs=made.outputs)

    def change(self, kept, **inputs) -> Kept:
        """Update with these inputs laid over the kept ones."""
        news = {**kept.inputs, **inputs}
        outputs = self.handler(kept.subject.token).update(kept, news)
        return Kept(subject=kept.subject, id=kept.id, inputs=news, outputs=outputs)

    def read(self, kept):
        return self.handler(kept.subject.token).read(kept)

    def delete(self, kept):
        self.handler(kept.subject.token).delete(kept)

    def replacing(self, kept, **inputs):
        """What replaces when these inputs change, and whether the old one goes first."""
        handler, news = self.handler(kept.subject.token), {**kept.inputs, **inputs}
        found = handler.find_replacing(kept, news, handler.diff(kept, news))
        return found, bool(found) and handler.must_delete_first(kept, news, found)


def _urn(token, name):
    return f"urn:pulumi:dev::test::{token}::{name}"
