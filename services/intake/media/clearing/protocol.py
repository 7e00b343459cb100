"""What the zygote and whoever gives it orders say to each other. Pure.

An order is one byte (``ORDER``, ``ORDER_EVIDENCE``, or ``ORDER_GIVING_WAY`` for a reporter's
picture whose child has the processor when nobody else wants it) with the file descriptor of a
socket from which the child reads the file up to its end, and to which it writes its answer. A
report follows when the child is gone: its wait status, the CPU it used in microseconds, its peak of
memory in kibibytes, and whether it was ended for its time.
"""

import struct

READY = b"r"
ORDER, ORDER_EVIDENCE, ORDER_GIVING_WAY = b"f", b"e", b"w"
REPORT = struct.Struct("!iQQ?")
CHILD_SECONDS = 10.0
"""A child that lives longer is ended, whatever it does."""
GIVING_WAY_SECONDS = 1.0
"""The same of one that gives way: where the processor is never free it is opened in its turn then,
so that clearing goes on, by a picture in seconds, while receipts leave it no time."""
DONE, NO_MEMORY, DAMAGED = 0, 3, 4
"""Exit statuses of a child."""
