"""Hosts behind NATs on one machine, made of network namespaces and nftables rules, for tests that run as root.

    import natlab

    natlab.enter()                                   # first of all: begins again in namespaces of its own
    with natlab.Lab() as lab:
        server = lab.host("server", addresses=2)     # on the lab's internet, two addresses a family
        home = lab.nat("home", natlab.SYMMETRIC)
        anna = lab.host("anna", behind=home)
        inner = lab.nat("inner", natlab.PORT_RESTRICTED, behind=home)      # double NAT
        ben = lab.host("ben", behind=inner)
        anna.run("ping", "-c", "1", server.ip())     # a CompletedProcess
        ben.popen("clawchat", ...)                   # a Popen, killed with the lab
        home.loss(5); home.mtu(1280); home.forget(); home.set_timeouts(2, 4); home.forward(50000, anna)
        lab.move(anna)                               # roams: now at the internet, with another address

enter () starts the program again below `unshare`: everything that a lab makes (namespaces, links, rules, processes) vanishes
with that process, however it ends, and nothing of it can be seen from outside or reach the machine's real network.

The internet is one router. Every host and every NAT has a link and a subnet of its own: 198.18.N.0/24 and 2001:db8:N::/64 at
the internet, 10.N.0.0/24 and fd00:N::/64 behind a NAT. The way up is always the interface "wan", the others are "lan<N>". IPv6
is translated as IPv4 is, so that each kind of NAT can be had in both; FIREWALL, OPEN and BLOCKED translate nothing, and what is
behind one of these has public addresses.

What a NAT does is a Kind: how it maps and what it lets in, in the words of RFC 4787 section 4 and 5. Ports are kept (as far as
they are free) where the mapping does not depend on the destination. Two limits of these models: two hosts behind one full-cone,
restricted or hairpinning NAT must not use the same port, and there are no delays, since the kernel here has no netem.

Segmentation offload is off on every link, so that loss hits single datagrams.
"""

import atexit
import collections
import os
import shutil
import signal
import subprocess
import sys
import threading

INDEPENDENT = "endpoint-independent"
ADDRESS = "address-dependent"
ADDRESS_AND_PORT = "address-and-port-dependent"
SEQUENTIAL = "sequential"  # as ADDRESS_AND_PORT, but the next port each time

# mapping None: not translated; filtering None: no UDP passes.
Kind = collections.namedtuple("Kind", "name mapping filtering")
FULL_CONE = Kind("full cone", INDEPENDENT, INDEPENDENT)
ADDRESS_RESTRICTED = Kind("address-restricted", INDEPENDENT, ADDRESS)
PORT_RESTRICTED = Kind("port-restricted", INDEPENDENT, ADDRESS_AND_PORT)
ADDRESS_SYMMETRIC = Kind("address-symmetric", ADDRESS, ADDRESS_AND_PORT)
SYMMETRIC = Kind("symmetric", ADDRESS_AND_PORT, ADDRESS_AND_PORT)
SEQUENTIAL_SYMMETRIC = Kind("sequential symmetric", SEQUENTIAL, ADDRESS_AND_PORT)
FIREWALL = Kind("firewall, no NAT", None, ADDRESS_AND_PORT)
OPEN = Kind("no NAT", None, INDEPENDENT)
BLOCKED = Kind("UDP blocked", None, None)

INSIDE = "CLAWCHAT_NATLAB"  # in the environment of the program that enter () began again
SKIP = 77
TIMEOUT_S = 60  # of a command of run ()
SUBNETS_MAX = 254
FORGET_S, FORGET_STREAM_S = 30, 120  # as Linux has it: a mapping used once, and one in use


# Going inside

UNSHARE = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
# What the labs ask of the kernel: namespaces, pairs of interfaces, NAT, sets that time out, random numbers.
PROBE = """
set -e
mkdir -p /run/netns && mount -t tmpfs natlab /run/netns && ip netns add probe && ip link add one type veth peer name two
nft -f - << 'RULES'
table ip probe {
  map eim { type inet_service : ipv4_addr; flags dynamic,timeout; timeout 1s; size 16; }
  chain post { type nat hook postrouting priority srcnat; oifname "wan" masquerade fully-random; }
  chain forward { type filter hook forward priority 0; numgen random mod 100 < 3 drop; }
}
RULES
"""


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(SKIP)


def enter(*programs):
    """Begins this program again inside namespaces of its own, or ends it with 77 and the reason why that cannot be.

    programs: what the test needs besides the lab's own tools."""
    if os.environ.get(INSIDE):
        # The first process of a PID namespace gets no signal that it does not handle.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        os.makedirs("/run/netns", exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "natlab", "/run/netns"], check=True)
        return
    if os.geteuid() != 0:
        skip("network namespaces need root")
    for program in ("unshare", "nsenter", "ip", "nft", "conntrack", "sysctl", "ping", *programs):
        if shutil.which(program) is None:
            skip(f"{program} is not installed")
    probe = subprocess.run([*UNSHARE, "sh", "-c", PROBE], capture_output=True, text=True, timeout=60, check=False)
    if probe.returncode != 0:
        skip(f"the kernel refuses: {probe.stderr.strip().splitlines()[-1:]}")
    os.environ[INSIDE] = "1"
    sys.stdout.flush()
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, *sys.argv])


# Nodes

class Node:
    """One network namespace. Made by a Lab."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.gateway = None  # the Node above
        self.gateway_ips = ()
        self.subnet = None  # its number
        self.link = None  # the name of the gateway's interface towards here
        self.ips = {4: [], 6: []}
        self.routed = []  # routes above to what is behind this
        self.processes = []
        subprocess.run(["ip", "netns", "add", name], check=True)
        for which in ("all", "default"):
            self.sysctl(f"net.ipv6.conf.{which}.accept_dad=0", f"net.ipv6.conf.{which}.keep_addr_on_down=1")
        self.configure("link set lo up")

    def command(self, *arguments):
        """What to run so that a program runs here: a list for subprocess."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *map(str, arguments)]

    def run(self, *arguments, **options):
        """Runs a command to its end. Returns its CompletedProcess, with the output as text."""
        settings = {"capture_output": True, "text": True, "timeout": TIMEOUT_S, "check": False, **options}
        return subprocess.run(self.command(*arguments), **settings)

    def popen(self, *arguments, **options):
        """Starts a command, which ends with the lab at the latest. Returns its Popen."""
        process = subprocess.Popen(self.command(*arguments), **options)
        self.processes.append(process)
        return process

    def ip(self, family=4, index=0):
        """An address of this node towards the internet."""
        return self.ips[family][index]

    def configure(self, *commands):
        """Runs commands of `ip` here."""
        subprocess.run(["ip", "-n", self.name, "-batch", "-"], input="\n".join(commands) + "\n", text=True, check=True)

    def sysctl(self, *settings):
        self.run("sysctl", "-qw", *settings, check=True)

    def nft(self, rules):
        self.run("nft", "-f", "-", input=rules, check=True)

    def loss(self, percent):
        """Drops that part of what passes the link to the gateway, in each direction; 0 ends it."""
        self._link_rules("loss", "-200", f"numgen random mod 1000 < {round(percent * 10)} drop" if percent else "")

    def mtu(self, size, black_hole=False):
        """Reduces the MTU of the link to the gateway, to which senders further away are told by ICMP; or, as a black hole,
        drops what is larger without a word, as broken networks do."""
        self.mtu_rules(size if black_hole else None)
        size = 1500 if black_hole else size
        self.configure(f"link set wan mtu {size}")
        self.gateway.configure(f"link set {self.link} mtu {size}")

    def mtu_rules(self, size):
        """The rules of a black hole for what is larger than size, or none."""
        self._link_rules("mtu", "-190", f"meta length > {size} drop" if size else "")

    def _link_rules(self, name, priority, rule):
        """Makes rule hold for what the gateway forwards over the link, either way, in place of the last of that name."""
        table = f"inet {name}_{self.link}"
        rules = f'iifname "{self.link}" {rule}\noifname "{self.link}" {rule}\n' if rule else ""
        self.gateway.nft(
            f"table {table} {{}}\ndelete table {table}\n"
            f"table {table} {{ chain forward {{ type filter hook forward priority {priority};\n{rules}}}\n}}\n"
        )

    def up(self, is_up=True):
        """Takes the link to the gateway down, or up again."""
        self.gateway.configure(f"link set {self.link} {'up' if is_up else 'down'}", *(self.routed if is_up else []))
        if is_up:
            self.lab.unsettled.add(self)

    def kill(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.processes.clear()


class Host(Node):
    """A machine at the internet or behind a NAT."""

    def command(self, *arguments):
        self.lab.settle()
        return super().command(*arguments)


RULES = """
table {family} nat {{
  map eim {{ type inet_service : {type}; flags dynamic,timeout; timeout {timeout}s; size 65535; }}
  set seen {{ type {type} . inet_service; flags dynamic,timeout; timeout {timeout}s; size 65535; }}
  chain prerouting {{
    type nat hook prerouting priority dstnat;
    {incoming}
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat;
    {mapping}
  }}
  chain forward {{
    type filter hook forward priority 0;
    oifname "wan" meta l4proto udp update @eim {{ udp sport : {family} saddr }}
    oifname "wan" meta l4proto udp update @seen {{ {family} daddr . udp sport }}
    {blocked}
    iifname != "wan" accept
    ct state established,related accept
    {forwarding}
    {filtering}
    iifname "wan" drop
  }}
  chain input {{
    type filter hook input priority 0;
    iifname != "wan" accept
    meta l4proto {{ icmp, ipv6-icmp }} accept
    ct state established,related accept
    drop
  }}
}}
"""
MAPPINGS = {
    INDEPENDENT: "masquerade",
    ADDRESS: "masquerade to :jhash udp sport . {family} daddr mod 20000 offset 30000",
    ADDRESS_AND_PORT: "masquerade fully-random",
    SEQUENTIAL: "masquerade to :numgen inc mod 20000 offset 30000",
}
FILTERS = {
    INDEPENDENT: "meta l4proto udp accept",
    ADDRESS: "meta l4proto udp {family} saddr . udp dport @seen accept",
    ADDRESS_AND_PORT: "",
    None: "",
}


class Nat(Node):
    """A router with an address translator, or a firewall, in it."""

    def start(self, kind, hairpin):
        self.kind = kind
        self.hairpin = hairpin
        self.timeouts = (FORGET_S, FORGET_STREAM_S)
        self.forwards = []  # (port, host)
        self.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        self._write_rules()

    def _rules(self, family):
        kind, name = self.kind, {4: "ip", 6: "ip6"}[family]
        address = self.ips[family][0]
        incoming = [f'iifname "wan" {name} daddr {address} udp dport {port} dnat to {host.ip(family)}'
                    for port, host in self.forwards]
        mapping = []
        if kind.mapping is not None:
            # Strangers find the host through the table of mappings; answers find it through the kernel's own.
            if kind.filtering in (INDEPENDENT, ADDRESS) or self.hairpin:
                where = "" if self.hairpin else 'iifname "wan" '
                incoming += [f"{where}{name} daddr {address} meta l4proto udp dnat to udp dport map @eim"]
            if self.hairpin:
                mapping = [f'oifname "lan*" ct status dnat snat to {address}']
            mapping += [f'oifname "wan" meta l4proto udp {MAPPINGS[kind.mapping]}', 'oifname "wan" masquerade']
        return RULES.format(
            family=name,
            type={4: "ipv4_addr", 6: "ipv6_addr"}[family],
            timeout=self.timeouts[1],
            incoming="\n    ".join(incoming),
            mapping="\n    ".join(mapping).format(family=name),
            forwarding="iifname wan meta l4proto udp ct status dnat accept" if self.forwards else "",
            filtering=FILTERS[kind.filtering].format(family=name),
            blocked="meta l4proto udp drop" if kind.filtering is None else "",
        )

    def moved(self):
        """The outer address is another one now."""
        self._write_rules()
        self.forget()

    def _write_rules(self):
        self.nft("".join(f"table {name} nat {{}}\ndelete table {name} nat\n" for name in ("ip", "ip6"))
                 + self._rules(4) + self._rules(6))

    def set_timeouts(self, once_s, stream_s):
        """Seconds after which a mapping is forgotten: one that was used once, and one that is in use. Forgets all of them."""
        self.timeouts = (once_s, stream_s)
        self.sysctl(f"net.netfilter.nf_conntrack_udp_timeout={once_s}",
                    f"net.netfilter.nf_conntrack_udp_timeout_stream={stream_s}")
        self._write_rules()
        self.forget()

    def forward(self, port, host):
        """Passes a UDP port on to a host behind this, whoever writes to it, as a rule that the router's owner has made."""
        self.forwards.append((port, host))
        self._write_rules()

    def forget(self):
        """Forgets all mappings, as a router does that restarts."""
        for family in ("ip", "ip6"):
            self.run("nft", "flush", "map", family, "nat", "eim", check=True)
            self.run("nft", "flush", "set", family, "nat", "seen", check=True)
        self.run("conntrack", "-F", check=True)


class Lab:
    """A context: the internet, and what is attached to it. One at a time in a process."""

    def __init__(self):
        if not os.environ.get(INSIDE):
            raise RuntimeError("natlab.enter () comes first")
        self.nodes = {}
        self.subnets = collections.deque(range(1, SUBNETS_MAX + 1))  # free numbers, the longest free one first
        self.settling = threading.Lock()
        self.unsettled = set()  # nodes whose link has come up
        self.internet = self._add(Node, "internet")
        self.internet.sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        atexit.register(self.close)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for node in self.nodes.values():
            node.kill()
        for name in self.nodes:
            subprocess.run(["ip", "netns", "delete", name], check=True)
        self.nodes.clear()
        atexit.unregister(self.close)

    def host(self, name, behind=None, addresses=1):
        """A Host at the internet, or behind a NAT, with so many addresses of each family."""
        return self._attach(self._add(Host, name), behind, addresses)

    def nat(self, name, kind, behind=None, hairpin=False):
        """A Nat of that Kind at the internet, or behind another. hairpin: whether those behind it reach each other by their
        outer addresses, whatever it lets in from outside."""
        nat = self._attach(self._add(Nat, name), behind, 1)
        nat.start(kind, hairpin)
        return nat

    def move(self, node, behind=None):
        """Takes a host, or a NAT that translates, to another place, with other addresses, as a machine that roams. What loss ()
        and mtu () did to its link is over."""
        addresses = len(node.ips[4])
        self.subnets.append(node.subnet)
        node.gateway.configure(f"link delete {node.link}")
        node.loss(0)
        node.mtu_rules(None)
        node.ips = {4: [], 6: []}
        self._attach(node, behind, addresses)
        if isinstance(node, Nat):
            node.moved()

    def settle(self):
        """Waits until links that have come up carry something, which for IPv6 takes the kernel up to a second. Hosts do it
        before they run anything."""
        with self.settling:
            for node in self.unsettled:
                for address in node.gateway_ips:
                    subprocess.run(Node.command(node, "ping", "-c", "1", "-i", "0.1", "-w", "30", address), check=True,
                                   stdout=subprocess.DEVNULL)
            self.unsettled.clear()

    def _add(self, node_class, name):
        node = self.nodes[name] = node_class(self, name)
        return node

    def _attach(self, node, behind, addresses):
        gateway = node.gateway = behind or self.internet
        number = node.subnet = self.subnets.popleft()
        link = node.link = f"lan{number}"
        is_public = gateway is self.internet or gateway.kind.mapping is None
        net4, net6 = (f"198.18.{number}", f"2001:db8:{number}:") if is_public else (f"10.{number}.0", f"fd00:{number}:")
        gateway.configure(
            f"link add {link} gso_max_segs 1 type veth peer name wan gso_max_segs 1 netns {node.name}",
            f"address add {net4}.1/24 dev {link}",
            f"address add {net6}:1/64 dev {link} nodad",
            f"link set {link} up",
        )
        for index in range(addresses):
            node.ips[4].append(f"{net4}.{index + 2}")
            node.ips[6].append(f"{net6}:{index + 2}")
        node.configure(
            *[f"address add {address}/24 dev wan" for address in node.ips[4]],
            *[f"address add {address}/64 dev wan nodad" for address in node.ips[6]],
            "link set wan up",
            f"route add default via {net4}.1",
            f"route add ::/0 via {net6}:1",
        )
        node.gateway_ips = (f"{net4}.1", f"{net6}:1")
        self.unsettled.add(node)
        if is_public:
            self._route(gateway, f"{net4}.0/24", f"{net6}:/64")
        return node

    def _route(self, node, net4, net6):
        """Tells the routers above a firewall where the public addresses behind it are."""
        while node is not self.internet:
            routes = [f"route add {net4} via {node.ip(4)}", f"route add {net6} via {node.ip(6)}"]
            node.gateway.configure(*routes)
            node.routed += routes
            node = node.gateway
