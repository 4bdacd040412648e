"""coturn's STUN server and its NAT discovery, the independent opinion in tests of our own."""

import re
import subprocess
import time

PORT, OTHER_PORT = 3478, 3479
PATIENCE_S = 60
BEHAVIOUR = re.compile(r"NAT with (.*) (Mapping|Filtering)!")


def start_server(host, family, addresses=2):
    """Starts turnserver on so many addresses of a host of the lab, and waits until it answers there. With two addresses it is a
    server as RFC 5780 wants it, with one it knows no other address."""
    listeners = [argument for index in range(addresses) for argument in ("-L", host.ip(family, index))]
    process = host.popen(
        "turnserver", "-n", "--no-auth", "--no-tls", "--no-dtls", "--no-cli", *listeners, "-p", PORT,
        "--alt-listening-port", OTHER_PORT, "--log-file=stdout", "--simple-log",
        f"--pidfile=/run/netns/.{host.name}-{family}.pid",
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE_S
    while not _listens(host, family):
        assert process.poll() is None, f"turnserver ended with {process.returncode}"
        assert time.monotonic() < deadline, "turnserver does not listen"
        time.sleep(0.05)


def _listens(host, family):
    listening = host.run("ss", "-Hlun", f"sport = :{PORT}").stdout
    return host.ip(family) in listening


def discover(host, server, family):
    """What turnutils_natdiscovery says on a host of the lab: a dictionary with mapping, filtering and hairpinning."""
    result = host.run("turnutils_natdiscovery", "-m", "-f", "-H", server.ip(family))
    found = {kind.lower(): words.lower().replace(" and ", "-and-").replace(" ", "-")
             for words, kind in BEHAVIOUR.findall(result.stdout)}
    found["hairpinning"] = "yes" if "successful hairpinning" in result.stdout else "no"
    return found


def address(server, family):
    """HOST:PORT of a server that start_server () started."""
    ip = server.ip(family)
    return f"[{ip}]:{PORT}" if family == 6 else f"{ip}:{PORT}"
