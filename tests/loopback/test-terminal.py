"""A client on a terminal of its own, where lines are edited."""

import os
import pty
import select
import signal
import sys
import time

from clawchat_processes import CLIENT, PATIENCE_S, Server, run_tap, wait_until

PROMPT = b"> "
STOPS = 10


class Terminal:
    """The client `name` of a server; ended by its process id."""

    def __init__(self, server, name):
        home = server.directory / f"home-{name}"
        home.mkdir(mode=0o700)
        sec = server.fresh_sec(name)
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(XDG_DATA_HOME=str(home), XDG_CONFIG_HOME=str(home), TERM="xterm")
            key = str(server.security / "bootstrap.key")
            os.execv(CLIENT, [CLIENT, "--no-gui", "--file", str(sec), "--bootstrap-key-file", key, "--name", name])

    def read_until(self, end):
        """Returns what is shown up to where it ends like this."""
        shown, patience = b"", time.monotonic() + PATIENCE_S
        while not shown.endswith(end):
            left = patience - time.monotonic()
            assert left > 0 and select.select([self.terminal], [], [], left)[0], f"waited in vain for {end} after {shown}"
            shown += os.read(self.terminal, 1000)
        return shown

    def read_rest(self):
        while select.select([self.terminal], [], [], 0.1)[0]:
            os.read(self.terminal, 1000)

    def is_stopped(self):
        with open(f"/proc/{self.pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] == "T"

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def continued():
    """Whoever stops the client and lets it go on finds the prompt again, each time."""
    with Server() as server, Terminal(server, "anna") as terminal:
        terminal.read_until(PROMPT)
        wait_until(lambda: server.status()["sessions"] == 1, "anna")
        terminal.read_rest()
        for _ in range(STOPS):
            os.kill(terminal.pid, signal.SIGSTOP)
            wait_until(terminal.is_stopped, "a stopped client")
            os.kill(terminal.pid, signal.SIGCONT)
            terminal.read_until(PROMPT)


if __name__ == "__main__":
    sys.exit(run_tap([continued]))
