"""What the zygote and whoever gives it orders say to each other. Pure.

An order is one byte (``ORDER`` or ``ORDER_EVIDENCE``) with the file descriptor of a socket from
which the child reads the file up to its end, and to which it writes its answer. A report follows
when the child is gone: its wait status, the CPU it used in microseconds, its peak of memory in
kibibytes, and whether it was ended for its time.
"""

import struct

READY = b"r"
ORDER, ORDER_EVIDENCE = b"f", b"e"
REPORT = struct.Struct("!iQQ?")
CHILD_SECONDS = 10.0
"""A child that lives longer is ended, whatever it does."""
DONE, NO_MEMORY, DAMAGED = 0, 3, 4
"""Exit statuses of a child."""
