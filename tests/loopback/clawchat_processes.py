"""Real ClawChat processes for tests: a server, terminal clients, an operator, and a bad network between them.

Everything runs on loopback in a directory of its own and is ended by its process id.
"""

import heapq
import json
import os
import pathlib
import random
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

SERVER = os.environ["CLAWCHAT_SERVER"]
CLIENT = os.environ["CLAWCHAT_CLIENT"]
INSIDE = "CLAWCHAT_TEST_NETWORK"  # in the environment of a program in a network of its own
PATIENCE_S = float(os.environ.get("CLAWCHAT_TEST_PATIENCE_S", "60"))


def enter_network():
    """Begins this program again in a network of its own, with nothing but loopback, in which nobody else takes a port; where
    that cannot be, it goes on in everybody's."""
    if INSIDE in os.environ:
        return
    os.environ[INSIDE] = "1"
    inside = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode == 0:
        os.execvp(inside[0], [*inside, sys.executable, *sys.argv])


def wait_until(condition, what, timeout=PATIENCE_S):
    """Waits until condition() is true and returns its value; fails with `what`, a text or a function that makes it, after the
    timeout."""
    end = time.monotonic() + timeout
    while True:
        # Looked at once more afterwards: the time may be over because nothing ran at all.
        is_over = time.monotonic() > end
        value = condition()
        if value:
            return value
        if is_over:
            raise AssertionError(f"waited {timeout:g} s in vain for {what() if callable(what) else what}")
        time.sleep(0.01)


def undisturbed(look):
    """Returns look(), which reads files that programs may replace at any moment, also those of /proc: it begins again when one was
    gone."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return look()
        except (FileNotFoundError, ProcessLookupError):
            if time.monotonic() > end:
                raise


def read_secrets(path):
    """The text of a file with secrets. Who has opened it before another one takes its place finds it overwritten."""
    while True:
        with open(path, encoding="utf-8") as file:
            text = file.read()
            if "\0" not in text or os.fstat(file.fileno()).st_nlink > 0:
                return text


def read_files(directory):
    """What all files below a directory hold, by their paths."""
    return undisturbed(lambda: {path: path.read_bytes() for path in files_below(directory)})


def files_below(directory):
    """The files below a directory, but for those that only name another one."""
    return undisturbed(lambda: [path for path in pathlib.Path(directory).rglob("*") if path.is_file() and not path.is_symlink()])


def newest_last(directory, pattern):
    """The files of a directory that match, in the order of their making."""
    found = undisturbed(lambda: sorted((path.stat().st_mtime_ns, path) for path in pathlib.Path(directory).glob(pattern)))
    return [path for _, path in found]


class Lines:
    """Collects the lines of a pipe, and when they came, in the background; or gives each of them to on_line."""

    def __init__(self, pipe, on_line=None):
        self.lines = []
        self.times = []
        self._pipe = pipe
        self._on_line = on_line or self._collect
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        for line in self._pipe:
            self._on_line(line.decode("utf-8", "replace").rstrip("\n"))

    def _collect(self, line):
        self.times.append(time.monotonic())
        self.lines.append(line)

    def time_of(self, start):
        """When the first line came that begins like this (time.monotonic ()), None if there is none yet."""
        return next((at for line, at in zip(list(self.lines), self.times) if line.startswith(start)), None)

    def join(self):
        """Until all is read that a program has left, who may have children that hold the pipe."""
        for _ in range(100):
            self._thread.join(0.1)  # each a chance to read, if nothing ran meanwhile

    def text(self):
        return "\n".join(self.lines)


class Process:
    def __init__(self, command, on_line=None, **options):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
        )
        self.out = Lines(self.process.stdout, on_line)
        self.err = Lines(self.process.stderr)

    def type(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def end_of_input(self):
        self.process.stdin.close()

    def wait(self, timeout=PATIENCE_S):
        code = self.process.wait(timeout)
        self.out.join()
        self.err.join()
        return code

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def wake_ups(self):
        """How often its threads have waited for something so far, and then ran again."""
        def count(status):
            lines = status.read_text(encoding="utf-8").splitlines()
            return int(next(line for line in lines if line.startswith("voluntary")).split()[1])

        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        return undisturbed(lambda: sum(count(status) for status in tasks.glob("*/status")))

    def wait_for_line(self, line, timeout=PATIENCE_S):
        wait_until(
            lambda: line in self.out.lines or self.process.poll() is not None and self._drained(line),
            f"{line[:80]!r} in {self.out.lines[-5:]} (stderr: {self.err.lines[-5:]})",
            timeout,
        )

    def _drained(self, line):
        self.out.join()
        assert line in self.out.lines, f"ended before {line[:80]!r}: {self.err.lines[-5:]}"
        return True


class Server:
    """A clawchat-server with directories of its own."""

    def __init__(self, *options, ip="127.0.0.1", public_ip="127.0.0.1", config=None, prefix=()):
        self.prefix = list(prefix)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="clawchat-test-"))
        self.security = self.directory / "security"
        self.state = self.directory / "state"
        self.control = self.directory / "control.sock"
        self.options = [
            "--ip", ip, *(["--public-ip", public_ip] if public_ip else []),
            "--security-dir", str(self.security), "--state-dir", str(self.state),
            "--control-socket", str(self.control), *options,
        ]
        if config is not None:
            path = self.directory / "server.yaml"
            path.write_text(config)
            self.options += ["--config", str(path)]
        self.process = None
        self.clients = []
        self.start()

    def start(self):
        self.process = Process([*self.prefix, SERVER, "--headless", *self.options])
        wait_until(
            lambda: self.process.process.poll() is not None or self.sec_files() and self.control.exists(),
            "the server's .sec file",
        )
        assert self.process.process.poll() is None, self.process.err.text()
        wait_until(lambda: self.command("status").returncode == 0, "the control socket")

    def sec_files(self):
        """Returns: the .sec files, the newest last."""
        return newest_last(self.security, "*.sec")

    def fresh_sec(self, name, source=None):
        """Copies the unused .sec away, as somebody who carries it would."""
        path = self.directory / f"{name}.sec"
        shutil.copy(source or wait_until(self.sec_files, "a .sec file")[-1], path)
        return path

    def command(self, *arguments, **options):
        return subprocess.run(
            [SERVER, "--control-socket", str(self.control), *arguments],
            capture_output=True, timeout=PATIENCE_S, check=False, **options
        )

    def status(self):
        result = self.command("status", "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def json(self, *arguments):
        result = self.command(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def attach(self, on_line=None):
        """Joins as the operator; returns once the server knows of it."""
        before = self.status()["operators"]
        process = Process([SERVER, "--control-socket", str(self.control), "attach"], on_line)
        self.clients.append(process)
        wait_until(lambda: self.status()["operators"] > before, "the operator to be attached")
        return process

    def client(self, name, *options, sec=None, home=None, connected=True, prefix=(), on_line=None):
        """Starts a terminal client; with connected=True waits until its file has been used up. prefix: a command that runs it
        elsewhere. on_line: takes its lines, which are not collected then."""
        # Between one that was used and the next there is none for a moment.
        source = wait_until(self.sec_files, "a .sec file")[-1] if connected else None
        sec = sec or self.fresh_sec(name, source)
        home = home or self.directory / f"home-{name}"
        home.mkdir(exist_ok=True, mode=0o700)
        environment = dict(os.environ, XDG_DATA_HOME=str(home), XDG_CONFIG_HOME=str(home))
        process = Process(
            [*prefix, CLIENT, "--no-gui", "--file", str(sec), "--bootstrap-key-file",
             str(self.security / "bootstrap.key"), "--name", name, *options],
            on_line, env=environment,
        )
        self.clients.append(process)
        if connected:
            wait_until(
                lambda: process.process.poll() is not None
                or self.sec_files() and source not in self.sec_files(),
                lambda: f"{name} to connect: {process.err.text()}",
            )
            assert process.process.poll() is None, process.err.text()
        return process

    def client_again(self, name, *options, prefix=(), on_line=None):
        """Starts the client of `name` once more, without a file: it knows the server from before."""
        home = self.directory / f"home-{name}"
        environment = dict(os.environ, XDG_DATA_HOME=str(home), XDG_CONFIG_HOME=str(home))
        process = Process([*prefix, CLIENT, "--no-gui", "--name", name, *options], on_line, env=environment)
        self.clients.append(process)
        return process

    def kill(self):
        self.process.kill()

    def stop(self):
        """Ends everything; returns the server's exit code."""
        for client in self.clients:
            client.kill()
        code = None
        if self.process.process.poll() is None:
            self.process.process.terminate()
            code = self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        code = self.stop()
        if exception[0] is None:
            assert code in (0, None), f"server exit code {code}: {self.process.err.text()}"


class BadNetwork:
    """A UDP relay that loses, doubles and reorders datagrams.

    It takes `ip`, on which the .sec file says that the server is, at the server's own port, and carries what comes
    to 127.0.0.1, from a socket per sender, so that the server sees different addresses. rebind() gives all senders
    other addresses, as a NAT does that forgot them; `log` has ("up" or "down", time) of every datagram since then.
    """

    def __init__(self, ip, port, loss=0.2, duplicate=0.1, reorder=0.2, seed=1):
        self.loss, self.duplicate, self.reorder = loss, duplicate, reorder
        self.random = random.Random(seed)
        self.server = ("127.0.0.1", port)
        self.carried = self.lost = 0
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind((ip, port))
        self.back = {}
        self.later = []
        self.order = 0
        self.cut = False
        self.log = []
        self._new_ip = None
        self._forgotten = threading.Event()
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _carry(self, data, out, to):
        self.carried += 1
        self.log.append(("up" if out is not self.front else "down", time.monotonic()))
        if self.cut or self.random.random() < self.loss:
            self.lost += 1
            return
        for _ in range(2 if self.random.random() < self.duplicate else 1):
            delay = self.random.uniform(0.002, 0.03) if self.random.random() < self.reorder else 0
            self.order += 1
            heapq.heappush(self.later, (time.monotonic() + delay, self.order, data, out, to))

    def _back_socket(self, sender):
        if sender not in self.back:
            self.back[sender] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.back[sender].bind((self._new_ip or "127.0.0.1", 0))
        return self.back[sender]

    def rebind(self, ip="127.0.0.1"):
        self._new_ip = ip
        self._forgotten.clear()
        os.write(self._stop_write, b"r")
        assert self._forgotten.wait(PATIENCE_S), "the relay does not forget"

    def _forget(self):
        self.log = []
        for sock in self.back.values():
            sock.close()
        self.back = {}
        self.later = []
        self._forgotten.set()

    def _run(self):
        while True:
            timeout = max(0, self.later[0][0] - time.monotonic()) if self.later else None
            senders = {sock.fileno(): sender for sender, sock in self.back.items()}
            ready, _, _ = select.select([self.front, self._stop_read, *self.back.values()], [], [], timeout)
            for sock in ready:
                if sock == self._stop_read:
                    if os.read(self._stop_read, 1) == b"x":
                        return
                    self._forget()
                    break
                data, sender = sock.recvfrom(2048)
                if sock is self.front:
                    self._carry(data, self._back_socket(sender), self.server)
                else:
                    self._carry(data, self.front, senders[sock.fileno()])
            while self.later and self.later[0][0] <= time.monotonic():
                _, _, data, out, to = heapq.heappop(self.later)
                out.sendto(data, to)

    def close(self):
        os.write(self._stop_write, b"x")
        self._thread.join()
        for sock in [self.front, *self.back.values()]:
            sock.close()
        os.close(self._stop_read)
        os.close(self._stop_write)


def run_tap(tests):
    """Runs functions as TAP; the docstring is the description. One that cannot run here returns "SKIP" and why."""
    import traceback

    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        start = time.monotonic()
        try:
            skipped = test()
            print(f"ok {number} {test.__name__}" + (f" # {skipped}" if skipped else ""), flush=True)
        except Exception:
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {number} {test.__name__}", flush=True)
        print(f"# {test.__name__}: {time.monotonic() - start:.2f} s", flush=True)
    return 1 if failed else 0


def run_chosen(tests):
    """As run_tap: all, or those that the command line names."""
    return run_tap([test for test in tests if not sys.argv[1:] or test.__name__ in sys.argv[1:]])
