"""Whose the leaks are that LeakSanitizer reports with stacks of the unwinding tables (fast_unwind_on_malloc=0).

Without them GLib, which has no frame pointers, ends every stack; with them everything that a callback of GTK allocates has
GTK in its stack, so that a suppression would hide it. A leak belongs to the first who is neither the allocator nor GLib.
"""

import re

LEAK = re.compile(r"((?:Direct|Indirect) leak of \d+ byte\(s\) in \d+ object\(s\) allocated from:)\n(.*?)(?:\n\n|\Z)", re.DOTALL)
HEADING = "ERROR: LeakSanitizer: detected memory leaks"
GO_BETWEEN = re.compile(r"libsanitizer|/libglib-2\.0|/libgobject-2\.0|/libgio-2\.0")
OURS = re.compile(r"\bclaw[-a-z]*\.[ch]:\d+|/clawchat\+0x")


def owner(frames):
    return next((frame for frame in frames.splitlines() if not GO_BETWEEN.search(frame)), "")


def is_ours(heading, frames):
    # What hangs on somebody else's leak goes with it.
    return heading.startswith("Direct") and bool(OURS.search(owner(frames)))


def ours(report):
    """Returns: those of our leaks, as text; the whole of a report that says nothing of leaks."""
    if HEADING not in report:
        return report or "there is no report"
    return "\n\n".join(f"{heading}\n{frames}" for heading, frames in LEAK.findall(report) if is_ours(heading, frames))
