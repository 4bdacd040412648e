#!/usr/bin/env python3
"""A server, two clients and the operator as processes on loopback, with good and bad networks between them."""

import os
import stat
import subprocess
import sys
import threading
import time

from clawchat_processes import CLIENT, PATIENCE_S, SERVER, BadNetwork, Process, Server, files_below, run_tap, undisturbed, wait_until


ROTATE_S = 10
CONFIG_ROTATE = "encryption: {{key_rotation_interval: {}}}\n"


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def modes_below(directory):
    """The modes of all files below a directory, by their paths."""
    return undisturbed(lambda: {path: mode(path) for path in files_below(directory)})


def has_seccomp(pid):
    with open(f"/proc/{pid}/status") as status:
        return "Seccomp:\t2" in status.read()


def the_sandbox_is_told_truly():
    """What status says of the sandbox is what the kernel says."""
    with Server() as server:
        assert ("system calls" in server.status()["sandbox"]) == has_seccomp(server.process.process.pid)


def first_run_makes_private_files():
    """The first run makes keys and a .sec file that nobody else can read."""
    with Server() as server:
        assert mode(server.security) == 0o700
        assert mode(server.state) == 0o700
        modes = modes_below(server.security) | modes_below(server.state)
        assert len(modes) >= 3, modes
        assert set(modes.values()) == {0o600}, modes
        assert mode(server.control) & 0o077 == 0
        sec = server.sec_files()
        assert len(sec) == 1
        port = server.status()["port"]
        assert 49152 <= port <= 65535, port
        wait_until(lambda: str(sec[0]) in server.process.err.text(), "the log to name the file")


def everybody_hears_everybody():
    """Lines of one member reach the others and the operator, once and in order."""
    with Server() as server:
        anna = server.client("anna")
        ben = server.client("ben")
        operator = server.attach()
        wait_until(lambda: len(server.json("members")["members"]) == 2, "two members")
        anna.type("hello")
        for listener in (ben, operator):
            listener.wait_for_line("anna: hello")
        for number in range(100):
            anna.type(f"a{number}")
            ben.type(f"b{number}")
            operator.type(f"o{number}")
        anna.wait_for_line("ben: b99")
        ben.wait_for_line("anna: a99")
        operator.wait_for_line("ben: b99")
        operator.wait_for_line("anna: a99")
        name = server.status()["name"]
        for member in (anna, ben):
            member.wait_for_line(f"{name}: o99")
            assert only(member, f"{name}: o") == [f"{name}: o{n}" for n in range(100)]
        assert only(anna, "ben: b") == [f"ben: b{n}" for n in range(100)]
        assert only(ben, "anna: a") == [f"anna: a{n}" for n in range(100)]
        assert only(operator, "anna: a") == [f"anna: a{n}" for n in range(100)]
        assert only(operator, "ben: b") == [f"ben: b{n}" for n in range(100)]
        assert server.command("send", "from the command line").returncode == 0
        anna.wait_for_line(f"{name}: from the command line")
        ben.type("/quit")
        assert ben.wait() == 0


def only(process, prefix):
    return [line for line in process.out.lines if line.startswith(prefix)]


def a_bad_network_loses_nothing():
    """20% loss, 10% duplicates, 20% reordered: everything arrives exactly once and in order."""
    with Server(public_ip="127.0.0.2") as server:
        network = BadNetwork("127.0.0.2", server.status()["port"])
        try:
            anna = server.client("anna")
            ben = server.client("ben")
            wait_until(lambda: len(server.json("members")["members"]) == 2, "two members")
            for number in range(150):
                anna.type(f"a{number}")
                ben.type(f"b{number}")
                # Not all at once, or a few datagrams would carry everything.
                if number % 5 == 0:
                    anna.wait_for_line(f"ben: b{number}", 120)
            anna.wait_for_line("ben: b149", 120)
            ben.wait_for_line("anna: a149", 120)
            assert only(anna, "ben: ") == [f"ben: b{n}" for n in range(150)]
            assert only(ben, "anna: ") == [f"anna: a{n}" for n in range(150)]
            assert network.carried > 100 and network.lost > 10, (network.carried, network.lost)
            anna.end_of_input()
            assert anna.wait() == 0, anna.err.text()
        finally:
            server.stop()
            network.close()


def keys_change_while_people_talk():
    """With keys that change every 10 s by themselves and all the time on demand, over a bad network: nothing is lost."""
    with Server(public_ip="127.0.0.2", config=CONFIG_ROTATE.format(ROTATE_S)) as server:
        network = BadNetwork("127.0.0.2", server.status()["port"], loss=0.1)
        try:
            anna = server.client("anna")
            ben = server.client("ben")
            wait_until(lambda: len(server.json("sessions")["sessions"]) == 2, "two sessions")
            number = 0
            end = time.monotonic() + ROTATE_S + 4
            while time.monotonic() < end:
                if number % 20 == 0:
                    assert server.json("rotate")["rotating"] == 2
                anna.type(f"a{number}")
                ben.type(f"b{number}")
                anna.wait_for_line(f"ben: b{number}")
                ben.wait_for_line(f"anna: a{number}")
                number += 1
            assert only(anna, "ben: ") == [f"ben: b{n}" for n in range(number)]
            assert only(ben, "anna: ") == [f"anna: a{n}" for n in range(number)]
            sessions = server.json("sessions")["sessions"]
            assert len(sessions) == 2 and all(s["key_epoch"] >= 3 for s in sessions), sessions
            # The sessions are still the first ones, and a crash of the server now costs nothing either.
            assert all(s["since"] >= ROTATE_S for s in sessions), sessions
            server.kill()
            anna.type("meanwhile")
            ben.type("me too")
            server.start()
            ben.wait_for_line("anna: meanwhile", 120)
            anna.wait_for_line("ben: me too", 120)
        finally:
            server.stop()
            network.close()


def rotate_by_hand():
    """rotate changes the keys of one session or of all, and says of how many."""
    with Server() as server:
        server.client("anna")
        server.client("ben")
        wait_until(lambda: len(server.json("sessions")["sessions"]) == 2, "two sessions")
        first = server.json("sessions")["sessions"][0]["id"]
        assert server.command("rotate", str(first)).stdout.decode() == "Changing the keys of 1 session\n"

        def epochs():
            return [s["key_epoch"] for s in server.json("sessions")["sessions"]]

        wait_until(lambda: epochs() == [1, 0], "the first session's new keys")
        assert server.json("rotate") == {"rotating": 2}
        wait_until(lambda: epochs() == [2, 1], "new keys of both")
        assert server.command("rotate", "77").returncode == 65


def any_script_and_64_kib():
    """Any script arrives as it was typed; 65,536 bytes go, one more is refused and the session lives on."""
    with Server() as server:
        anna = server.client("anna")
        ben = server.client("ben")
        wait_until(lambda: len(server.json("members")["members"]) == 2, "two members")
        for text in ("Grüße, Žižek", "नमस्ते", "مرحبا بالعالم", "你好，世界", "👩‍👩‍👧‍👦 family", "/".join("x" * 9)):
            anna.type(text)
            ben.wait_for_line(f"anna: {text}")
        big = "é" * 32768
        anna.type(big)
        ben.wait_for_line(f"anna: {big}")
        anna.type(big + "x")
        wait_until(lambda: "1 byte too long" in anna.err.text(), "a refusal of the long line")
        anna.type("still here")
        ben.wait_for_line("anna: still here")
        assert not [line for line in ben.out.lines if line == f"anna: {big}x"]


def a_pipe_sends_everything_and_leaves():
    """Lines from a pipe are all delivered before the client leaves with success."""
    with Server() as server:
        operator = server.attach()
        anna = server.client("anna", connected=False)
        for number in range(500):
            anna.type(f"line {number}")
        anna.end_of_input()
        assert anna.wait() == 0, anna.err.text()
        operator.wait_for_line("anna: line 499")
        assert only(operator, "anna: ") == [f"anna: line {n}" for n in range(500)]


def a_client_that_ends_prints_what_came():
    """Who reads slowly, and ends the client meanwhile, still gets every line that it had confirmed to the server."""
    big = "x" * 2000
    with Server() as server:
        operator = server.attach()
        server.client("ben").end_of_input()
        assert server.clients[-1].wait() == 0, server.clients[-1].err.text()
        for number in range(200):
            operator.type(f"{number} {big}")

        def waiting():
            return server.json("members")["members"][0]["waiting"]

        wait_until(lambda: waiting() == 200, "messages that wait for ben")
        reading = threading.Event()
        lines = []

        def read(line):
            reading.wait(PATIENCE_S)
            lines.append(line)

        ben = server.client_again("ben", on_line=read)
        try:
            wait_until(lambda: waiting() == 0, "ben to have all of them")
            ben.process.terminate()
        finally:
            reading.set()
        assert ben.wait() == 0, ben.err.text()
        name = server.status()["name"]
        assert lines == [f"{name}: {number} {big}" for number in range(200)], [line[:20] for line in lines]


def a_flood_drives_nobody_out():
    """One member pipes 10,000 lines as fast as it can; another gets all of them and is not driven out."""
    with Server(config="limits: {messages_per_second: 10000}") as server:
        ben = server.client("ben")
        anna = server.client("anna")
        anna.process.stdin.write(b"".join(b"line %d\n" % n for n in range(10000)))
        anna.end_of_input()
        assert anna.wait() == 0, anna.err.text()
        ben.wait_for_line("anna: line 9999")
        assert only(ben, "anna: ") == [f"anna: line {n}" for n in range(10000)]
        assert "econnecting" not in ben.err.text()


def a_server_that_dies_and_returns_is_found_again():
    """After kill -9 and a restart the client returns by itself; what was typed meanwhile arrives, nothing twice."""
    with Server() as server:
        anna = server.client("anna")
        ben = server.client("ben")
        wait_until(lambda: len(server.json("members")["members"]) == 2, "two members")
        anna.type("before")
        ben.wait_for_line("anna: before")
        server.kill()
        anna.type("meanwhile")
        server.start()
        # He has nothing to say, and so notices with his next keepalive.
        ben.wait_for_line("anna: meanwhile", 100)
        anna.type("after")
        ben.wait_for_line("anna: after")
        assert only(ben, "anna: ") == ["anna: before", "anna: meanwhile", "anna: after"]


def a_killed_client_comes_back_without_a_file():
    """After kill -9 a client that is started without a file is connected again, any number of times, nothing twice."""
    with Server() as server:
        operator = server.attach()
        anna = server.client("anna")
        anna.type("a0")
        operator.wait_for_line("anna: a0")
        for number in range(1, 6):
            anna.kill()
            anna = server.client_again("anna")
            anna.type(f"a{number}")
            operator.wait_for_line(f"anna: a{number}")
        assert only(operator, "anna: ") == [f"anna: a{n}" for n in range(6)]
        # Killed while it saves, a client leaves a temporary file behind, which goes with the pairing.
        modes = modes_below(server.directory / "home-anna" / "clawchat" / "pairings")
        assert len([path for path in modes if not path.name.startswith(".")]) == 1, modes
        assert set(modes.values()) == {0o600}, modes
        assert len(server.json("members")["members"]) == 1

        # Killed at any moment of a handshake, even before it says that it is connected.
        anna.kill()
        for number in range(8):
            anna = server.client_again("anna")
            time.sleep(0.004 * number)
            anna.kill()
        anna = server.client_again("anna")
        anna.type("still here")
        operator.wait_for_line("anna: still here")


def both_sides_killed_find_each_other():
    """Both are killed and started again, the client first: it waits, says so, and is there when the server is."""
    with Server() as server:
        anna = server.client("anna")
        for number in range(3):
            server.kill()
            anna.kill()
            anna = server.client_again("anna")
            server.start()
            operator = server.attach()
            anna.type(f"a{number}")
            operator.wait_for_line(f"anna: a{number}")
            assert only(operator, "anna: ") == [f"anna: a{number}"], operator.out.lines


def a_client_without_a_file_needs_a_pairing():
    """At first run there is nothing to come back to, and after a revocation neither: both are told."""
    with Server() as server:
        nobody = server.client_again("nobody")
        assert nobody.wait() == 64, nobody.err.text()
        assert ".sec" in nobody.err.text(), nobody.err.text()

        anna = server.client("anna")
        member = wait_until(lambda: server.json("members")["members"], "a member")[0]
        assert server.command("revoke", str(member["id"])).returncode == 0
        assert 64 <= anna.wait() <= 78
        again = server.client_again("anna")
        assert again.wait() == 64, again.err.text()

        damaged = server.client("ben")
        damaged.type("/quit")
        assert damaged.wait() == 0
        (saved,) = (server.directory / "home-ben" / "clawchat" / "pairings").iterdir()
        saved.write_bytes(b"CLAWPAIR\1 damaged")
        ben = server.client_again("ben")
        assert ben.wait() == 65, ben.err.text()
        assert saved.name in ben.err.text()
        assert saved.read_bytes() == b"CLAWPAIR\1 damaged"


def a_broken_path_is_survived():
    """The network is cut for longer than a session lives; the chat goes on afterwards without a word lost."""
    with Server(public_ip="127.0.0.2") as server:
        network = BadNetwork("127.0.0.2", server.status()["port"], loss=0, duplicate=0, reorder=0)
        try:
            anna = server.client("anna")
            operator = server.attach()
            anna.type("one")
            operator.wait_for_line("anna: one")
            network.cut = True
            anna.type("two")
            wait_until(lambda: "econnecting" in anna.err.text() or "lost" in anna.err.text(), "the loss to be noticed")
            anna.type("three")
            network.cut = False
            operator.wait_for_line("anna: three")
            assert only(operator, "anna: ") == ["anna: one", "anna: two", "anna: three"]
        finally:
            server.stop()
            network.close()


def a_file_is_good_for_one():
    """A second client with a used file gets no answer, and is told what that may mean."""
    with Server() as server:
        sec = server.fresh_sec("shared")
        anna = server.client("anna", sec=sec)
        config = server.directory / "client.yaml"
        config.write_text("networking: {hole_punch_timeout: 2}\n")
        ben = server.client("ben", "--config", str(config), sec=sec, connected=False)
        assert ben.wait() == 69, (ben.process.returncode, ben.err.text())
        assert str(server.status()["port"]) in ben.err.text()
        anna.type("alone")
        assert anna.process.poll() is None


def wrong_files_and_keys_are_named():
    """Not a .sec, a wrong key, no such file: each has its own message and exit code."""
    with Server() as server:
        wrong = server.directory / "wrong.key"
        wrong.write_text("A" * 43 + "=\n")
        wrong.chmod(0o600)
        text = server.directory / "text.sec"
        text.write_text("hello\n")
        sec = server.fresh_sec("anna")
        cases = [
            (["--file", str(text)], "not a .sec"),
            (["--file", str(sec), "--bootstrap-key-file", str(wrong)], "key"),
            (["--file", str(server.directory / "none.sec")], "none.sec"),
        ]
        for options, word in cases:
            if "--bootstrap-key-file" not in options:
                options = [*options, "--bootstrap-key-file", str(server.security / "bootstrap.key")]
            environment = dict(os.environ, XDG_DATA_HOME=str(server.directory / "home"))
            process = Process([CLIENT, "--no-gui", *options], env=environment, start_new_session=True)
            process.end_of_input()
            code = process.wait()
            assert 64 <= code <= 78, (options, code, process.err.text())
            assert word in process.err.text(), (options, process.err.text())


def the_operator_can_end_sessions():
    """disconnect ends a session that may return; revoke ends the pairing for good."""
    with Server() as server:
        anna = server.client("anna")
        operator = server.attach()
        wait_until(lambda: server.json("sessions")["sessions"], "a session")
        session = server.json("sessions")["sessions"][0]
        member = server.json("members")["members"][0]
        assert session["name"] == "anna" and member["name"] == "anna", (session, member)
        result = server.command("revoke", str(member["id"]))
        assert result.returncode == 0, result.stderr
        wait_until(lambda: anna.process.poll() is not None, "the revoked client to leave")
        assert 64 <= anna.wait() <= 78
        assert server.json("members")["members"] == []
        operator.type("bye")


def wrong_configuration_is_answered_in_place():
    """A wrong configuration stops the server with FILE:LINE:COLUMN; --check-config tells all faults at once."""
    with Server() as server:
        path = server.directory / "wrong.yaml"
        path.write_text("server:\n  port: high\n  colour: blue\nlogging:\n  level: loud\n")
        for extra in ([], ["--check-config"]):
            result = subprocess.run([SERVER, "--config", str(path), *extra], capture_output=True, timeout=PATIENCE_S, check=False)
            assert result.returncode == 78, result
            text = result.stderr.decode()
            for place in (":2:", ":3:", ":5:"):
                assert f"{path}{place}" in text, text
        good = server.directory / "good.yaml"
        good.write_text("logging: {level: debug}\n")
        result = subprocess.run([SERVER, "--config", str(good), "--check-config"], capture_output=True, timeout=PATIENCE_S, check=False)
        assert result.returncode == 0, result


def two_servers_cannot_share_a_directory():
    """A second server on the same state directory is refused, and the first does not notice."""
    with Server() as server:
        second = Process([SERVER, "--headless", *server.options])
        code = second.wait()
        assert 64 <= code <= 78, (code, second.err.text())
        assert server.status()["port"]


def one_program_two_names():
    """clawchat --headless is the same server, and clawchat-server needs nothing of a desktop."""
    headless = subprocess.run([CLIENT, "--headless", "--version"], capture_output=True, timeout=PATIENCE_S, check=False)
    server = subprocess.run([SERVER, "--version"], capture_output=True, timeout=PATIENCE_S, check=False)
    assert headless.returncode == server.returncode == 0, (headless, server)
    assert headless.stdout.split()[-1] == server.stdout.split()[-1]
    libraries = subprocess.run(["ldd", SERVER], capture_output=True, check=True).stdout.decode().lower()
    assert "libsodium" in libraries
    for word in ("gtk", "adwaita", "libx11", "wayland"):
        assert word not in libraries, libraries


sys.exit(run_tap([
    first_run_makes_private_files,
    the_sandbox_is_told_truly,
    everybody_hears_everybody,
    a_bad_network_loses_nothing,
    keys_change_while_people_talk,
    rotate_by_hand,
    any_script_and_64_kib,
    a_pipe_sends_everything_and_leaves,
    a_client_that_ends_prints_what_came,
    a_flood_drives_nobody_out,
    a_server_that_dies_and_returns_is_found_again,
    a_killed_client_comes_back_without_a_file,
    both_sides_killed_find_each_other,
    a_client_without_a_file_needs_a_pairing,
    a_broken_path_is_survived,
    a_file_is_good_for_one,
    wrong_files_and_keys_are_named,
    the_operator_can_end_sessions,
    wrong_configuration_is_answered_in_place,
    two_servers_cannot_share_a_directory,
    one_program_two_names,
]))
