"""Members who go beyond the limits of server.yaml, with real processes: they alone notice it."""

import json
import sys
import threading
import time

from clawchat_processes import PATIENCE_S, SERVER, Process, Server, run_tap, wait_until

RATE = 20
BURST_S = 10
FAST = f"""
limits:
  messages_per_second: {RATE}
  too_fast_seconds: 8
  message_bytes: 1000
"""


def test_flood():
    """One pours lines in without end: it is slowed, told, and ended; the others talk on without delay."""
    with Server(config=FAST) as server:
        anna = server.client("anna")
        ben = server.client("ben")
        cleo = server.client("cleo")
        over = threading.Event()

        def pour():
            number = 0
            try:
                while not over.is_set():
                    anna.process.stdin.write(b"".join(b"pour %d\n" % n for n in range(number, number + 50)))
                    anna.process.stdin.flush()
                    number += 50
                    time.sleep(0.05)
            except (BrokenPipeError, ValueError):
                pass

        start = time.monotonic()
        thread = threading.Thread(target=pour, daemon=True)
        thread.start()
        number, slowest = 0, 0.0
        while anna.process.poll() is None and time.monotonic() - start < PATIENCE_S:
            said = time.monotonic()
            ben.type(f"calm {number}")
            cleo.wait_for_line(f"ben: calm {number}")
            slowest = max(slowest, time.monotonic() - said)
            number += 1
            time.sleep(0.1)
        took = time.monotonic() - start
        over.set()
        assert anna.process.poll() is not None, "the flood was not ended"
        assert number > 3, f"only {number} lines of another member were heard during the flood"
        anna.wait()
        thread.join(10)
        poured = [line for line in cleo.out.lines if line.startswith("anna: pour ")]
        allowed = RATE * (BURST_S + took + 2)
        assert RATE * BURST_S < len(poured) <= allowed, (len(poured), allowed)
        assert poured == [f"anna: pour {n}" for n in range(len(poured))]
        assert any("You say more than 20 messages a second" in line for line in anna.out.lines), anna.out.lines[-5:]
        assert "more was said than it allows" in anna.err.text(), anna.err.text()
        print(f"# slowest line of another member: {slowest * 1000:.0f} ms, poured {len(poured)} in {took:.1f} s")
        assert ben.process.poll() is None and cleo.process.poll() is None
        assert not any("You say more" in line for line in ben.out.lines + cleo.out.lines)
        assert {session["name"] for session in server.json("sessions")["sessions"]} == {"ben", "cleo"}


def test_too_long():
    """A message longer than the limit does not go on, and its sender hears why; the next one does."""
    with Server(config=FAST) as server:
        anna = server.client("anna")
        ben = server.client("ben")
        anna.type("x" * 1001)
        anna.type("x" * 1000)
        ben.wait_for_line("anna: " + "x" * 1000)
        assert not any(line == "anna: " + "x" * 1001 for line in ben.out.lines)
        wait_until(lambda: any("was not passed on" in line for line in anna.out.lines), "the reason")


def test_sessions():
    """One session more than there may be is told so, is paired all the same, which is told too, and gets in once there is room."""
    with Server(config="limits: {sessions: 1}") as server:
        anna = server.client("anna")
        tail = Process([SERVER, "--control-socket", str(server.control), "tail", "--json"])
        server.clients.append(tail)
        wait_until(lambda: server.command("send", "are you there?").returncode == 0 and tail.out.lines, "the first event")
        ben = server.client("ben", connected=False)
        wait_until(lambda: "as many sessions as it allows" in ben.err.text(), "ben to be told")
        wait_until(lambda: server.status()["members"] == 2, "both to be paired")
        assert server.status()["sessions"] == 1
        wait_until(lambda: "limit" in tail.out.text(), "the refusal among the events")
        kinds = [(event["event"], event.get("member")) for event in map(json.loads, tail.out.lines) if event["event"] != "message"]
        assert kinds[:3] == [("file-used", None), ("paired", 2), ("limit", 2)], kinds
        anna.type("/quit")
        anna.wait()
        wait_until(lambda: server.status()["sessions"] == 0, "room")
        ben.kill()
        server.client_again("ben")
        wait_until(lambda: server.status()["sessions"] == 1, "ben to get in")


def test_members():
    """One client more than may be paired is not, and the file that it tried is used up."""
    with Server(config="limits: {members: 1}") as server:
        server.client("anna")
        server.client("ben", connected=False)
        wait_until(lambda: "could not be paired" in server.process.err.text(), "the refusal")
        assert server.status()["members"] == 1


if __name__ == "__main__":
    sys.exit(run_tap([test_flood, test_too_long, test_sessions, test_members]))
