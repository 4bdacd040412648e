#!/usr/bin/env python3
"""Ports that change every ten seconds, and addresses that change under a session, with real processes on loopback."""

import signal
import sys
import time

from clawchat_processes import BadNetwork, Server, enter_network, run_tap, wait_until

INTERVAL_S = 10
CONFIG = f"networking: {{port_rotation_interval: {INTERVAL_S}}}\n"


def only(process, prefix):
    return [line for line in process.out.lines if line.startswith(prefix)]


def chat_goes_on_through_rotations():
    """Two clients chat through two rotations at least and lose nothing; a third that slept comes back by itself."""
    with Server(config=CONFIG) as server:
        anna = server.client("anna")
        ben = server.client("ben")
        carla = server.client("carla")
        wait_until(lambda: len(server.json("sessions")["sessions"]) == 3, "three sessions")
        before = time.time()
        status = server.status()
        assert status["port_until"] % INTERVAL_S == 0, status
        # A server that gets no processor is late for a change.
        assert before - INTERVAL_S < status["port_until"] <= time.time() + INTERVAL_S, status
        assert b"the next one at" in server.command("status").stdout
        carla.process.send_signal(signal.SIGSTOP)
        ports = [status["port"]]
        lines = 0
        start = time.monotonic()
        while len(ports) < 3 or time.monotonic() - start < INTERVAL_S + 6:
            anna.type(f"a{lines}")
            ben.type(f"b{lines}")
            ben.wait_for_line(f"anna: a{lines}")
            anna.wait_for_line(f"ben: b{lines}")
            lines += 1
            port = server.status()["port"]
            if port != ports[-1]:
                ports.append(port)
            time.sleep(0.1)
        carla.process.send_signal(signal.SIGCONT)
        carla.wait_for_line(f"anna: a{lines - 1}")
        for process, other, letter in ((anna, "ben", "b"), (ben, "anna", "a"), (carla, "anna", "a"), (carla, "ben", "b")):
            expected = [f"{other}: {letter}{number}" for number in range(lines)]
            assert only(process, f"{other}: ") == expected, (other, only(process, f"{other}: ")[-3:], lines)
        for process in (anna, ben):
            assert "econnecting" not in process.err.text(), process.err.text()
        sessions = {session["name"]: session["since"] for session in server.json("sessions")["sessions"]}
        assert sessions["anna"] >= INTERVAL_S and sessions["ben"] >= INTERVAL_S, sessions
        print(f"# {lines} lines each way through {len(ports) - 1} rotations: {ports}")


def a_restarted_server_is_found_at_its_new_port():
    """A server that was away for a rotation is found by a client that knows only the schedule."""
    with Server(config=CONFIG) as server:
        anna = server.client("anna")
        operator = server.attach()
        anna.type("before")
        operator.wait_for_line("anna: before")
        port = server.status()["port"]
        until = server.status()["port_until"]
        server.process.process.terminate()
        assert server.process.wait() == 0, server.process.err.text()
        time.sleep(max(0, until - time.time()) + 0.1)
        server.start()
        assert server.status()["port"] != port
        operator = server.attach()
        anna.type("after")
        operator.wait_for_line("anna: after")


def a_fixed_port_does_not_change():
    """With --port nothing rotates, and the status says so."""
    with Server() as finder:
        port = finder.status()["port"]
    with Server("--port", str(port), config=CONFIG) as server:
        status = server.status()
        assert status["port"] == port and status["port_until"] == 0 and status["ports"] == [port], status
        assert b"does not change" in server.command("status").stdout
        assert not (server.state / "port.secret").exists()


def a_client_that_gets_another_address_goes_on():
    """After a NAT forgot the client, the answer comes one round trip after its next datagram."""
    with Server(public_ip="127.0.0.2") as server:
        network = BadNetwork("127.0.0.2", server.status()["port"], loss=0, duplicate=0, reorder=0)
        try:
            anna = server.client("anna")
            operator = server.attach()
            anna.type("first")
            operator.wait_for_line("anna: first")
            for number, ip in enumerate(("127.0.0.1", "127.0.0.3", "127.0.0.1")):
                time.sleep(0.2)
                network.rebind(ip)
                anna.type(f"moved {number}")
                operator.wait_for_line(f"anna: moved {number}")
                wait_until(lambda: any(way == "down" for way, _ in network.log), "an answer")
                operator.type(f"found {number}")
                anna.wait_for_line(f"{server.status()['name']}: found {number}")
                ways = [way for way, _ in network.log]
                before = ways.index("down")
                # One where nothing else runs; a client that gets no processor asks again before it reads the answer.
                assert before <= 8, ways
                times = [at for _, at in network.log]
                print(f"# rebound to {ip}: answered after {before} datagram, "
                      f"{1e3 * (times[before] - times[0]):.2f} ms; {len(ways)} datagrams for one line each way")
                session = server.json("sessions")["sessions"][0]
                assert session["address"].startswith(ip + ":"), session
            assert "econnecting" not in anna.err.text(), anna.err.text()
        finally:
            server.stop()
            network.close()


enter_network()
sys.exit(run_tap([
    a_client_that_gets_another_address_goes_on,
    a_fixed_port_does_not_change,
    a_restarted_server_is_found_at_its_new_port,
    chat_goes_on_through_rotations,
]))
