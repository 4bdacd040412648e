#!/usr/bin/env python3
"""A server is as dark as a machine where nothing listens behind a firewall that drops: nmap and a capture see no difference.

The firewall is what README says: it lets the server's range of ports in, and lets no "port unreachable" out. The second is what it takes,
since the kernel would say so for every port of the range but those that are open; the test also looks at what happens without.
"""

import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
import xml.etree.ElementTree

import natlab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "loopback"))
README = pathlib.Path(__file__).resolve().parent.parent.parent / "README.md"

INTERVAL_S = 10
EMPTY = """
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    iifname "lo" accept
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
  }
}
"""
CONFIG = f"""
networking: {{port_rotation_interval: {INTERVAL_S}}}
security: {{auto_regenerate_minutes: 0}}
"""
# What scanners send, and what looks like ours.
PAYLOADS = [
    b"", b"\0", b"\r\n\r\n", b"help\n",
    bytes.fromhex("000000010000000000000756657273696f6e0462696e640000100003"),  # DNS version.bind, as nmap has it
    struct.pack("!HHI", 1, 0, 0x2112A442) + bytes(12),  # STUN Binding
    *(bytes([kind]) + bytes(range(256)) * 2 for kind in (0x10, 0x20, 0x40, 0x41, 0x42, 0x43)),
    *((bytes([kind]) + bytes(2000))[:length] for kind in (0x10, 0x20, 0x40) for length in (29, 320, 384, 1200, 1472)),
]


# Parts that run on a host of the lab: python3 test-dark.py capture|probe ...

def capture(*addresses):
    """Prints every IP packet that comes from one of the addresses, or, without any, every UDP payload, until it is ended, and then
    what has come by then."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003))
    ended, end = socket.socketpair()
    signal.signal(signal.SIGTERM, lambda *_: end.send(b"."))
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([sock, ended], [], [])
        if sock not in ready:
            return
        packet, where = sock.recvfrom(65536)
        if where[1] == 0x0800:
            source, at, kind = socket.inet_ntop(socket.AF_INET, packet[12:16]), 4 * (packet[0] & 15), packet[9]
        elif where[1] == 0x86DD:
            source, at, kind = socket.inet_ntop(socket.AF_INET6, packet[8:24]), 40, packet[6]
        else:
            continue
        if source in addresses:
            print(f"{source} protocol {kind} {packet[at:at + 8].hex()}", flush=True)
        elif not addresses and kind == socket.IPPROTO_UDP:
            print(packet[at + 8:].hex(), flush=True)


def probe(address, ports, *recorded):
    """Sends each payload to each port, paced; what was recorded too."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    for payload in PAYLOADS + [bytes.fromhex(one) for one in recorded]:
        for port in ports.split(","):
            sock.sendto(payload, (address, int(port)))
        time.sleep(0.005)


def on(host, *arguments):
    return host.run(sys.executable, __file__, *arguments, check=True)


class Capture:
    def __init__(self, host, *addresses):
        self.process = host.popen(sys.executable, __file__, "capture", *addresses, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def take(self):
        """Ends it. Returns: its lines."""
        time.sleep(0.3)
        self.process.terminate()
        return self.process.communicate(timeout=60)[0].splitlines()


# The test

def readme_rules():
    """The firewall that README tells people to have."""
    rules = re.search(r"```nft\n(.*?)```", README.read_text(), re.S)
    assert rules, "README has no firewall any more"
    return rules.group(1)


def scan(stranger, address, ports):
    """Returns: {port: (state, why, service)} as nmap tells it."""
    family = ["-6"] if ":" in address else []
    result = stranger.run("nmap", *family, "-sU", "-sV", "--version-light", "-Pn", "-n", "-T4", "--min-parallelism", "20",
                          "--max-retries", "1", "--reason",
                          "-p", ports, "-oX", "-", address, check=True, timeout=300)
    found = {}
    for port in xml.etree.ElementTree.fromstring(result.stdout).iter("port"):
        state, service = port.find("state"), port.find("service")
        found[port.get("portid")] = (state.get("state"), state.get("reason"),
                                     {} if service is None else {k: v for k, v in service.attrib.items() if k != "conf"})
    assert len(found) == len(ports.split(",")), result.stdout
    return found


def listening(machine):
    """The UDP ports that are open there."""
    lines = machine.run("ss", "-uanH", check=True).stdout.splitlines()
    return sorted({int(line.split()[3].rsplit(":", 1)[1]) for line in lines})


def start(processes, machine):
    class LabServer(processes.Server):
        def start(self):
            self.process = processes.Process(machine.command(processes.SERVER, "--headless", *self.options))
            processes.wait_until(lambda: self.control.exists() and self.command("status").returncode == 0, "the server")

    return LabServer("--ip", "::", public_ip=machine.ip(), config=CONFIG)


def record_a_visit(processes, server, friend, lab):
    """Somebody pairs and is revoked again. Returns: all UDP payloads that the router saw of it."""
    assert server.command("new-file").returncode == 0
    seen = Capture(lab.internet)
    home = server.directory / "home"
    home.mkdir(mode=0o700)
    client = processes.Process(
        friend.command(processes.CLIENT, "--no-gui", "--file", server.sec_files()[0], "--bootstrap-key-file",
                       server.security / "bootstrap.key", "--name", "friend"),
        env=dict(os.environ, XDG_DATA_HOME=str(home), XDG_CONFIG_HOME=str(home)))
    server.clients.append(client)
    processes.wait_until(lambda: server.status()["sessions"] == 1, "a friend")
    client.type("hello")
    time.sleep(0.3)
    assert server.command("revoke", "1").returncode == 0
    client.wait()
    return list(dict.fromkeys(seen.take()))[:40]


def check_no_socket(processes, server, machine):
    """Without a file and a pairing the machine has no UDP socket."""
    processes.wait_until(lambda: server.status()["closed"], "the server to be closed")
    assert listening(machine) == [], listening(machine)
    assert b"nobody can come" in server.command("status").stdout


def check_probes(lab, hosts, ports, recorded):
    """Nothing comes back from either machine, by IPv4 and IPv6."""
    stranger, machine, empty = hosts
    for family in (4, 6):
        seen = Capture(stranger, machine.ip(family), empty.ip(family))
        for target in (machine, empty):
            on(stranger, "probe", target.ip(family), ports, *recorded)
        answers = seen.take()
        assert answers == [], answers


def check_rotation(processes, lab, hosts, server, recorded):
    """While ports come and go, and after all of them went with the server. Returns: the ports that there were."""
    stranger, machine, empty = hosts
    ports = set(listening(machine))
    first = server.status()["port"]
    seen = Capture(stranger, machine.ip(), empty.ip())
    end = time.monotonic() + 2 * INTERVAL_S + 2
    while time.monotonic() < end:
        ports |= set(listening(machine))
        text = ",".join(map(str, sorted(ports)))
        for target in (machine, empty):
            on(stranger, "probe", target.ip(), text, *recorded[:3])
    assert server.status()["port"] != first
    answers = seen.take()
    assert answers == [], answers
    return sorted(ports)


def check_nmap(hosts, ports):
    """nmap sees two machines of which it cannot tell one from the other."""
    stranger, machine, empty = hosts
    begun = time.monotonic()
    seen = Capture(stranger, machine.ip(), empty.ip(), machine.ip(6), empty.ip(6))
    few = ",".join(ports.split(",")[-4:])
    for family, ports in ((4, ports), (6, few)):
        ours, theirs = (scan(stranger, target.ip(family), ports) for target in (machine, empty))
        assert ours == theirs, (ours, theirs)
        assert {state for state, _, _ in ours.values()} == {"open|filtered"}, ours
    answers = seen.take()
    assert answers == [], answers
    print(f"# nmap: all ports open|filtered on both machines, {time.monotonic() - begun:.0f} s")


def check_control(hosts, closed):
    """The capture would see it: without the second half of the firewall a closed port says that it is closed."""
    stranger, machine, _ = hosts
    machine.nft("flush chain inet filter output\n")
    seen = Capture(stranger, machine.ip(), machine.ip(6))
    on(stranger, "probe", machine.ip(), str(closed))
    on(stranger, "probe", machine.ip(6), str(closed))
    answers = seen.take()
    assert {line.split()[2] for line in answers} == {"1", "58"}, answers


def check(processes, lab):
    machine, empty, stranger, friend = (lab.host(name) for name in ("server", "empty", "stranger", "friend"))
    hosts = stranger, machine, empty
    # Else the kernel itself says it only once a second, and the capture might see nothing for that reason.
    machine.sysctl("net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
    machine.nft(readme_rules())
    empty.nft(EMPTY)
    server = start(processes, machine)
    try:
        check_no_socket(processes, server, machine)
        recorded = record_a_visit(processes, server, friend, lab)
        check_no_socket(processes, server, machine)
        before = server.status()
        assert server.command("new-file").returncode == 0
        begun = time.monotonic()
        ports = check_rotation(processes, lab, hosts, server, recorded)
        closed = next(port for port in range(50000, 50100) if port not in ports)
        text = ",".join(map(str, [*ports, closed, 53, 3478]))
        check_probes(lab, hosts, text, recorded)
        check_nmap(hosts, text)
        status = server.status()
        assert status["near_misses"] == before["near_misses"] and status["members"] == 0, (before, status)
        assert status["strangers"] > before["strangers"], (before, status)
        print(f"# {len(ports)} ports in {time.monotonic() - begun:.0f} s, {status['strangers']} datagrams of strangers, no answer")
        seen = Capture(stranger, machine.ip())
        server.process.process.terminate()
        while server.process.process.poll() is None:
            on(stranger, "probe", machine.ip(), text)
        on(stranger, "probe", machine.ip(), text)
        assert seen.take() == []
        check_control(hosts, closed)
    finally:
        server.stop()


def main():
    if len(sys.argv) > 1:
        return {"capture": capture, "probe": probe}[sys.argv[1]](*sys.argv[2:])
    natlab.enter("nmap", "ss")
    import clawchat_processes
    with natlab.Lab() as lab:
        try:
            check(clawchat_processes, lab)
        except Exception as error:
            traceback.print_exc()
            print(f"not ok: {type(error).__name__}", flush=True)
            return 1
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
