"""What Bodo compiles: reading the flights in parts, one per rank, and counting them per carrier and month.

Compiled once; the next run of the same files takes the machine code from Bodo's cache.
"""

import bodo
import pandas as pd


@bodo.jit(cache=True, distributed=["flights"])
def read_flights(path):
    """This rank's part of the flights, about as many as every other rank's."""
    flights = pd.read_parquet(path, columns=["carrier", "month", "dep_time", "dep_delay"])
    return flights


@bodo.jit(cache=True, distributed=["flights", "months"])
def count_by_carrier(flights):
    """One row per carrier and month, over the flights of all ranks together, and spread over the ranks.

    A flight that was cancelled has no departure time.
    """
    months = flights.groupby(["carrier", "month"], as_index=False).agg(
        flights=pd.NamedAgg("carrier", "size"),
        departures=pd.NamedAgg("dep_time", "count"),
        mean_dep_delay_minutes=pd.NamedAgg("dep_delay", "mean"),
    )
    return months
