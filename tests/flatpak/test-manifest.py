#!/usr/bin/env python3
"""The Flatpak manifest: what Flathub asks for, every source pinned, and no permission more than there is a reason for."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1]).resolve()
MANIFEST = SOURCE / "flatpak" / "org.clawchat.ClawChat.yml"
PERMISSIONS = {
    "--share=network", "--share=ipc", "--socket=wayland", "--socket=fallback-x11", "--device=dri",
    "--talk-name=org.freedesktop.secrets",
}


def load():
    """As flatpak-builder itself reads it, so that what it cannot read is a failure here."""
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            ["flatpak-builder", "--show-manifest", str(MANIFEST)], capture_output=True, check=False, text=True, cwd=directory
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_names(manifest):
    """It is named as the program is, and uses a runtime of GNOME with the SDK that belongs to it."""
    assert manifest.get("id", manifest.get("app-id")) == MANIFEST.stem
    assert manifest["runtime"] == "org.gnome.Platform" and manifest["sdk"] == "org.gnome.Sdk"
    assert re.fullmatch(r"\d+", manifest["runtime-version"])
    assert manifest["command"] == "clawchat"


def test_permissions(manifest):
    """Exactly these: no file of the host, no bus but the secrets'."""
    assert set(manifest["finish-args"]) == PERMISSIONS, manifest["finish-args"]


def test_sources_are_pinned(manifest):
    """Every archive has a SHA-256, every repository a tag and its whole commit, everything comes over TLS."""
    for module in manifest["modules"]:
        assert module["sources"], module["name"]
        for source in module["sources"]:
            where = f"{module['name']}: {source}"
            if source["type"] == "archive":
                assert re.fullmatch(r"[0-9a-f]{64}", source.get("sha256", "")), where
                assert source["url"].startswith("https://"), where
            elif source["type"] == "git":
                assert re.fullmatch(r"[0-9a-f]{40}", source.get("commit", "")), where
                assert source.get("tag") and source["url"].startswith("https://"), where
            else:
                assert source["type"] == "dir" and module["name"] == "clawchat", where


def test_options(manifest):
    """The options for Meson are those that the build has."""
    known = set(re.findall(r"^option\('([^']+)'", (SOURCE / "meson_options.txt").read_text(), re.M))
    module = next(module for module in manifest["modules"] if module["name"] == "clawchat")
    for option in module["config-opts"]:
        assert re.fullmatch(r"-D(\w+)=(\w+)", option) and option[2:].split("=")[0] in known, option


def test_cleaned_up(manifest):
    """Nothing that only building needs stays."""
    assert {"/include", "/lib/pkgconfig", "*.a", "*.la"} <= set(manifest["cleanup"])


def main():
    if not shutil.which("flatpak-builder"):
        print("1..0 # SKIP flatpak-builder is not installed")
        return 0
    tests = [value for name, value in sorted(globals().items()) if name.startswith("test_")]
    print(f"1..{len(tests)}")
    manifest = load()
    failed = 0
    for number, test in enumerate(tests, 1):
        try:
            test(manifest)
            print(f"ok {number} {test.__name__}")
        except (AssertionError, KeyError) as error:
            failed += 1
            print(f"# {error!r}\nnot ok {number} {test.__name__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
