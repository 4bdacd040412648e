#!/usr/bin/env python3
"""Who connects: a client behind every NAT of the lab, a server in public, behind an open NAT, behind one with a port forwarded,
and behind one that lets nobody in; in which time, and whether a line goes both ways then and after a long silence."""

import concurrent.futures
import pathlib
import sys
import time

import coturn
import natlab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "loopback"))

FORWARDED_PORT = 50000
# A router that remembers for longer than the longest pause of our keepalives (25 s), and one that does not.
REMEMBERS_S, FORGETS_S = 28, 5
IDLE_S = 35
# In that time: a keepalive or two with what follows, reports that become rare, and one look at the network.
IDLE_WAKES = 30
IDLE_LOOKS = 4
LOSS_PERCENT = 20
PATH = 1280
LARGE = 60000  # bytes of a line, so that datagrams are as large as the path takes
GIVE_UP_S = 8
EX_UNAVAILABLE = 69
# What a busy machine may take for what takes milliseconds, and recovery from heavy loss: the table tells what they took.
QUICK_S, SLOW_S = 40, 50
# The next keepalive at the latest; the server may have given the session up by then, and the client needs 15 s to see that.
FORGOTTEN_S = 25 + 15 + 20


class Place:
    """Where a client is."""

    def __init__(self, name, host, nat=None, limit_s=QUICK_S, hear_limit_s=None, disturb=None, has_large=False):
        self.name = name
        self.host = host
        self.nat = nat
        self.limit_s = limit_s  # for connecting and for what is said from there
        self.hear_limit_s = hear_limit_s or limit_s
        self.disturb = disturb  # what happens to it in the middle of the session
        self.has_large = has_large  # whether large lines are sent from there


def make_places(lab):
    places = [Place("no NAT", lab.host("plain"))]
    for number, kind in enumerate((natlab.FULL_CONE, natlab.ADDRESS_RESTRICTED, natlab.PORT_RESTRICTED, natlab.SYMMETRIC,
                                   natlab.FIREWALL)):
        nat = lab.nat(f"nat{number}", kind)
        places.append(Place(kind.name, lab.host(f"host{number}", behind=nat), nat))

    carrier = lab.nat("carrier", natlab.SYMMETRIC)
    home = lab.nat("home", natlab.PORT_RESTRICTED, behind=carrier)
    places.append(Place("double: port-restricted, symmetric", lab.host("in-double", behind=home), home))

    def behind(key, name, kind=natlab.SYMMETRIC, **options):
        nat = lab.nat(key, kind)
        place = Place(name, lab.host(f"in-{key}", behind=nat), nat, **options)
        places.append(place)
        return place

    behind("remembers", f"forgets after {REMEMBERS_S} s").nat.set_timeouts(REMEMBERS_S, REMEMBERS_S)
    behind("forgets", f"forgets after {FORGETS_S} s", hear_limit_s=FORGOTTEN_S).nat.set_timeouts(FORGETS_S, FORGETS_S)
    behind("restarts", "restarts in the session", disturb=lambda place: place.nat.forget())
    behind("narrow", f"MTU {PATH}", natlab.PORT_RESTRICTED, has_large=True).nat.mtu(PATH)
    behind("hole", f"black hole at {PATH} in the session", natlab.PORT_RESTRICTED, limit_s=SLOW_S, has_large=True,
           disturb=lambda place: place.nat.mtu(PATH, black_hole=True))
    behind("loss", f"loss {LOSS_PERCENT}% each way", natlab.PORT_RESTRICTED, limit_s=SLOW_S).host.loss(LOSS_PERCENT)
    return places


class Cell:
    """A client of a place with a server of a site."""

    def __init__(self, place, name, process):
        self.place = place
        self.name = name
        self.process = process
        self.seconds = []  # to connect, then of lines
        self.wakes = 0

    def wait(self, lines, start, begun, limit_s, what):
        """Returns: the seconds after which a line came that starts so."""
        wait_until(lambda: lines.time_of(start), f"{what}, {self.place.name}: {self.process.err.text()}", limit_s)
        return lines.time_of(start) - begun


class Site:
    """A server somewhere, its operator, and its clients."""

    def __init__(self, name, machine, family=4, **options):
        self.name = f"{name}, IPv{family}"
        self.server = Server(prefix=machine.command(), **options)
        self.operator = self.server.attach()
        self.title = self.server.status()["name"]
        self.cells = []

    def connect(self, places):
        for number, place in enumerate(places):
            name = f"c{number}"
            cell = Cell(place, name, self.server.client(name, prefix=place.host.command()))
            begun = wait_until(lambda: cell.process.err.time_of("Connecting to "), "a client to start")
            cell.seconds.append(cell.wait(cell.process.err, "Connected to ", begun, place.limit_s, "connecting"))
            self.cells.append(cell)

    def hear(self, text):
        """The operator says something that all clients hear. Returns: the seconds it took to each."""
        begun = time.monotonic()
        self.operator.type(text)
        return [cell.wait(cell.process.out, f"{self.title}: {text}", begun, cell.place.hear_limit_s,
                          f"“{text[:20]}” of the operator") for cell in self.cells]

    def say(self, text, cells=None):
        """Clients say something that the operator hears. Returns: the seconds it took from each."""
        begun = {}
        for cell in cells or self.cells:
            begun[cell] = time.monotonic()
            cell.process.type(text)
        return [cell.wait(self.operator.out, f"{cell.name}: {text}", at, cell.place.limit_s, f"“{text[:20]}” of a client")
                for cell, at in begun.items()]

    def chat(self, text):
        for cell, down, up in zip(self.cells, self.hear(text), self.say(text)):
            cell.seconds.append(max(down, up))


def in_parallel(function, *lists):
    with concurrent.futures.ThreadPoolExecutor(len(lists[0])) as pool:
        return list(pool.map(function, *lists))


def make_sites(lab):
    """Returns: those that can be reached, and the one that cannot."""
    stun = lab.host("stun", addresses=2)
    coturn.start_server(stun, 4)
    asks = f"networking: {{stun_servers: ['{coturn.address(stun, 4)}']}}\n"
    public = lab.host("public")
    open_nat = lab.nat("open-nat", natlab.FULL_CONE)
    forwarding = lab.nat("forwarding", natlab.PORT_RESTRICTED)
    strict = lab.nat("strict", natlab.PORT_RESTRICTED)
    in_open, in_forwarding, in_strict = [
        lab.host(f"server-{nat.name}", behind=nat) for nat in (open_nat, forwarding, strict)
    ]
    forwarding.forward(FORWARDED_PORT, in_forwarding)
    sites = in_parallel(lambda start: start(), [
        lambda: Site("public", public, ip="0.0.0.0", public_ip=public.ip()),
        lambda: Site("public", public, 6, ip=public.ip(6), public_ip=public.ip(6)),
        lambda: Site("full cone", in_open, ip="0.0.0.0", public_ip=None, config=asks),
        lambda: Site("port forwarded", in_forwarding, ip="0.0.0.0", public_ip=forwarding.ip(),
                     config=f"server: {{port: {FORWARDED_PORT}}}\n"),
        lambda: Site("no mapping", in_strict, ip="0.0.0.0", public_ip=None, config=asks),
    ])
    for site, nat in ((sites[2], open_nat), (sites[4], strict)):
        wait_until(lambda: site.server.status().get("seen_address", "").startswith(nat.ip()), "what STUN sees")
        wait_until(lambda: len(site.server.sec_files()) >= 2, "a file that says so")
    return sites[:-1], sites[-1]


def knock_in_vain(site, place, number):
    """Returns: what the client says, its exit code, and the seconds it took."""
    config = site.server.directory / f"client{number}.yaml"
    config.write_text(f"networking: {{hole_punch_timeout: {GIVE_UP_S}}}\n")
    begun = time.monotonic()
    process = site.server.client(f"v{number}", "--config", str(config), prefix=place.host.command(), connected=False)
    wait_until(lambda: process.process.poll() is not None, lambda: f"{place.name} to give up: {process.err.text()}")
    code = process.wait()
    return process.err.text(), code, time.monotonic() - begun


def nobody_comes_in(site, places):
    """A server behind a NAT without a mapping, which nobody reaches from elsewhere: both sides say so."""
    status = site.server.status()
    assert status["reach"] in ("nat", "asking"), status
    for text, code, seconds in in_parallel(lambda number, place: knock_in_vain(site, place, number), *zip(*enumerate(places))):
        assert code == EX_UNAVAILABLE, (code, text)
        assert "behind a NAT" in text and "clawchat-server status" in text, text
        assert seconds < GIVE_UP_S + QUICK_S, seconds
    assert site.server.status()["reach"] == "nat"
    text = site.server.command("status").stdout.decode()
    assert "behind a NAT without a mapping" in text and "forward UDP port" in text, text


def blocked(site, place):
    """Where UDP does not pass, the client says that this may be so."""
    text, code, seconds = knock_in_vain(site, place, 99)
    assert code == EX_UNAVAILABLE and "UDP is blocked" in text, (code, text)
    assert seconds < GIVE_UP_S + QUICK_S, seconds


def large_cells(site):
    return [cell for cell in site.cells if cell.place.has_large]


def before_disturbance(site):
    """Large lines make the datagrams as large as the path takes."""
    site.say("L" * LARGE, large_cells(site))


def after_disturbance(site):
    """Who speaks first goes on as though nothing had happened, and then hears the others."""
    site.say("still here", [cell for cell in site.cells if cell.place.disturb])
    site.say("M" * LARGE, large_cells(site))
    site.hear("N" * LARGE)


def print_table(sites, unreached, places):
    row = "# {:36}" + " {:22}" * (len(sites) + 1)
    print(row.format("client \\ server", *[site.name for site in sites], unreached.name))
    print(row.format("", *["connect/line/idle ms"] * len(sites), ""))
    for number, place in enumerate(places):
        cells = ["/".join(f"{1e3 * seconds:.0f}" for seconds in site.cells[number].seconds) for site in sites]
        print(row.format(place.name, *cells, "no, and says why"))
    print(row.format("UDP blocked", "no, and says why", *[""] * len(sites)), flush=True)


def check(lab):
    places = make_places(lab)
    shut = Place("UDP blocked", lab.host("in-blocked", behind=lab.nat("blocked", natlab.BLOCKED)))
    sites, unreached = make_sites(lab)
    try:
        in_parallel(lambda site: site.connect(places), sites)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            in_vain = [pool.submit(nobody_comes_in, unreached, places), pool.submit(blocked, sites[0], shut)]
            in_parallel(lambda site: site.chat("hello"), sites)
            in_parallel(before_disturbance, sites)
            for place in places:
                if place.disturb:
                    place.disturb(place)
            in_parallel(after_disturbance, sites)
            for one in in_vain:
                one.result()
        check_idle(sites)
        in_parallel(lambda site: site.chat("anybody here?"), sites)
        print_table(sites, unreached, places)
        check_sessions(sites)
    finally:
        for site in [*sites, unreached]:
            site.server.stop()


def count_wakes(sites):
    """Over the time of an idle session."""
    cells = [cell for site in sites for cell in site.cells]
    before = [cell.process.wake_ups() for cell in cells]
    time.sleep(IDLE_S)
    for cell, count in zip(cells, before):
        cell.wakes = cell.process.wake_ups() - count


def too_awake(sites):
    return [(cell.place.name, site.name, cell.wakes) for site in sites for cell in site.cells
            if cell.wakes > IDLE_WAKES and cell.place.limit_s != SLOW_S]


def check_idle(sites):
    """Nobody wakes again and again while nothing is said; but for recovery after a loss. A machine too busy to answer in time
    makes others send again: it is looked at until it was not for so long."""
    for _ in range(IDLE_LOOKS):
        count_wakes(sites)
        if not too_awake(sites):
            break
    assert not too_awake(sites), too_awake(sites)
    wakes = [cell.wakes for site in sites for cell in site.cells]
    print(f"# idle for {IDLE_S} s: each client woke {min(wakes)} to {max(wakes)} times")


def check_sessions(sites):
    """Nobody had to connect again, but behind the router that forgets earlier than anybody can speak up."""
    for site in sites:
        for cell in site.cells:
            if "econnecting" in cell.process.err.text():
                print(f"# {cell.place.name} with {site.name} had to connect again")
                assert cell.place.hear_limit_s == FORGOTTEN_S, cell.process.err.text()


def main():
    global Server, wait_until
    natlab.enter("turnserver", "ss")
    from clawchat_processes import Server, wait_until
    begun = time.monotonic()
    with natlab.Lab() as lab:
        try:
            check(lab)
        except Exception as error:
            print(f"not ok: {type(error).__name__}: {error}", flush=True)
            return 1
    print(f"ok ({time.monotonic() - begun:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
