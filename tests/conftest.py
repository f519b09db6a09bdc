"""What holds for every lane."""

import signal

# A run that was started in the background inherits SIGINT ignored, and so would every process that a test presses
# Ctrl-C on. A handler is not inherited: they start with the default.
signal.signal(signal.SIGINT, signal.default_int_handler)
