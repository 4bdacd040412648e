#!/usr/bin/env python3
"""Sessions from behind every kind of NAT go along when the server's port changes, when the router forgets them, and when they move."""

import pathlib
import sys
import time

import natlab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "loopback"))

INTERVAL_S = 10
ROTATIONS = 2
KINDS = [natlab.FULL_CONE, natlab.ADDRESS_RESTRICTED, natlab.PORT_RESTRICTED, natlab.ADDRESS_SYMMETRIC, natlab.SYMMETRIC,
         natlab.SEQUENTIAL_SYMMETRIC, natlab.FIREWALL]


def start(processes, lab):
    """Returns: the server, its operator, and a client behind each NAT, all connected."""
    machine = lab.host("server")
    server = processes.Server(ip="0.0.0.0", public_ip=machine.ip(), prefix=machine.command(),
                              config=f"networking: {{port_rotation_interval: {INTERVAL_S}}}\n")
    clients = {}
    for number, kind in enumerate(KINDS):
        name = f"c{number}"
        nat = lab.nat(f"nat{number}", kind)
        host = lab.host(f"host{number}", behind=nat)
        process = server.client(name, prefix=host.command())
        clients[kind] = (name, nat, host, process)
    return server, server.attach(), clients


def say_around(server, operator, clients, text):
    """Everybody says something, and hears the operator. Returns: milliseconds until all was heard."""
    begun = time.monotonic()
    for name, _, _, process in clients.values():
        process.type(f"{name} {text}")
    operator.type(f"operator {text}")
    title = server.title
    for name, _, _, process in clients.values():
        operator.wait_for_line(f"{name}: {name} {text}")
        process.wait_for_line(f"{title}: operator {text}")
    return 1e3 * (time.monotonic() - begun)


def check(processes, lab):
    server, operator, clients = start(processes, lab)
    try:
        server.title = server.status()["name"]
        ports = [server.status()["port"]]
        slowest = lines = 0
        while len(ports) <= ROTATIONS:
            slowest = max(slowest, say_around(server, operator, clients, str(lines)))
            lines += 1
            port = server.status()["port"]
            if port != ports[-1]:
                ports.append(port)
            time.sleep(0.1)
        time.sleep(1)
        print(f"# {len(clients)} NATs, {lines} lines each, ports {ports}: the slowest round took {slowest:.0f} ms")
        for _, nat, _, _ in clients.values():
            nat.forget()
        print(f"# after all NATs forgot everything: {say_around(server, operator, clients, 'forgotten'):.0f} ms")
        for _, _, host, _ in clients.values():
            lab.move(host)
        print(f"# after all have moved elsewhere: {say_around(server, operator, clients, 'moved'):.0f} ms")
        sessions = server.json("sessions")["sessions"]
        assert len(sessions) == len(clients), sessions
        for kind, (name, _, host, process) in clients.items():
            session = next(one for one in sessions if one["name"] == name)
            assert session["address"].rsplit(":", 1)[0] == host.ip(), (kind, session, host.ips)
            assert "econnecting" not in process.err.text(), (kind, process.err.text())
            heard = [line for line in process.out.lines if line.startswith(f"{server.title}: ")]
            assert len(heard) == lines + 2, (kind, heard)
    finally:
        server.stop()


def main():
    natlab.enter()
    import clawchat_processes
    with natlab.Lab() as lab:
        try:
            check(clawchat_processes, lab)
        except Exception as error:
            print(f"not ok: {type(error).__name__}: {error}", flush=True)
            return 1
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
