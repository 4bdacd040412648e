"""The figures for Prometheus: they keep to the format to the letter, and are what really happened."""

import os
import re
import socket
import stat
import sys
import time

from clawchat_processes import PATIENCE_S, Server, run_tap, wait_until
from prometheus_text import Metrics


def ask(server):
    result = server.command("metrics")
    assert result.returncode == 0, result.stderr
    return Metrics(result.stdout.decode())


def refused(text):
    try:
        Metrics(text)
    except AssertionError:
        return True
    return False


def test_reader():
    """The reader of this test lets nothing pass."""
    good = '# HELP a_total A.\n# TYPE a_total counter\na_total{x="1",y="\\"\\\\\\n"} 3\n'
    assert Metrics(good).value("a_total", x="1", y='"\\\n') == 3
    for wrong, right in (("counter", "gauge"), ("# TYPE a_total counter\n", ""), ("} 3", "}  3"), ("} 3", "} -"), ('x="1"', 'x="1'),
                         ("# HELP a_total A.\n", ""), ('",y', '"y'), ("3\n", "3"), ("a_total{", "b_total{"), ('"1"', '"\\1"'), ("{", "{,")):
        assert refused(good.replace(wrong, right, 1)), (wrong, right)
    assert refused(good + good) and refused(good + "\n") and refused(good + 'a_total{x="1",y="\\"\\\\\\n"} 3\n')


def test_counts():
    """Sessions, files, messages, handshakes, datagrams, rotations and reasons agree with what was done."""
    with Server(config="limits: {sessions: 2}\nencryption: {key_rotation_interval: 86400}") as server:
        first = ask(server)
        assert first.value("clawchat_members") == first.value("clawchat_sessions") == first.value("clawchat_messages_total") == 0
        assert first.value("clawchat_files_made_total") == first.value("clawchat_files") == first.value("clawchat_ports_open") == 1
        assert first.value("clawchat_members_max") == 1024 and first.value("clawchat_sessions_max") == 2
        assert first.total("clawchat_build_info") == 1 and first.value("clawchat_events_total", event="ready") == 1

        anna, ben = server.client("anna"), server.client("ben")
        for number in range(5):
            anna.type(f"line {number}")
        ben.wait_for_line("anna: line 4")
        third = server.client("carla", connected=False)
        wait_until(lambda: "as many sessions as it allows" in third.err.text(), "carla to be refused")
        third.kill()
        server.command("rotate")
        wait_until(lambda: all(session["key_epoch"] == 1 for session in server.json("sessions")["sessions"]), "new keys")
        server.command("new-file")
        port = server.status()["port"]
        # What carla still sends to the session that she lost is a stranger's, too.
        before = ask(server)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for size in (1, 20, 148, 1400):
                stranger.sendto(os.urandom(size), ("127.0.0.1", port))
        dropped = "clawchat_datagrams_dropped_total"
        wait_until(lambda: ask(server).value(dropped, reason="stranger") >= before.value(dropped, reason="stranger") + 4,
                   "the stranger to be counted")
        assert ask(server).value(dropped, reason="stranger") == server.status()["strangers"]
        ben.type("/quit")
        ben.wait()
        wait_until(lambda: server.status()["sessions"] == 1, "ben to leave")

        now, status, sessions = ask(server), server.status(), server.json("sessions")["sessions"]
        assert now.value("clawchat_members") == status["members"] == 3
        assert now.value("clawchat_sessions") == len(sessions) == 1
        assert now.value("clawchat_sessions_begun_total") == 2
        assert now.value("clawchat_sessions_refused_total") >= 1
        assert now.total("clawchat_sessions_ended_total") == now.value("clawchat_sessions_ended_total", reason="client") == 1
        assert now.value("clawchat_messages_total") == status["messages"] == 5
        assert now.value("clawchat_messages_waiting") == sum(member["waiting"] for member in server.json("members")["members"])
        assert now.value("clawchat_pairings_made_total") == now.value("clawchat_files_used_total") == 3
        assert now.value("clawchat_files_made_total") == 5 and now.value("clawchat_files") == 2
        assert now.value("clawchat_files_expired_total") == 0
        assert now.value("clawchat_key_rotations_total") == 2
        assert now.value("clawchat_port_rotations_total") == 0
        assert now.value("clawchat_handshakes_total") >= 3
        assert now.total("clawchat_handshakes_refused_total") == status["near_misses"] \
            == now.value("clawchat_datagrams_dropped_total", reason="handshake")
        assert now.value("clawchat_uptime_seconds") <= status["uptime"] + 1
        for session in sessions:
            assert now.value("clawchat_received_bytes_total") >= session["bytes_received"] > 0
            assert now.value("clawchat_sent_bytes_total") >= session["bytes_sent"] > 0
        assert now.value("clawchat_received_bytes_total") >= before.value("clawchat_received_bytes_total") + 1 + 20 + 148 + 1400
        assert now.value("clawchat_datagrams_received_total") >= before.value("clawchat_datagrams_received_total") + 4
        assert now.value("clawchat_events_total", event="paired") == 3
        assert now.value("clawchat_events_total", event="disk-error") == 0
        assert set(now.types) == set(first.types)
        for (name, labels), value in first.samples.items():
            if first.types[name] == "counter":
                assert now.samples[(name, labels)] >= value, name
        text = server.command("metrics").stdout.decode()
        assert not re.search(r"anna|ben|carla|127\.0\.0\.1|\.sec\"", text), text
        assert Metrics(server.json("metrics")["text"]).types == now.types


def test_textfile():
    """The file is written whole at its interval, can be read by others, and is gone when the server is."""
    directory = f"/tmp/clawchat-metrics-{os.getpid()}"
    os.mkdir(directory, 0o755)
    path = f"{directory}/clawchat.prom"
    try:
        with Server(config=f"metrics: {{textfile: {path}, textfile_interval: 5}}") as server:
            with open(path, encoding="utf-8") as file:
                first = Metrics(file.read())
            assert first.value("clawchat_pairings_made_total") == 0
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
            # The next one may be on its way into its place.
            wait_until(lambda: os.listdir(directory) == ["clawchat.prom"], "that alone to lie there")
            held = open(path, encoding="utf-8")
            server.client("anna")
            end = time.monotonic() + PATIENCE_S
            while time.monotonic() < end:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                # Whenever it is looked at it is whole.
                if Metrics(text).value("clawchat_sessions") == 1:
                    break
                time.sleep(0.02)
            else:
                raise AssertionError("the file was not written again")
            assert Metrics(held.read()).value("clawchat_sessions") == 0
            held.close()
            assert not re.search(r"anna|127\.0\.0\.1", text), text
            assert "metrics.textfile" not in server.process.err.text()
            server.process.process.terminate()
            assert server.process.wait() == 0
            assert os.listdir(directory) == []
    finally:
        for name in os.listdir(directory):
            os.unlink(f"{directory}/{name}")
        os.rmdir(directory)


def test_textfile_fails():
    """A directory that is not there is told once, and the server goes on."""
    with Server(config="metrics: {textfile: /nonexistent/clawchat.prom, textfile_interval: 5}") as server:
        start = time.monotonic()
        wait_until(lambda: "Could not write the figures" in server.process.err.text(), "the fault")
        wait_until(lambda: time.monotonic() - start > 6, "another interval")
        assert server.process.err.text().count("Could not write the figures") == 1
        assert ask(server).value("clawchat_events_total", event="metrics-not-written") == 1
        server.client("anna")


if __name__ == "__main__":
    sys.exit(run_tap([test_reader, test_counts, test_textfile, test_textfile_fails]))
