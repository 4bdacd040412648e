#!/usr/bin/env python3
"""The unit by systemd-analyze alone, without booting anything: it has no mistake, and its exposure is as low as promised."""

import pathlib
import re
import subprocess
import sys
import tempfile

EXPOSURE_MAX = 1.3
SKIP = 77


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


def main():
    # The program need not be installed here.
    unit = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"), flags=re.M)
    with tempfile.TemporaryDirectory(prefix="clawchat-test-") as directory:
        path = pathlib.Path(directory) / "clawchat-server.service"
        path.write_text(unit, encoding="utf-8")
        security = analyze("security", "--offline=true", "--no-pager", path)
        if security.returncode != 0 and "--offline" in security.stderr:
            print("SKIP: this systemd-analyze is too old")
            return SKIP
        exposure = float(re.search(r"Overall exposure level for .*: ([0-9.]+)", security.stdout).group(1))
        assert exposure <= EXPOSURE_MAX, security.stdout
        verified = analyze("verify", "--man=no", path)
        assert verified.returncode == 0 and "clawchat" not in verified.stderr, verified.stderr
    print(f"exposure: {exposure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
