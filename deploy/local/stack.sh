# Sourced by up, down and tests/run: what they share about the stack on this machine.
# Expects $root (the checkout) and $dir (the state directory).
# shellcheck shell=bash disable=SC2034,SC2154

services=(settings token identity group gateway)

die() { echo "error: $*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "this needs root or sudo: $*"
  fi
}

# The directory of the newest installed PostgreSQL's programs.
postgres_bin() {
  local found
  found=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$found" ]; then echo "$found"
  elif command -v initdb >/dev/null; then dirname "$(command -v initdb)"
  fi
}

# Installs whatever of "command:package" pairs is missing, without starting any system service.
install_missing() {
  local pair missing=()
  for pair in "$@"; do
    case ${pair%%:*} in
      initdb) [ -n "$(postgres_bin)" ] || missing+=("${pair#*:}") ;;
      *) command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    die "missing: ${missing[*]} (Debian package names); install them and run this again"
  echo "installing ${missing[*]}"
  # Debian starts a service as it installs it, unless this file says no.
  local policy=/usr/sbin/policy-rc.d ours=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod +x $policy
    ours=1
  fi
  local ok=1
  as_root apt-get update -qq >/dev/null && as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || ok=
  [ -z "$ours" ] || as_root rm -f $policy
  [ -n "$ok" ] || die "could not install ${missing[*]} with apt-get"
}

need_cargo() {
  command -v cargo >/dev/null && return
  # shellcheck disable=SC1091
  [ ! -f "$HOME/.cargo/env" ] || . "$HOME/.cargo/env"
  command -v cargo >/dev/null || die "Rust is missing: install it from rustup.rs, then run this again"
}

# Runs a PostgreSQL program as a user it accepts: it refuses to run as root.
pg() {
  local program=$1; shift
  if [ "$(id -u)" = 0 ]; then
    (cd / && runuser -u postgres -- "$(postgres_bin)/$program" "$@")
  else
    "$(postgres_bin)/$program" "$@"
  fi
}

# Whether the process in pid file $1 is alive and still the program named $2.
alive() {
  local pid
  pid=$(head -n 1 "$1" 2>/dev/null) && [ -n "$pid" ] &&
    [ "$(basename "$(readlink "/proc/$pid/exe" 2>/dev/null | sed 's/ (deleted)$//')")" = "$2" ]
}

# Asks the process in pid file $1 to end if it is still the program named $2; at once with the signal $at_once.
ask() {
  if alive "$1" "$2"; then kill "-${at_once:-TERM}" "$(head -n 1 "$1")"; fi
}

# Waits up to 30 s until the process in pid file $1, asked before, is no longer the program named $2.
gone() {
  if alive "$1" "$2"; then
    local pid
    pid=$(head -n 1 "$1")
    for _ in $(seq 600); do alive "$1" "$2" || break; sleep 0.05; done
    ! alive "$1" "$2" || kill -9 "$pid"
  fi
  rm -f "$1"
}

# The gateway first, so that what it has in hand still finds the others.
stop_services() {
  local name
  ask "$dir/run/gateway.pid" gateway
  gone "$dir/run/gateway.pid" gateway
  for name in group identity token settings; do ask "$dir/run/$name.pid" "$name"; done
  for name in group identity token settings; do gone "$dir/run/$name.pid" "$name"; done
}

stop_stores() {
  local redis mode=fast
  [ -z "${at_once-}" ] || mode=immediate
  redis=$(basename "$(readlink -f "$(command -v redis-server)")")
  ask "$dir/run/redis.pid" "$redis"
  gone "$dir/run/redis.pid" "$redis"
  if [ -f "$dir/postgres/postmaster.pid" ]; then
    pg pg_ctl -D "$(readlink -f "$dir/postgres")" -m "$mode" -w stop >/dev/null || true
  fi
}
