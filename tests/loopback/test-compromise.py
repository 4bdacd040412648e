#!/usr/bin/env python3
"""Compromised keys between real processes: who asks, who is told, who is killed in between, and what is left on disks."""

import base64
import json
import os
import signal
import sys
import threading
import time

from clawchat_processes import Server, files_below, read_files, read_secrets, run_tap, wait_until


def keys_of(server):
    """All secrets that the server's state directory holds, by what they are."""
    keys = {"identity": read_secrets(server.state / "server.key").split()[-1]}
    if (server.state / "port.secret").exists():
        keys["port secret"] = read_secrets(server.state / "port.secret").split()[-1]
    if (server.state / "pairings.json").exists():
        for pairing in json.loads(read_secrets(server.state / "pairings.json"))["pairings"]:
            for member in ("resumption", "previous"):
                if member in pairing:
                    keys[f"{member} of {pairing['name']}"] = pairing[member]
    return keys


def client_key(server, name):
    return (server.directory / f"home-{name}" / "clawchat" / "identity.key").read_text().split()[-1]


def holders(directory, keys):
    """The files below directory that hold any of the keys, as base64 or as bytes."""
    return [
        (str(path), what) for path, content in read_files(directory).items() for what, key in keys.items()
        if key.encode() in content or base64.b64decode(key) in content
    ]


def in_memory(pid, keys):
    """Which of the keys are somewhere in the writable memory of a process, as base64 or as bytes; needs root."""
    found = set()
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(side, 16) for side in span.split("-"))
            memory.seek(start)
            try:
                content = memory.read(end - start)
            except OSError:
                continue  # the kernel's own
            found |= {what for what, key in keys.items() if key.encode() in content or base64.b64decode(key) in content}
    return found


def has_sanitizer(pid):
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        return "libasan" in maps.read()


def client_files(server, name):
    return files_below(server.directory / f"home-{name}" / "clawchat")


def only_pairing(keys, name):
    return {what: key for what, key in keys.items() if name in what}


def a_client_asks():
    """/compromised YES in a pipe: both disks are clean when the client ends, others stay, a new file is there."""
    with Server() as server:
        ben = server.client("ben")
        anna = server.client("anna")
        operator = server.attach()
        keys = only_pairing(keys_of(server), "anna")
        keys["identity of anna"] = client_key(server, "anna")
        assert holders(server.directory, keys), "the search does not find what is there"
        before = server.sec_files()
        anna.type("/compromised")
        anna.type("/compromised yes")
        anna.type("still here")
        operator.wait_for_line("anna: still here")
        anna.type("/compromised YES")
        anna.end_of_input()
        assert anna.wait() == 0, anna.err.text()
        assert "here and on the server" in anna.err.text(), anna.err.text()
        assert not holders(server.directory, keys), holders(server.directory, keys)
        assert not client_files(server, "anna"), client_files(server, "anna")
        assert not (server.state / "compromised").exists()
        fresh = wait_until(lambda: set(server.sec_files()) - set(before), "a new .sec file")
        wait_until(lambda: "anna says that its keys are compromised" in operator.err.text(), "the operator to hear")
        wait_until(lambda: str(list(fresh)[0]) in operator.err.text(), "the operator to hear of the file")
        wait_until(lambda: str(list(fresh)[0]) in server.process.err.text(), "the log to name the file")
        ben.type("good bye")
        operator.wait_for_line("ben: good bye")
        again = server.client_again("anna")
        assert again.wait() == 64, again.err.text()
        returned = server.client("anna", home=server.directory / "home-anna")
        returned.type("with a new file")
        operator.wait_for_line("anna: with a new file")


def the_operator_asks():
    """compromised: who is there is told and erases, who is away is counted, everything of the server is new."""
    with Server() as server:
        anna = server.client("anna")
        ben = server.client("ben")
        ben.type("/quit")
        assert ben.wait() == 0
        wait_until(lambda: server.status()["sessions"] == 1, "ben to be away")
        keys = keys_of(server)
        files = server.sec_files()
        result = server.json("compromised")
        assert (result["told"], result["away"]) == (1, 1), result
        assert anna.wait() == 77, anna.err.text()
        assert "its keys are compromised" in anna.err.text(), anna.err.text()
        assert not client_files(server, "anna"), client_files(server, "anna")
        wait_until(lambda: "has erased the keys" in server.process.err.text(), "the acknowledgement in the log")
        assert not holders(server.state, keys) and not holders(server.security, keys), holders(server.directory, keys)
        assert not set(files) & set(server.sec_files())
        assert result["file"] in [str(path) for path in server.sec_files()]
        new = keys_of(server)
        assert new["identity"] != keys["identity"] and new.get("port secret") != keys.get("port secret", "")
        assert server.json("members")["members"] == []
        clara = server.client("clara")
        operator = server.attach()
        clara.type("hello")
        operator.wait_for_line("clara: hello")


def memory_is_clean_too():
    """Once the clients had their time to answer, the server's whole memory holds none of the old keys."""
    if os.geteuid() != 0:
        return "SKIP the memory of another process is root's to read"
    with Server() as server:
        pid = server.process.process.pid
        if has_sanitizer(pid):
            return "SKIP AddressSanitizer keeps what was freed"
        server.client("anna")
        keys = keys_of(server)
        assert {"identity", "port secret"} < in_memory(pid, keys), "the search does not find what is there"
        server.json("compromised")
        wait_until(lambda: not in_memory(pid, keys), "the old keys to leave the memory")
        time.sleep(1)
        assert not in_memory(pid, keys), in_memory(pid, keys)
    return None


def the_operator_ends_one():
    """compromised ID: one pairing is over, the other one goes on, and no such member is an error."""
    with Server() as server:
        anna = server.client("anna")
        ben = server.client("ben")
        members = {member["name"]: member["id"] for member in server.json("members")["members"]}
        keys = only_pairing(keys_of(server), "anna")
        result = server.command("compromised", str(members["anna"]))
        assert result.returncode == 0, result
        assert b".sec" in result.stdout and b"1 connected client" in result.stdout, result
        assert anna.wait() == 77, anna.err.text()
        assert not holders(server.directory, keys), holders(server.directory, keys)
        assert server.command("compromised", "999").returncode == 65
        operator = server.attach()
        ben.type("still here")
        operator.wait_for_line("ben: still here")


def attach_asks_for_a_confirmation():
    """/compromised in attach: in a pipe only with YES."""
    with Server() as server:
        anna = server.client("anna")
        operator = server.attach()
        identity = keys_of(server)["identity"]
        operator.type("/compromised")
        operator.type("hello")
        anna.wait_for_line(f"{server.status()['name']}: hello")
        assert keys_of(server)["identity"] == identity
        operator.type("/compromised YES")
        wait_until(lambda: "New .sec file" in operator.err.text(), "the new file")
        assert keys_of(server)["identity"] != identity
        assert anna.wait() == 77, anna.err.text()


def a_silent_server():
    """The server is stopped: the client has erased everything, gives up after ten seconds and says so; the server erases its part when it goes on."""
    with Server() as server:
        anna = server.client("anna")
        operator = server.attach()
        anna.type("hello")
        operator.wait_for_line("anna: hello")
        keys = only_pairing(keys_of(server), "anna")
        home = server.directory / "home-anna"
        os.kill(server.process.process.pid, signal.SIGSTOP)
        try:
            anna.type("/compromised YES")
            wait_until(lambda: not client_files(server, "anna"), "the client's disk to be clean")
            # Of the moment when the last file went, whenever this program comes to look.
            erased = max(path.stat().st_mtime for path in (home, *home.rglob("*")))
            assert anna.wait() == 69, anna.err.text()
            waited = time.time() - erased
            assert waited > 9, f"the client erased {waited} s before it gave up"
            assert "did not answer" in anna.err.text(), anna.err.text()
        finally:
            os.kill(server.process.process.pid, signal.SIGCONT)
        wait_until(lambda: not holders(server.state, keys), "the server to erase its part")


def a_client_without_a_session():
    """While the server is away the keys go at once, and the client says that nobody could be told."""
    with Server() as server:
        anna = server.client("anna")
        server.kill()
        again = None
        anna.kill()
        again = server.client_again("anna")
        again.type("/compromised YES")
        assert again.wait() == 69, again.err.text()
        assert "could not be told" in again.err.text(), again.err.text()
        assert not client_files(server, "anna"), client_files(server, "anna")
        server.start()


def a_told_client_is_killed():
    """Killed at any moment of being told: what it had begun to erase is gone when it is started again."""
    for delay in (0, 0.002, 0.005, 0.02):
        with Server() as server:
            anna = server.client("anna")
            assert server.command("compromised").returncode == 0
            time.sleep(delay)
            anna.kill()
            left = client_files(server, "anna")
            if any(path.name == "compromised" for path in left):
                again = server.client_again("anna")
                again.end_of_input()
                again.wait()
                assert not [path for path in client_files(server, "anna") if path.suffix == ".pairing"]


def is_untouched(server, keys):
    try:
        return keys_of(server) == keys and not (server.state / "compromised").exists()
    except (FileNotFoundError, json.JSONDecodeError):
        return False


def the_server_is_killed():
    """Killed at any moment of erasing everything, the server that starts again has no old key; or it had not begun."""
    begun = finished = 0
    for attempt in range(12):
        with Server() as server:
            server.client("anna").type("/quit")
            wait_until(lambda: server.status()["sessions"] == 0, "anna to be away")
            time.sleep(0.3)
            keys = keys_of(server)
            thread = threading.Thread(target=lambda: server.command("compromised"))
            thread.start()
            # Either at a given time, or as soon as something is seen on the disk.
            end = time.monotonic() + (0.004 * attempt if attempt % 2 else 5)
            while time.monotonic() < end and is_untouched(server, keys):
                time.sleep(0.0002)
            server.kill()
            thread.join()
            untouched = is_untouched(server, keys)
            unfinished = (server.state / "compromised").exists()
            server.start()
            if untouched:
                continue
            begun += 1
            finished += not unfinished
            assert not holders(server.state, keys) and not holders(server.security, keys), holders(server.directory, keys)
            assert not (server.state / "compromised").exists()
            assert server.json("members")["members"] == []
            server.client("clara").type("hello")
    print(f"# {begun} of 12 killed after it had begun, {finished} of them after it was done")
    assert begun > 0


def a_note_that_stays():
    """A note that cannot be removed is told apart from keys that are still there; the server goes on trying, and keeps the new keys."""
    with Server() as server:
        keys = keys_of(server)
        note = server.state / "compromised"
        note.mkdir(mode=0o700)
        result = server.command("compromised")
        assert result.returncode != 0 and b"The old keys are erased" in result.stderr and bytes(note) in result.stderr, result
        assert not holders(server.directory, keys), holders(server.directory, keys)
        new = keys_of(server)["identity"]
        # Were it looked for between the two, it would count as removed.
        os.kill(server.process.process.pid, signal.SIGSTOP)
        note.rmdir()
        note.touch(mode=0o600)
        os.kill(server.process.process.pid, signal.SIGCONT)
        wait_until(lambda: not note.exists(), "the note to be removed")
        assert keys_of(server)["identity"] == new
        server.process.process.terminate()
        assert server.process.wait() == 0
        server.start()
        assert keys_of(server)["identity"] == new


def an_operator_without_a_server():
    """A file named compromised in the state directory of a stopped server erases everything at its next start."""
    with Server() as server:
        server.client("anna").type("/quit")
        keys = keys_of(server)
        server.process.process.terminate()
        assert server.process.wait() == 0
        (server.state / "compromised").touch(mode=0o600)
        for path in server.sec_files():
            path.unlink()
        server.start()
        assert not holders(server.state, keys), holders(server.state, keys)
        wait_until(lambda: "finishing to erase" in server.process.err.text(), "the log to say so")


if __name__ == "__main__":
    sys.exit(run_tap([
        a_client_asks,
        the_operator_asks,
        memory_is_clean_too,
        the_operator_ends_one,
        attach_asks_for_a_confirmation,
        a_silent_server,
        a_client_without_a_session,
        a_told_client_is_killed,
        the_server_is_killed,
        a_note_that_stays,
        an_operator_without_a_server,
    ]))
