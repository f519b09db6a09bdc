"""Flights from New York in 2013, per carrier and month: departures, mean delay and share cancelled.

    BODO_SPAWN_MODE=0 mpiexec -n 2 python by_carrier.py [--input FLIGHTS.parquet] [--output BY_CARRIER.parquet]

Every rank runs this file and works on its part of the flights. Exit code 2: the input cannot be had.
"""

import argparse
import os
import sys
from pathlib import Path

import pyarrow as pa
from flights_data import DataError, stage_flights, write_whole
from mpi4py import MPI

SHARED_VARIABLE = "BODO_INFRA_SHARED"
"""Folder that all nodes of the cluster see; a job finds it in its environment."""

RESULT = pa.schema(
    [
        ("carrier", pa.string()),
        ("month", pa.int64()),
        ("departures", pa.int64()),
        ("mean_dep_delay_minutes", pa.float64()),
        ("share_cancelled", pa.float64()),
    ]
)


def main() -> int:
    """Run the program on this rank and return its exit code, the same on all ranks."""
    options = parse_arguments()
    world = MPI.COMM_WORLD
    # Only the first rank looks and stages. All hear what it found, so that none waits for a rank that gave up.
    paths, problem = world.bcast(prepare(options) if world.rank == 0 else None)
    if problem:
        if world.rank == 0:
            print(f"by_carrier.py: {problem}", file=sys.stderr, flush=True)
        return 2

    # Not at the top: loading the compiler takes seconds, which a problem with the input should not cost.
    import bodo
    from carrier_months import count_by_carrier, read_flights

    source, target = paths
    flights = read_flights(source)
    node = os.environ.get("PMI_HOSTNAME") or MPI.Get_processor_name()
    print(f"rank {world.rank} of {world.size} on {node}: {len(flights):,} flights", flush=True)

    months = bodo.gatherv(count_by_carrier(flights))
    if world.rank == 0:
        write_whole(render_result(months), Path(target))
        print(f"wrote {len(months)} carrier months of {months['flights'].sum():,} flights to {target}", flush=True)
    return 0


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Departures, delay and cancellations per carrier and month.")
    parser.add_argument("--input", help=f"Parquet file of flights; default: ${SHARED_VARIABLE}/flights/flights.parquet")
    parser.add_argument("--output", help=f"file to write; default: ${SHARED_VARIABLE}/flights/by_carrier.parquet")
    return parser.parse_args()


def prepare(options: argparse.Namespace) -> tuple[tuple[str, str], str]:
    """Where to read and where to write, with the input in place; or, as the second value, why this cannot be."""
    shared = os.environ.get(SHARED_VARIABLE)
    if not shared and not (options.input and options.output):
        return ("", ""), (
            f"the variable {SHARED_VARIABLE} is not set; it names the folder that all nodes see. "
            "Set it, or give both --input and --output"
        )
    folder = Path(shared or "") / "flights"
    source = Path(options.input or folder / "flights.parquet").absolute()
    target = Path(options.output or folder / "by_carrier.parquet").absolute()
    try:
        if options.input and not source.is_file():
            raise DataError(f"--input {source} is not a file; name a Parquet file that every node can read")
        if not options.input:
            stage_flights(source)
    except (DataError, OSError) as error:
        return ("", ""), str(error)
    return (str(source), str(target)), ""


def render_result(months) -> pa.Table:
    """The gathered counts, a DataFrame, as the table to write. For one rank: 185 rows are not worth compiling for."""
    share = 1 - months["departures"] / months["flights"]
    table = pa.Table.from_pandas(
        months.assign(share_cancelled=share)[RESULT.names], schema=RESULT, preserve_index=False
    )
    # Not sorted by pandas: Bodo keeps carriers as codes with a dictionary, and pandas would sort by code.
    return table.replace_schema_metadata(None).sort_by([("carrier", "ascending"), ("month", "ascending")])


if __name__ == "__main__":
    sys.exit(main())
