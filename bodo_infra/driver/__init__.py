"""Scripts over stacks: the engine, operations on stacks in order, jobs. The command line is a thin shell over this."""
