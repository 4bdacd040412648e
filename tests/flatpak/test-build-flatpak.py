#!/usr/bin/env python3
"""scripts/build-flatpak without the runtime of GNOME: its complaints; and, with a flatpak-builder that only lays out an empty
application, the real repository, bundle and description files, which the real flatpak then reads."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1]).resolve()
SCRIPT = SOURCE / "scripts" / "build-flatpak"
APP = "org.clawchat.ClawChat"

# Stands for flatpak-builder: an application of one file, exported and signed as the real one does.
BUILDER = """#!/usr/bin/env bash
set -eu
sign=() ; repo= ; branch= ; manifest= ; previous=
for argument in "$@"; do
  case $argument in
    --repo=*) repo=${argument#*=} ;;
    --default-branch=*) branch=${argument#*=} ;;
    --gpg-*) sign+=("$argument") ;;
    --*) ;;
    *) previous=$manifest; manifest=$argument ;;
  esac
done
cp "$manifest" "$FAKE_DIRECTORY/manifest.yml"
[ -z "${FAKE_FAILS:-}" ] || { echo "the compiler says no"; exit 1; }
mkdir -p "$previous/files/bin" "$previous/export"
printf '[Application]\\nname=org.clawchat.ClawChat\\nruntime=org.gnome.Platform/x86_64/49\\nsdk=org.gnome.Sdk/x86_64/49\\ncommand=clawchat\\n' \\
  > "$previous/metadata"
echo > "$previous/files/bin/clawchat"
exec "$REAL_FLATPAK" build-export --disable-sandbox ${sign[@]+"${sign[@]}"} "$repo" "$previous" "$branch"
"""

# Says that the runtime is there, if it is to; does everything else.
FLATPAK = """#!/usr/bin/env bash
if [ "$1" = info ]; then [ -n "${FAKE_RUNTIME:-}" ]; exit; fi
exec "$REAL_FLATPAK" "$@"
"""


class Place:
    """A home with programs of its own in the path."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.output = self.directory / "output"
        programs = self.directory / "bin"
        programs.mkdir()
        for name, text in (("flatpak", FLATPAK), ("flatpak-builder", BUILDER)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.environment = dict(
            os.environ, HOME=str(self.directory), XDG_DATA_HOME=str(self.directory / "data"), TMPDIR=str(self.directory),
            PATH=f"{programs}:{os.environ['PATH']}",
            REAL_FLATPAK=shutil.which("flatpak"), FAKE_DIRECTORY=str(self.directory),
            GNUPGHOME=str(self.directory / "gnupg"), FAKE_RUNTIME="yes",
        )

    def run(self, *options, **environment):
        return subprocess.run(
            ["bash", str(SCRIPT), "--output", str(self.output), *options], env={**self.environment, **environment},
            capture_output=True, text=True, check=False, timeout=120,
        )

    def flatpak(self, *options):
        return subprocess.run(
            [self.environment["REAL_FLATPAK"], *options], env=self.environment, capture_output=True, text=True,
            check=False, timeout=120,
        )

    def reads_list(self):
        """Whether OSTree, which flatpak leaves signatures to, takes the repository's list."""
        with tempfile.TemporaryDirectory(dir=self.directory) as directory:
            key = pathlib.Path(directory) / "key"
            repository = f"--repo={directory}/repo"
            subprocess.run(
                ["gpg", "--batch", "--output", str(key), "--export"], env=self.environment, check=True, capture_output=True
            )
            for command in (
                ["init", "--mode=bare-user-only"],
                ["remote", "add", f"--gpg-import={key}", "--set=gpg-verify-summary=true", "origin", f"file://{self.output}/repo"],
            ):
                subprocess.run(["ostree", repository, *command], check=True, capture_output=True)
            done = subprocess.run(
                ["ostree", repository, "pull", "--mirror", "--commit-metadata-only", "origin"], check=False, capture_output=True
            )
            return done.returncode == 0

    def make_key(self):
        (self.directory / "gnupg").mkdir(mode=0o700)
        subprocess.run(
            ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", "test@clawchat.invalid", "ed25519", "sign", "never"],
            env=self.environment, check=True, capture_output=True,
        )

    def close(self):
        subprocess.run(["gpgconf", "--kill", "all"], env=self.environment, check=False, capture_output=True)


def test_says_how_to_sign(place):
    """Nothing is built before it is said who signs."""
    done = place.run()
    assert done.returncode == 64 and "--gpg-key" in done.stderr, done


def test_missing_runtime(place):
    """The missing runtime is named, with the commands that get it."""
    done = place.run("--unsigned", FAKE_RUNTIME="")
    assert done.returncode == 69 and "flatpak install --user flathub org.gnome.Platform//" in done.stderr, done


def test_unknown_key(place):
    """A key that GnuPG does not have is told before the build."""
    (place.directory / "gnupg").mkdir(mode=0o700)
    done = place.run("--gpg-key", "nobody@clawchat.invalid")
    assert done.returncode == 66 and "no secret key" in done.stderr, done


def test_strange_addresses(place):
    """Addresses go into files: nothing but addresses is taken."""
    for url in ("http://chat.example", "https://chat.example/\nGPGKey=x", "https://a b"):
        done = place.run("--unsigned", "--url", url)
        assert done.returncode == 64 and "not an https address" in done.stderr, (url, done)


def test_failed_build(place):
    """A build that fails shows the end of its log."""
    done = place.run("--unsigned", FAKE_FAILS="yes")
    assert done.returncode == 70 and "the compiler says no" in done.stderr, done
    assert not list((SOURCE / "flatpak").glob(".*.yml"))


def test_unsigned_bundle(place):
    """Without an address there is the single file alone; it says that it is not signed, and flatpak can read it."""
    done = place.run("--unsigned")
    assert done.returncode == 0 and "not signed" in done.stderr, done
    assert (place.output / "clawchat.flatpak").stat().st_size > 0
    assert not (place.output / "clawchat.flatpakrepo").exists()
    imported = place.directory / "imported"
    subprocess.run(["ostree", f"--repo={imported}", "init", "--mode=archive-z2"], check=True)
    done = place.flatpak("build-import-bundle", str(imported), str(place.output / "clawchat.flatpak"))
    assert done.returncode == 0 and (imported / "refs" / "heads" / "app" / APP).exists(), done


def test_signed_repository(place):
    """With a key and an address: flatpak takes the description, asks for signatures from then on, and lists the program; the lists
    are signed."""
    place.make_key()
    url = f"file://{place.output}"
    done = place.run(
        "--gpg-key", "test@clawchat.invalid", "--url", url, "--website", "https://chat.example", "--branch", "beta"
    )
    assert done.returncode == 0, done
    assert "-Dwebsite=https://chat.example" in (place.directory / "manifest.yml").read_text()
    reference = (place.output / "clawchat.flatpakref").read_text()
    for line in (f"Name={APP}", "Branch=beta", f"Url={url}/repo/", "SuggestRemoteName=clawchat", "GPGKey="):
        assert line in reference, reference
    done = place.flatpak("remote-add", "--user", "--from", "clawchat", str(place.output / "clawchat.flatpakrepo"))
    assert done.returncode == 0, done
    done = place.flatpak("remote-ls", "--user", "clawchat", "--columns=application,branch")
    assert done.returncode == 0 and APP in done.stdout and "beta" in done.stdout, done
    config = (place.directory / "data" / "flatpak" / "repo" / "config").read_text()
    assert "gpg-verify=true" in config and "gpg-verify-summary=true" in config, config
    assert place.reads_list(), "the signed list is refused"
    (place.output / "repo" / "summary.sig").write_bytes(b"no signature")
    assert not place.reads_list(), "a list without a good signature is taken"


def main():
    missing = [name for name in ("flatpak", "flatpak-builder", "gpg", "ostree") if not shutil.which(name)]
    if missing:
        print(f"1..0 # SKIP not installed: {' '.join(missing)}")
        return 0
    tests = [value for name, value in list(globals().items()) if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as directory:
            place = Place(directory)
            try:
                test(place)
                print(f"ok {number} {test.__name__}")
            except AssertionError as error:
                failed += 1
                text = str(error).replace("\n", "\n# ")
                print(f"# {text}\nnot ok {number} {test.__name__}")
            finally:
                place.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
