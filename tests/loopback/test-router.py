#!/usr/bin/env python3
"""A home server behind a real router daemon (miniupnpd), in network namespaces that end with this program.

    outside 11.0.0.1 --- 11.0.0.2 router 192.168.7.1 --- 192.168.7.2 home

The outside addresses are the Internet's only in name: nothing leaves the namespaces. They are of a block that
is announced nowhere, since the daemon refuses to map on an address that is reserved or private.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

INSIDE = "CLAWCHAT_TEST_INSIDE"

RULES = """
flush ruleset
table inet filter {
  chain forward {
    type filter hook forward priority 0; policy drop;
    iifname "lan" accept
    ct state established,related accept
    jump mapped
  }
  chain mapped { }
  chain input {
    type filter hook input priority 0;
    iifname "lan" udp dport { 1900, 5351 } counter
  }
  chain before { type nat hook prerouting priority -100; jump mapped_before; }
  chain mapped_before { }
  chain after {
    type nat hook postrouting priority 100;
    oifname "wan" masquerade
    jump mapped_after
  }
  chain mapped_after { }
}
"""

DAEMON = """
ext_ifname=wan
listening_ip=lan
port=5555
enable_natpmp={natpmp}
enable_upnp={upnp}
upnp_table_name=filter
upnp_nat_table_name=filter
upnp_forward_chain=mapped
upnp_nat_chain=mapped_before
upnp_nat_postrouting_chain=mapped_after
secure_mode=yes
system_uptime=yes
notify_interval=60
uuid=0b0d6e26-8e4c-4d6a-9d8e-2b1c4a0f1f77
allow 1024-65535 192.168.7.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""


def skip(reason):
    print(f"1..1\nok 1 router # SKIP {reason}")
    sys.exit(0)


def enter():
    """Runs this program again in namespaces of its own, or says why that cannot be."""
    if os.geteuid() != 0:
        skip("not root")
    for tool in ("unshare", "ip", "nft", "miniupnpd"):
        if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            skip(f"there is no {tool}")
    probe = subprocess.run(
        ["unshare", "-mn", "sh", "-c", "mount -t tmpfs tmpfs /run && nft add table inet probe && mkdir /run/netns"
         " && ip netns add probe"],
        capture_output=True, check=False,
    )
    if probe.returncode != 0:
        skip("no network namespaces here: " + probe.stderr.decode().strip().replace("\n", " "))
    os.environ[INSIDE] = "1"
    os.execvp("unshare", ["unshare", "-mn", "--propagation", "private", sys.executable, os.path.abspath(__file__)])


if INSIDE not in os.environ:
    enter()
os.environ["PATH"] += ":/usr/sbin:/sbin"

from clawchat_processes import PATIENCE_S, Server, run_tap, wait_until  # noqa: E402


def run(command, **options):
    return subprocess.run(command.split(), check=True, capture_output=True, **options).stdout.decode()


def build():
    # The daemon has its lock in /run, and the namespaces their names.
    run("mount -t tmpfs tmpfs /run")
    os.mkdir("/run/netns")
    with open("/run/hosts", "w", encoding="ascii") as hosts:
        hosts.write("127.0.0.1 localhost\n11.0.0.1 stun.test\n")
    run("mount --bind /run/hosts /etc/hosts")
    for name in ("router", "home"):
        run(f"ip netns add {name}")
        run(f"ip -n {name} link set lo up")
    run("ip link set lo up")
    run("ip link add wan0 type veth peer name wan netns router")
    run("ip -n router link add lan type veth peer name eth0 netns home")
    run("ip addr add 11.0.0.1/24 dev wan0")
    run("ip link set wan0 up")
    run("ip -n router addr add 11.0.0.2/24 dev wan")
    run("ip -n router addr add 192.168.7.1/24 dev lan")
    run("ip -n router link set wan up")
    run("ip -n router link set lan up")
    run("ip netns exec router sysctl -qw net.ipv4.ip_forward=1")
    run("ip -n home addr add 192.168.7.2/24 dev eth0")
    run("ip -n home link set eth0 up")
    run("ip -n home route add default via 192.168.7.1")
    run("ip netns exec router nft -f -", input=RULES.encode())


class Daemon:
    """The router's miniupnpd; without `natpmp` or `upnp` it does not speak that one."""

    def __init__(self, natpmp=True, upnp=True):
        run("ip netns exec router nft -f -", input=RULES.encode())
        self.directory = tempfile.mkdtemp(prefix="clawchat-router-")
        path = os.path.join(self.directory, "conf")
        with open(path, "w", encoding="utf-8") as conf:
            conf.write(DAEMON.format(natpmp="yes" if natpmp else "no", upnp="yes" if upnp else "no"))
        with open(os.path.join(self.directory, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", "router", "miniupnpd", "-d", "-f", path, "-P", self.directory + "/pid"],
                stdout=log, stderr=log,
            )
        port = ":5351" if natpmp else ":1900"
        wait_until(lambda: port in run("ip netns exec router ss -Hlun"), "the router's daemon: " + self.log())

    def log(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if exception[0] is not None:
            print("# router: " + self.log()[-3000:].replace("\n", "\n# router: "))
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory)


class HomeServer(Server):
    """A server in the home network that listens on everything."""

    def __init__(self, config=None, ip="0.0.0.0"):
        super().__init__(prefix=["ip", "netns", "exec", "home"], ip=ip, public_ip=None, config=config)

    def wait_for_reach(self, kind):
        wait_until(lambda: self.status()["reach"] == kind, f"the server to be “{kind}”")
        return self.status()


def mappings():
    return [line.strip() for line in run("ip netns exec router nft list chain inet filter mapped_before").splitlines()
            if "dnat" in line]


def asked():
    """How many datagrams the router got that ask for a mapping."""
    line = next(line for line in run("ip netns exec router nft list chain inet filter input").splitlines()
                if "counter" in line)
    return int(line.split("packets")[1].split()[0])


NATPMP_NEIGHBOUR = """
import socket, struct
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("192.168.7.9", 0))
sock.settimeout(5)
sock.sendto(struct.pack("!BBHHHI", 0, 1, 0, PORT, PORT, 3600), ("192.168.7.1", 5351))
assert sock.recv(16)[1:4] == b"\\x81\\0\\0"
"""
UPNP_NEIGHBOUR = """
import http.client
urn = "urn:schemas-upnp-org:service:WANIPConnection:1"
values = [("RemoteHost", ""), ("ExternalPort", PORT), ("Protocol", "UDP"), ("InternalPort", PORT),
          ("InternalClient", "192.168.7.9"), ("Enabled", 1), ("PortMappingDescription", "x"), ("LeaseDuration", 3600)]
body = ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:AddPortMapping xmlns:u="' + urn
        + '">' + "".join(f"<New{k}>{v}</New{k}>" for k, v in values) + "</u:AddPortMapping></s:Body></s:Envelope>")
connection = http.client.HTTPConnection("192.168.7.1", 5555, timeout=5, source_address=("192.168.7.9", 0))
connection.request("POST", "/ctl/IPConn", body, {"SOAPAction": f'"{urn}#AddPortMapping"', "Content-Type": "text/xml"})
answer = connection.getresponse()
assert answer.status == 200, answer.read()
"""


def map_for_neighbour(natpmp, port):
    """Another machine of the network, as the router sees it, gets the port first."""
    script = (NATPMP_NEIGHBOUR if natpmp else UPNP_NEIGHBOUR).replace("PORT)", f"{port})").replace("PORT,", f"{port},")
    run("ip -n home addr add 192.168.7.9/24 dev eth0")
    try:
        run(f"ip netns exec home {sys.executable} -", input=script.encode())
    finally:
        run("ip -n home addr del 192.168.7.9/24 dev eth0")
    assert len(mappings()) == 1, mappings()


def chat(server):
    """A client outside comes in with the newest file, and what it says is heard."""
    operator = server.attach()
    anna = server.client("anna")
    anna.type("from outside")
    operator.wait_for_line("anna: from outside")


def wait_for_file(server, before):
    wait_until(lambda: server.sec_files() and server.sec_files()[-1] not in before, "a file with the new address")


def natpmp_lets_a_client_in():
    """By NAT-PMP the router maps the port, a new file says so, a client outside comes in; at the end it is closed."""
    with Daemon(), HomeServer() as server:
        begin = time.monotonic()
        status = server.wait_for_reach("mapped")
        print(f"# mapped by {status['mapping_protocol']} after {time.monotonic() - begin:.2f} s")
        assert status["mapping_protocol"] == "NAT-PMP", status
        assert status["mapped_address"] == f"11.0.0.2:{status['port']}", status
        assert status["public_address"] == status["mapped_address"], status
        assert status["candidates"] == [f"192.168.7.2:{status['port']}"], status
        assert "the router maps UDP port" in server.command("status").stdout.decode()
        wait_until(lambda: len(server.sec_files()) == 2, "a file with the mapped address")
        chat(server)
        assert len(mappings()) == 1, mappings()
        begin = time.monotonic()
        assert server.stop() == 0
        print(f"# stopped and closed after {time.monotonic() - begin:.2f} s")
        assert mappings() == []


def upnp_lets_a_client_in():
    """The same by UPnP, for routers that know only this."""
    with Daemon(natpmp=False), HomeServer() as server:
        begin = time.monotonic()
        status = server.wait_for_reach("mapped")
        print(f"# mapped by {status['mapping_protocol']} after {time.monotonic() - begin:.2f} s")
        assert status["mapping_protocol"] == "UPnP", status
        assert status["public_address"] == f"11.0.0.2:{status['port']}", status
        wait_until(lambda: len(server.sec_files()) == 2, "a file with the mapped address")
        chat(server)
        assert server.stop() == 0
        assert mappings() == []


def a_taken_port_is_mapped_elsewhere():
    """When the router has given the port to another machine, it maps another one, and the client comes in there."""
    for natpmp in (True, False):
        config = "server: {port: 50123}\n"
        with Daemon(natpmp=natpmp, upnp=not natpmp):
            map_for_neighbour(natpmp, 50123)
            with HomeServer(config=config) as server:
                status = server.wait_for_reach("mapped")
                print(f"# {status['mapping_protocol']}: {status['mapped_address']}")
                assert status["mapped_port"] != 50123 and status["port"] == 50123, status
                wait_until(lambda: len(server.sec_files()) == 2, "a file with the mapped address")
                chat(server)


def no_answer_is_said_honestly():
    """Where no router answers, the status says what to do, and why; the server works in the local network."""
    run("ip netns exec router nft -f -", input=RULES.encode())
    with HomeServer() as server:
        begin = time.monotonic()
        status = server.wait_for_reach("nat")
        print(f"# given up after {time.monotonic() - begin:.2f} s: {status['mapping_problem']}")
        assert "NAT-PMP" in status["mapping_problem"] and "UPnP" in status["mapping_problem"], status
        assert status["public_address"] == f"192.168.7.2:{status['port']}", status
        text = server.command("status").stdout.decode()
        assert f"forward UDP port {status['port']}" in text, text


class StunServer:
    """Answers every Binding request (RFC 8489) on 11.0.0.1 with the address that it came from."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("11.0.0.1", 3478))
        self.asked = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            data, sender = self.sock.recvfrom(2048)
            if not data:
                return
            self.asked.append(sender)
            mapped = struct.pack("!HHBBHI", 0x20, 8, 0, 1, sender[1] ^ 0x2112,
                                 struct.unpack("!I", socket.inet_aton(sender[0]))[0] ^ 0x2112A442)
            self.sock.sendto(struct.pack("!HH", 0x101, len(mapped)) + data[4:20] + mapped, sender)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", ("11.0.0.1", 3478))
        self.sock.close()


def a_stun_server_tells_the_public_address():
    """Behind a NAT that maps nothing, a STUN server tells where it sees the server; a new file says so."""
    run("ip netns exec router nft -f -", input=RULES.encode())
    stun = StunServer()
    try:
        with HomeServer(config="networking: {stun_servers: [stun.test], port_mapping: false}\n") as server:
            wait_until(lambda: "seen_address" in server.status(), "the STUN server's answer")
            status = server.status()
            assert status["seen_address"] == f"11.0.0.2:{status['port']}", status
            assert status["public_address"] == status["seen_address"], status
            assert status["reach"] == "nat", status
            # Who waits for an answer may ask again.
            assert set(stun.asked) == {("11.0.0.2", status["port"])}, stun.asked
            wait_until(lambda: len(server.sec_files()) == 2, "a file with the public address")
            text = server.command("status").stdout.decode()
            assert status["seen_address"] in text and f"forward UDP port {status['port']}" in text, text
    finally:
        stun.close()


def nobody_is_asked_who_need_not_be():
    """With port_mapping off, or with a public address on this machine, the router hears nothing."""
    with Daemon():
        with HomeServer(config="networking: {port_mapping: false}\n") as server:
            assert server.status()["reach"] == "nat"
            time.sleep(0.5)
        run("ip -n home addr add 11.0.0.99/32 dev eth0")
        try:
            with HomeServer() as server:
                status = server.status()
                assert status["reach"] == "public", status
                assert status["public_address"] == f"11.0.0.99:{status['port']}", status
                time.sleep(0.5)
        finally:
            run("ip -n home addr del 11.0.0.99/32 dev eth0")
        assert asked() == 0, asked()


def a_new_port_is_mapped_too():
    """When the server changes its port, the router maps the new one, and the old one as long as it is listened on."""
    with Daemon(), HomeServer(config="networking: {port_rotation_interval: 10}\n") as server:
        server.wait_for_reach("mapped")
        wait_until(lambda: len(server.sec_files()) >= 2, "a file with the mapped address")
        anna = server.client("anna")
        before = server.wait_for_reach("mapped")["port"]
        status = wait_until(
            lambda: server.status()["port"] != before and server.status()["reach"] == "mapped" and server.status(),
            "the next port to be mapped",
        )
        assert status["public_address"] == f"11.0.0.2:{status['port']}", status
        # A third one when this took longer than an interval.
        assert 2 <= len(mappings()) <= 3, mappings()
        operator = server.attach()
        anna.type("still here")
        operator.wait_for_line("anna: still here")
        assert server.stop() == 0
        assert mappings() == []


def another_network_is_noticed():
    """A new address of this machine is in a new file, and the router is asked again."""
    with Daemon(), HomeServer() as server:
        server.wait_for_reach("mapped")
        wait_until(lambda: len(server.sec_files()) == 2, "a file with the mapped address")
        before = asked()
        run("ip -n home addr add 192.168.7.77/24 dev eth0")
        try:
            port = server.status()["port"]
            wait_until(lambda: f"192.168.7.77:{port}" in server.status()["candidates"], "the new address")
            wait_until(lambda: asked() > before, "the router to be asked again")
            server.wait_for_reach("mapped")
        finally:
            run("ip -n home addr del 192.168.7.77/24 dev eth0")


build()
sys.exit(run_tap([
    natpmp_lets_a_client_in,
    upnp_lets_a_client_in,
    a_taken_port_is_mapped_elsewhere,
    no_answer_is_said_honestly,
    a_stun_server_tells_the_public_address,
    nobody_is_asked_who_need_not_be,
    a_new_port_is_mapped_too,
    another_network_is_noticed,
]))
