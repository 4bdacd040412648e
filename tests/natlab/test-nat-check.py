#!/usr/bin/env python3
"""clawchat --nat-check behind every NAT of the lab says what coturn's turnutils_natdiscovery says there."""

import concurrent.futures
import os
import sys
import tempfile
import time

import coturn
import natlab

CLIENT = os.environ["CLAWCHAT_CLIENT"]
# Mostly waiting for answers that never come, so that many at a time do not disturb each other.
PARALLEL = 24
LOSS_PERCENT = 3
EX_OK, EX_UNAVAILABLE = 0, 69
KINDS = [
    natlab.FULL_CONE, natlab.ADDRESS_RESTRICTED, natlab.PORT_RESTRICTED, natlab.ADDRESS_SYMMETRIC, natlab.SYMMETRIC,
    natlab.SEQUENTIAL_SYMMETRIC, natlab.FIREWALL, natlab.OPEN, natlab.BLOCKED,
]


class Place:
    """A host somewhere in the lab, and what is said there."""

    def __init__(self, name, host, kind):
        self.name = name
        self.host = host
        self.kind = kind  # of the strictest NAT on the way
        self.coturn = {}
        self.clawchat = {}
        self.seconds = {}

    def is_blocked(self):
        return self.kind is natlab.BLOCKED

    def is_translated(self):
        return self.kind.mapping is not None


def make_places(lab):
    places = []
    for number, kind in enumerate(KINDS):
        nat = lab.nat(f"nat{number}", kind)
        places.append(Place(kind.name, lab.host(f"host{number}", behind=nat), kind))

    hairpin = lab.nat("hairpin", natlab.PORT_RESTRICTED, hairpin=True)
    places.append(Place("port-restricted, hairpin", lab.host("in-hairpin", behind=hairpin), natlab.PORT_RESTRICTED))

    outer = lab.nat("outer", natlab.FULL_CONE)
    inner = lab.nat("inner", natlab.PORT_RESTRICTED, behind=outer)
    places.append(Place("double, port-restricted in full cone", lab.host("in-double", behind=inner), natlab.PORT_RESTRICTED))
    carrier = lab.nat("carrier", natlab.SYMMETRIC)
    home = lab.nat("home", natlab.FULL_CONE, behind=carrier)
    places.append(Place("double, full cone in symmetric", lab.host("in-carrier", behind=home), natlab.SYMMETRIC))

    narrow = lab.nat("narrow", natlab.ADDRESS_RESTRICTED)
    narrow.mtu(1280)
    places.append(Place("address-restricted, MTU 1280", lab.host("in-narrow", behind=narrow), natlab.ADDRESS_RESTRICTED))
    short = lab.nat("short", natlab.SYMMETRIC)
    short.set_timeouts(5, 7)
    places.append(Place("symmetric, forgets after 7 s", lab.host("in-short", behind=short), natlab.SYMMETRIC))
    return places


def nat_check(host, *servers, options=()):
    """Runs clawchat --nat-check on a host. Returns its exit code, a dictionary of the fields it prints, and all it says."""
    arguments = [argument for server in servers for argument in ("--stun-server", server)]
    start = time.monotonic()
    result = host.run(CLIENT, "--nat-check", *arguments, *options)
    fields = dict(line.strip().split(": ", 1) for line in result.stdout.splitlines() if ": " in line)
    fields = {name.lower(): value for name, value in fields.items()}
    return result.returncode, fields, result.stdout + result.stderr, time.monotonic() - start


def look(place, server, family):
    """coturn's and our own opinion of one place."""
    place.coturn[family] = coturn.discover(place.host, server, family)
    code, fields, text, place.seconds[family] = nat_check(place.host, coturn.address(server, family))
    assert code == (EX_UNAVAILABLE if place.is_blocked() else EX_OK), text
    place.clawchat[family] = fields
    if place.is_blocked():
        assert "UDP is blocked" in " ".join(text.split()), text


def print_table(places):
    row = "# {:38} {:4} {:27} {:27} {:8} {:6}"
    print(row.format("place", "", "mapping", "filtering", "hairpin", "time"))
    for place in places:
        for family, said in sorted(place.clawchat.items()):
            print(row.format(place.name, f"IPv{family}", said.get("mapping", "-"), said.get("filtering", "-"),
                             said.get("hairpinning", "-"), f"{place.seconds[family]:.1f} s"))


def compare(place, family):
    ours, theirs = place.clawchat[family], place.coturn[family]
    where = f"{place.name}, IPv{family}: {ours} and coturn says {theirs}"
    if place.is_blocked():
        assert "mapping" not in ours and "mapping" not in theirs, where
        return
    assert ours["filtering"] == theirs["filtering"], where
    if place.is_translated():
        assert ours["mapping"] == theirs["mapping"], where
        assert ours["hairpinning"] == theirs["hairpinning"], where
        assert ours["own address"] != ours["seen from outside"], where
    else:  # coturn does not look for the absence of a NAT
        assert (ours["mapping"], theirs["mapping"]) == ("none", natlab.INDEPENDENT), where
        assert ours["own address"] == ours["seen from outside"], where
    assert place.seconds[family] < 9, where


def same_as_coturn(lab, places, server):
    """Each place gets the same verdict from both, in IPv4 and IPv6, and it is the one that the lab was built to."""
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        looks = [pool.submit(look, place, server, family) for place in places for family in (4, 6)]
        for one in looks:
            one.result()
    print_table(places)
    for place in places:
        for family in (4, 6):
            compare(place, family)
            if place.is_translated() and place.kind.mapping != natlab.SEQUENTIAL:
                assert place.clawchat[family]["mapping"] == place.kind.mapping, place.name
            if not place.is_blocked():
                assert place.clawchat[family]["filtering"] == place.kind.filtering, place.name


def in_spite_of_loss(lab, places, server):
    """Datagrams that get lost in both directions do not change the verdict."""
    chosen = [place for place in places if place.kind in (natlab.FULL_CONE, natlab.ADDRESS_RESTRICTED, natlab.SYMMETRIC)]
    server.loss(LOSS_PERCENT)
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        checks = [(place, pool.submit(nat_check, place.host, coturn.address(server, 4))) for place in chosen]
    server.loss(0)
    for place, check in checks:
        code, fields, text, _ = check.result()
        assert code == EX_OK, text
        assert fields["filtering"] == place.clawchat[4]["filtering"], f"{place.name}: {text}"
        assert fields["mapping"] == place.clawchat[4]["mapping"], f"{place.name}: {text}"


def after_forgetting(lab, places, server):
    """A router that has forgotten everything is still the same kind of router."""
    for number in (0, 1, 3):
        lab.nodes[f"nat{number}"].forget()
        code, fields, text, _ = nat_check(places[number].host, coturn.address(server, 4))
        assert code == EX_OK, text
        assert fields["mapping"] == places[number].clawchat[4]["mapping"], text
        assert fields["filtering"] == places[number].clawchat[4]["filtering"], text


def honest_with_one_address(lab, places, server):
    """Servers with one address each do not show the filtering, and two of them show more of the mapping than one."""
    plain = [lab.nodes["plain1"], lab.nodes["plain2"]]
    for place, mapping in ((places[2], natlab.INDEPENDENT), (places[4], f"at least {natlab.ADDRESS}")):
        code, fields, text, _ = nat_check(place.host, coturn.address(plain[0], 4))
        assert (code, fields["mapping"], fields["filtering"]) == (EX_OK, "unknown", "unknown"), text
        code, fields, text, _ = nat_check(place.host, *(coturn.address(one, 4) for one in plain))
        assert (code, fields["mapping"], fields["filtering"]) == (EX_OK, mapping, "unknown"), text


def lifetime(lab, places, server):
    """The time after which a mapping in use is forgotten is found between the two that enclose it."""
    place = next(place for place in places if "forgets" in place.name)
    code, _, text, seconds = nat_check(place.host, coturn.address(server, 4), options=["--lifetime"])
    assert code == EX_OK, text
    assert "remembered for 5 to 10 s of silence" in text, text
    assert seconds < 30, seconds


def sends_nothing_when_forbidden(lab, places, server):
    """With nat_detection: false not a single datagram leaves."""
    host = lab.nodes["in-hairpin"]
    lab.nodes["hairpin"].forget()
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        config.write(f"networking: {{nat_detection: false, stun_servers: ['{coturn.address(server, 4)}']}}\n")
        config.flush()
        result = host.run(CLIENT, "--nat-check", "--config", config.name)
    assert result.returncode == 78, result.stderr
    assert "nat_detection is false" in result.stderr, result.stderr
    assert "udp" not in lab.nodes["hairpin"].run("conntrack", "-L").stdout


# Each of these has the lab to itself, the others do not disturb each other.
ALONE = [same_as_coturn, in_spite_of_loss]
TOGETHER = [lifetime, after_forgetting, honest_with_one_address, sends_nothing_when_forbidden]


def passes(test, *arguments):
    start = time.monotonic()
    try:
        test(*arguments)
    except Exception as error:
        print(f"not ok {test.__name__}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"ok {test.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    return True


def main():
    natlab.enter("turnserver", "turnutils_natdiscovery", "ss")
    with natlab.Lab() as lab:
        server = lab.host("server", addresses=2)
        plain = [lab.host(name) for name in ("plain1", "plain2")]
        places = make_places(lab)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for start in [pool.submit(coturn.start_server, server, family) for family in (4, 6)] + [
                pool.submit(coturn.start_server, one, 4, addresses=1) for one in plain
            ]:
                start.result()
        # The others compare with what this one found.
        if not all(passes(test, lab, places, server) for test in ALONE):
            return 1
        with concurrent.futures.ThreadPoolExecutor(len(TOGETHER)) as pool:
            results = pool.map(lambda test: passes(test, lab, places, server), TOGETHER)
        return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
