"""An S3 server on this machine (moto's), for tests of what is kept in a bucket."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import wait_until

REGION = "us-east-2"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "of-the-tests", "AWS_SECRET_ACCESS_KEY": "of-the-tests"}


@dataclass(frozen=True, kw_only=True)
class S3Server:
    """``endpoint``: its URL."""

    endpoint: str

    def make_bucket(self, name: str) -> str:
        """Make a bucket; returns the URL of a Pulumi state in it."""
        self.client().create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        return self.state_url(name)

    def state_url(self, bucket: str) -> str:
        """The URL of a Pulumi state in a bucket of this server."""
        where = f"endpoint={self.endpoint}&s3ForcePathStyle=true&region={REGION}"
        return f"s3://{bucket}/state?{where}&awssdk=v2"

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Every object of a bucket."""
        client = self.client()
        keys = [found["Key"] for found in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key: client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def client(self) -> Any:
        """A boto3 client of this server."""
        import boto3

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """A server that runs meanwhile. ``folder``: for its log."""
    log = folder / "s3.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stdout=output, stderr=output
        )
    try:
        address = wait_until(lambda: _address(log), "the S3 server's start", timeout_s=60)
        wait_until(lambda: _answers(address), "the S3 server's first answer", timeout_s=60)
        yield S3Server(endpoint=address)
    finally:
        process.kill()
        process.wait()


def _address(log: Path) -> str:
    lines = [line for line in log.read_text().splitlines() if "Running on http://" in line]
    return "http://" + lines[0].rpartition("http://")[2].strip() if lines else ""


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/moto-api/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
