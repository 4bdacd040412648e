#!/usr/bin/env bash
# install_server.sh: makes this machine a ClawChat server (Debian 12 and newer, Ubuntu 24.04 and newer). Run it as root,
# again to upgrade: keys, pairings and the configuration stay.
#
#   scripts/install_server.sh [OPTION...]
#
#   --public-ip ADDRESS  where clients reach this machine (CLAWCHAT_PUBLIC_IP); found out where it can be
#   --yes                ask nothing (CLAWCHAT_YES=1)
#   --no-start           install only, e.g. in an image (CLAWCHAT_NO_START=1)
#   --build-dir DIR      build there and leave it (CLAWCHAT_BUILD_DIR); default: a temporary directory
#   --uninstall          remove the program; keys, pairings and the configuration stay
#   --purge              remove these as well; asks, unless --yes is given
#
# The program goes to /usr/local, the configuration to /etc/clawchat/server.yaml, keys and pairings to
# /home/openclaw/clawchat, which belongs to the system user openclaw.
set -euo pipefail

source_dir=$(cd "$(dirname "$0")/.." && pwd)
prefix=/usr/local
config=/etc/clawchat/server.yaml
key=/etc/credstore/clawchat.bootstrap-key
home=/home/openclaw
data=$home/clawchat
unit=clawchat-server.service
manifest=$prefix/share/clawchat/installed-files

action=install
public_ip=${CLAWCHAT_PUBLIC_IP:-}
yes=${CLAWCHAT_YES:-}
no_start=${CLAWCHAT_NO_START:-}
build_dir=${CLAWCHAT_BUILD_DIR:-}

usage () { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; }
say () { printf '%s\n' "$*" >&2; }
die ()
{
  local code=$1
  shift
  say "install_server: $*"
  exit "$code"
}

while [ $# -gt 0 ]; do
  case $1 in
    --public-ip) public_ip=${2:?--public-ip needs an address}; shift ;;
    --public-ip=*) public_ip=${1#*=} ;;
    --yes) yes=1 ;;
    --no-start) no_start=1 ;;
    --build-dir) build_dir=${2:?--build-dir needs a directory}; shift ;;
    --build-dir=*) build_dir=${1#*=} ;;
    --uninstall) action=uninstall ;;
    --purge) action=purge ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; die 64 "unknown argument $1" ;;
  esac
  shift
done

[ "$(id -u)" = 0 ] || die 77 "this has to run as root: sudo $0"

[ -z "$build_dir" ] || build_dir=$(realpath -m -- "$build_dir")
# Nobody needs to be able to read where this was started.
cd /

systemd_runs () { [ -d /run/systemd/system ]; }
has_package () { dpkg-query -W -f '${Status}' clawchat-server 2> /dev/null | grep -q 'install ok installed'; }

# Asks a question that is answered with a line; prints the answer.
ask ()
{
  local answer=
  { [ -z "$yes" ] && [ -t 0 ]; } || return 1
  read -r -p "$1 " answer
  printf '%s\n' "$answer"
}


# Removing

# Removes $1 and what is above it, as far as it is empty and not one of the directories that every system has.
remove_empty_directories ()
{
  local directory=$1
  while :; do
    case $directory in
      "$prefix" | "$prefix/bin" | "$prefix/lib" | "$prefix/share" | "$prefix/share/man" | "$prefix/etc") return 0 ;;
      "$prefix"/*) rmdir -- "$directory" 2> /dev/null || return 0 ;;
      *) return 0 ;;
    esac
    directory=$(dirname "$directory")
  done
}

# Removes what an installation before this one has installed, except for what the file $1 lists.
remove_files ()
{
  local keep=${1:-/dev/null} path
  [ -f "$manifest" ] || return 0
  while IFS= read -r path; do
    grep -qxF -- "$path" "$keep" && continue
    rm -f -- "$path"
    remove_empty_directories "$(dirname "$path")"
  done < "$manifest"
}

uninstall ()
{
  local package=
  if has_package; then
    package=yes
    [ -f "$manifest" ] || die 75 "nothing is installed in $prefix; remove the package clawchat-server with apt"
  fi
  if systemd_runs; then
    systemctl disable --now --quiet "$unit" 2> /dev/null || true
  fi
  remove_files
  rm -f "$manifest"
  remove_empty_directories "$(dirname "$manifest")"
  if systemd_runs; then
    systemctl daemon-reload
    journalctl --update-catalog || true
    systemctl reset-failed "$unit" 2> /dev/null || true
    # The package's own takes over.
    [ -z "$package" ] || systemctl enable --now --quiet "$unit"
  fi
}

# Keys are overwritten first: on most file systems they are gone then.
erase ()
{
  local path
  for path in "$@"; do
    [ -e "$path" ] || continue
    find "$path" -xdev -type f -exec shred -n 1 -u {} +
    rm -rf --one-file-system -- "$path"
  done
}

purge ()
{
  ! has_package || die 75 "the package clawchat-server is installed: apt purge removes keys and pairings"
  if [ -z "$yes" ]; then
    [ -t 0 ] || die 64 "--purge removes all keys and pairings for good; without a terminal say --yes, too"
    [ "$(ask "This removes all keys and pairings of this server for good: every member will need a new .sec file. Type YES to go on:")" \
      = YES ] || die 75 "nothing was removed"
  fi
  uninstall
  erase "$data" "$key" /run/clawchat-metrics
  rm -f -- "$config"
  rmdir --ignore-fail-on-non-empty "$(dirname "$config")" "$home" 2> /dev/null || true
  if getent passwd openclaw > /dev/null; then
    userdel openclaw
  fi
  if getent group clawchat > /dev/null; then
    groupdel clawchat
  fi
  say "Removed ClawChat with all keys and pairings."
}


# Installing

check_system ()
{
  local id='' like=''
  if [ -r /etc/os-release ]; then
    # shellcheck disable=SC1091
    id=$(. /etc/os-release && echo "${ID:-}")
    # shellcheck disable=SC1091
    like=$(. /etc/os-release && echo "${ID_LIKE:-}")
  fi
  case " $id $like " in
    *" debian "* | *" ubuntu "*) ;;
    *) die 69 "this is for Debian and Ubuntu. Elsewhere: meson setup build -Dgui=disabled && meson install -C build" ;;
  esac
  ! has_package || die 75 "the package clawchat-server is installed: upgrade it with apt, or remove it first"
}

build ()
{
  local options=(--prefix "$prefix" --sysconfdir /etc --buildtype release -Dgui=disabled -Dtests=false -Dman=enabled)
  if [ -f "$build_dir/build.ninja" ]; then
    meson setup --reconfigure "$build_dir" "$source_dir" "${options[@]}"
  else
    meson setup "$build_dir" "$source_dir" "${options[@]}"
  fi
  meson compile -C "$build_dir"
}

install_files ()
{
  local new path
  meson install -C "$build_dir" --no-rebuild > "$build_dir/install.log" || { cat "$build_dir/install.log" >&2; return 1; }
  new=$(mktemp)
  # The log names directories, too, but only where meson has made them.
  while IFS= read -r path; do
    [ -d "$path" ] || printf '%s\n' "$path"
  done < <(grep -v '^#' "$build_dir/meson-logs/install-log.txt") > "$new"
  # What the version before had and this one has not.
  remove_files "$new"
  mkdir -p "$(dirname "$manifest")"
  mv "$new" "$manifest"
  chmod 644 "$manifest"
}

make_user_and_directories ()
{
  systemd-sysusers "$prefix/lib/sysusers.d/clawchat-server.conf"
  systemd-tmpfiles --create "$prefix/lib/tmpfiles.d/clawchat-server.conf"
  journalctl --update-catalog || say "note: journalctl --catalog does not know this version's messages"
}

# Whether $1 is an address that the whole internet can reach.
is_public ()
{
  case $1 in
    10.* | 127.* | 169.254.* | 192.168.* | 172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) return 1 ;;
    100.6[4-9].* | 100.[7-9][0-9].* | 100.1[01][0-9].* | 100.12[0-7].*) return 1 ;;
    f[cd]* | fe80:* | ::1) return 1 ;;
  esac
}

# Where an interface of this machine has a public address the server finds it by itself.
find_public_ip ()
{
  local address
  [ -z "$public_ip" ] || return 0
  for address in $(hostname -I 2> /dev/null); do
    ! is_public "$address" || return 0
  done
  [ ! -f "$config" ] || return 0
  public_ip=$(ask "This machine has no public address of its own. At which one do clients reach it? (Enter: only this network)") \
    || say "note: this machine has no public address of its own: clients elsewhere need server.public_ip in $config, or --public-ip"
}

write_config ()
{
  if [ ! -f "$config" ]; then
    install -D -m 644 "$prefix/share/doc/clawchat/examples/server.yaml" "$config"
  fi
  [ -n "$public_ip" ] || return 0
  if grep -q '^  public_ip:' "$config"; then
    sed -i "s/^  public_ip:.*/  public_ip: \"$public_ip\"/" "$config"
  else
    say "note: $config says nothing of public_ip: set server.public_ip to \"$public_ip\" there"
  fi
}

# One that the server, or an admin, has made before is kept: desktops have it.
make_bootstrap_key ()
{
  local new
  { [ ! -e "$key" ] && [ ! -e "$data/security/bootstrap.key" ]; } || return 0
  new=$(mktemp "$key.XXXXXX")
  head -c 32 /dev/urandom | base64 > "$new"
  chmod 600 "$new"
  mv "$new" "$key"
  made_key=yes
}

tell_key ()
{
  say ""
  say "The bootstrap key, which opens this server's .sec files, is $key."
  say "Bring it once to each desktop over a channel that you trust (scp, a USB stick), for instance from there:"
  say "  ssh root@$(shown_address) cat $key > bootstrap.key && chmod 600 bootstrap.key"
}

shown_address ()
{
  local address
  [ -z "$public_ip" ] || { echo "$public_ip"; return; }
  address=$(hostname -I 2> /dev/null | cut -d ' ' -f 1)
  echo "${address:-SERVER}"
}

start ()
{
  systemctl daemon-reload
  systemctl enable --quiet "$unit"
  # Returns once the server is ready; members come back by themselves.
  if ! systemctl restart "$unit"; then
    systemctl status --no-pager --lines 5 "$unit" >&2 || true
    die 70 "the server did not start; the lines above say why"
  fi
}

tell_next_step ()
{
  local port
  say ""
  if ! systemd_runs || [ -n "$no_start" ]; then
    say "Installed. Start it with: systemctl enable --now clawchat-server"
    return
  fi
  port=$(sed -n 's/^  port: *\([0-9][0-9]*\).*/\1/p' "$config")
  say "The server runs. Open UDP ${port:-49152:65535} in the firewall (ufw allow ${port:-49152:65535}/udp), and let somebody in:"
  say "  clawchat-server new-file    # prints the path of a .sec file; bring it to a desktop and open it there"
  say "  clawchat-server status"
}

install_all ()
{
  made_key=
  check_system
  # shellcheck source=scripts/dependencies
  . "$source_dir/scripts/dependencies"
  require_packages "${build_packages[@]}"
  if [ -z "$build_dir" ]; then
    build_dir=$(mktemp -d "${TMPDIR:-/var/tmp}/clawchat-build.XXXXXX")
    trap 'rm -rf "$build_dir"' EXIT
  fi
  find_public_ip
  say "Building ClawChat without a desktop in $build_dir"
  mkdir -p "$build_dir"
  if ! build > "$build_dir/build.log" 2>&1; then
    cat "$build_dir/build.log" >&2
    die 70 "the build failed; the lines above say why. Nothing was installed"
  fi
  # Before anything is changed; it says itself what is wrong.
  [ -z "$public_ip" ] || "$build_dir/src/clawchat-server" --public-ip "$public_ip" --version > /dev/null
  install_files
  make_user_and_directories
  write_config
  make_bootstrap_key
  "$prefix/bin/clawchat-server" --config "$config" --check-config >&2 \
    || die 78 "mend $config, then run this again; a server that was running still does"
  if systemd_runs && [ -z "$no_start" ]; then
    start
  fi
  [ -z "$made_key" ] || tell_key
  tell_next_step
}

case $action in
  install) install_all ;;
  uninstall)
    uninstall
    say "Removed the program. Keys and pairings stay in $data, the configuration in $(dirname "$config")."
    ;;
  purge) purge ;;
esac
