"""What holds for every test."""

import signal

from hypothesis import settings

# A busy machine must fail no property test: what is slow is found by `make bench`, not by a deadline.
settings.register_profile("straitsx-bulk", deadline=None)
settings.load_profile("straitsx-bulk")

# Where the tests themselves run in a shell's background or under nohup, these signals come ignored, and every program
# that a test starts would inherit that.
for name in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(name) is signal.SIG_IGN:
        signal.signal(name, signal.default_int_handler if name is signal.SIGINT else signal.SIG_DFL)
