#!/usr/bin/env python3
"""The lab itself: what its links, NATs and moves do to datagrams. (What its NATs are is for test-nat-check.py to find out.)"""

import re
import sys
import time

import natlab


# For answers that come: ping waits no longer than for the last one of them. And for ones that do not.
ANSWERS_S, SILENCE_S = 30, 1


def ping(host, target, *options, family=4, patience_s=SILENCE_S):
    """Returns: how many of the datagrams came back, in percent, and what ping says."""
    result = host.run("ping", f"-{family}", "-n", "-W", patience_s, *options, target.ip(family))
    lost = re.search(r"([0-9.]+)% packet loss", result.stdout)
    return 100 - float(lost.group(1)) if lost else 0, result.stdout + result.stderr


def reaches(host, target):
    """Only whether it does: for who does not a second is enough."""
    return all(ping(host, target, "-c", "1", family=family)[0] == 100 for family in (4, 6))


def assert_reaches(*hosts, target):
    for host in hosts:
        for family in (4, 6):
            came, text = ping(host, target, "-c", "1", family=family, patience_s=ANSWERS_S)
            assert came == 100, f"{host.name}, IPv{family}: {text}"


def everybody_reaches_the_internet(lab, server, host, nat, deep):
    """From behind one NAT and two, in both families; nobody outside reaches in."""
    assert_reaches(host, deep, target=server)
    server.configure(f"route add 10.0.0.0/8 via {server.ip().rsplit('.', 1)[0]}.1")
    assert not reaches(server, host)


def loss_drops_a_part(lab, server, host, nat, deep):
    """Of 300 datagrams there and back about half survive a loss of 30% in each direction, and all of them none."""
    host.loss(30)
    came, text = ping(host, server, "-c", "300", "-i", "0.002")
    assert 35 < came < 64, text
    host.loss(0)
    came, text = ping(host, server, "-c", "300", "-i", "0.002", patience_s=ANSWERS_S)
    assert came == 100, text


def mtu_is_told(lab, server, host, nat, deep):
    """A router says that a datagram is too large for its link; a black hole does not say anything."""
    nat.mtu(1280)
    text = ping(host, server, "-c", "1", "-M", "do", "-s", "1300")[1]
    assert "1280" in text, text
    host.run("ip", "route", "flush", "cache")
    nat.mtu(1280, black_hole=True)
    host.run("ip", "route", "flush", "cache")
    for size, expected, patience_s in ((1252, 100, ANSWERS_S), (1300, 0, SILENCE_S)):
        came, text = ping(host, server, "-c", "1", "-M", "do", "-s", size, patience_s=patience_s)
        assert came == expected and "mtu" not in text, text
    nat.mtu(1500)
    assert ping(host, server, "-c", "1", "-M", "do", "-s", "1400", patience_s=ANSWERS_S)[0] == 100


def a_link_can_be_down(lab, server, host, nat, deep):
    """What goes over a link that is down does not arrive, and afterwards everything is as it was."""
    for node in (host, nat):
        node.up(False)
        assert not reaches(host, server), node.name
        node.up()
        assert_reaches(host, target=server)


def hosts_and_nats_move(lab, server, host, nat, deep):
    """Who moves has other addresses, and reaches the same."""
    for node in (host, nat):
        before = node.ips
        lab.move(node)
        assert node.ips != before
        assert_reaches(host, deep, target=server)
    lab.move(host, behind=nat)
    assert_reaches(host, target=server)


def a_firewall_routes(lab, server, host, nat, deep):
    """Behind a firewall the addresses are public, and only who was spoken to is let in."""
    lab.move(host, behind=lab.nodes["firewall"])
    assert host.ip().startswith("198.18.")
    assert_reaches(host, target=server)
    assert not reaches(server, host)
    lab.move(host, behind=lab.nodes["open"])
    assert_reaches(host, target=server)


def processes_end_with_the_lab(lab, server, host, nat, deep):
    """So that a test that fails leaves nothing behind."""
    process = host.popen("sleep", "1000")
    host.kill()
    assert process.poll() is not None


TESTS = [everybody_reaches_the_internet, loss_drops_a_part, mtu_is_told, a_link_can_be_down, hosts_and_nats_move,
         a_firewall_routes, processes_end_with_the_lab]


def main():
    natlab.enter()
    failed = 0
    with natlab.Lab() as lab:
        server = lab.host("server")
        nat = lab.nat("nat", natlab.PORT_RESTRICTED)
        host = lab.host("host", behind=nat)
        deep = lab.host("deep", behind=lab.nat("inner", natlab.SYMMETRIC, behind=nat))
        lab.nat("firewall", natlab.FIREWALL)
        lab.nat("open", natlab.OPEN)
        for test in TESTS:
            start = time.monotonic()
            try:
                test(lab, server, host, nat, deep)
                print(f"ok {test.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
            except Exception as error:
                print(f"not ok {test.__name__}: {type(error).__name__}: {error}", flush=True)
                failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
