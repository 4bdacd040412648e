#!/usr/bin/env python3
"""Chat over IPv4, IPv6 and dual stack, on real sockets of this machine."""

import socket
import sys

from clawchat_processes import Server, enter_network, run_tap, wait_until

# Nobody outside is asked for anything.
CONFIG = "networking: {port_mapping: false}\n"


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
        return True
    except OSError:
        return False


def is_taken(family, address, port):
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            sock.bind((address, port))
            return False
        except OSError:
            return True


def chat(ip, knock_at, prefix):
    """A client that knocks at `knock_at` talks with the operator, and is seen to come from `prefix`."""
    with Server(ip=ip, public_ip=knock_at, config=CONFIG) as server:
        operator = server.attach()
        anna = server.client("anna")
        anna.type("hello")
        operator.wait_for_line("anna: hello")
        operator.type("and you")
        anna.wait_for_line(f"{server.status()['name']}: and you")
        session = wait_until(lambda: server.json("sessions")["sessions"], "a session")[0]
        assert session["address"].startswith(prefix), session


def ipv4_alone():
    """Bound to an IPv4 address, or to all of IPv4."""
    chat("127.0.0.1", "127.0.0.1", "127.0.0.1:")
    chat("0.0.0.0", "127.0.0.1", "127.0.0.1:")


def ipv6_alone():
    """Bound to an IPv6 address."""
    chat("::1", "::1", "[::1]:")


def dual_stack():
    """Bound to all of IPv4 and IPv6; an IPv4 client is seen as such, and not as a mapped IPv6 address."""
    chat("::", "::1", "[::1]:")
    chat("::", "127.0.0.1", "127.0.0.1:")


def what_is_listened_on():
    """“0.0.0.0” leaves IPv6 to others, “::” takes both, “::1” leaves IPv4."""
    table = [("0.0.0.0", True, False), ("::", True, True), ("::1", False, True)]
    for ip, takes_ipv4, takes_ipv6 in table:
        with Server(ip=ip, public_ip=None, config=CONFIG) as server:
            port = server.status()["port"]
            assert is_taken(socket.AF_INET, "127.0.0.1", port) == takes_ipv4, ip
            assert is_taken(socket.AF_INET6, "::1", port) == takes_ipv6, ip


def both_families_in_one_room():
    """A member that came by IPv4 and one that came by IPv6 hear each other."""
    with Server(ip="::", public_ip="127.0.0.1", config=CONFIG) as server:
        anna = server.client("anna")
        # The files of the same server, started again, tell its other address.
        server.process.process.terminate()
        assert server.process.wait() == 0
        server.options[server.options.index("--public-ip") + 1] = "::1"
        for sec in server.sec_files():
            sec.unlink()
        server.start()
        ben = server.client("ben")
        addresses = wait_until(
            lambda: len(server.json("sessions")["sessions"]) == 2
            and sorted(session["address"].rsplit(":", 1)[0] for session in server.json("sessions")["sessions"]),
            "both to be connected",
        )
        assert addresses == ["127.0.0.1", "[::1]"], addresses
        anna.type("by four")
        ben.wait_for_line("anna: by four")
        ben.type("by six")
        anna.wait_for_line("ben: by six")


enter_network()
if not has_ipv6():
    print("1..1\nok 1 families # SKIP no IPv6 on this machine")
    sys.exit(0)
sys.exit(run_tap([
    ipv4_alone,
    ipv6_alone,
    dual_stack,
    what_is_listened_on,
    both_families_in_one_room,
]))
