#!/bin/sh
# Races mailcask against mpop: each fetches all mail of the same Dovecot over POP3S, in turn, 8 accounts at a time.
# mailcask writes its archive, mpop plain Maildirs. Both results are compared with the truth byte by byte.
#
#   sh Fixtures/race.sh [options]
#
#   --mail DIR         race over DIR/USER/Maildir (a copy of it is served); with DIR/truth.jsonl or truth-messages.jsonl
#                      the truth is taken from there, without from the files
#   --users N          else sample mail is made: 40 users
#   --messages N       of 250 messages each, about 1 GB (--seed N for other mail)
#   --rounds N         3; who starts changes from round to round
#   --parallel N       8
#   --sizes            back the same Maildirs up with restic and borg too, and list the sizes of their repositories
#   --mailcask FILE    the program (default: a release build of this package, made if need be)
#   --only NAME        run only mailcask or only mpop
#   --work DIR         where to work (default: a new folder under TMPDIR, removed at the end); needs 4 times the mail
#
# The table names the median of the rounds. CPU is the client's own, of all its processes; peak memory is that of its
# largest process, of which mpop has one for each account. "nothing new" is a second run right after the first.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
package=$(dirname "$here")
say() { echo "race: $*"; }
die() { echo "race: $*" >&2; exit 1; }

mail='' users=40 messages=250 seed=1 rounds=3 parallel=8 sizes='' mailcask='' only='' work=''
while [ $# -gt 0 ]; do
    case $1 in
    --sizes) sizes=yes; shift; continue ;;
    --*) [ $# -ge 2 ] || die "$1 needs a value" ;;
    esac
    case $1 in
    --mail) mail=$2 ;;
    --users) users=$2 ;;
    --messages) messages=$2 ;;
    --seed) seed=$2 ;;
    --rounds) rounds=$2 ;;
    --parallel) parallel=$2 ;;
    --mailcask) mailcask=$2 ;;
    --only) only=$2 ;;
    --work) work=$2 ;;
    *) die "unknown: $1 (the options stand at the top of $0)" ;;
    esac
    shift 2
done
case $only in '' | mpop | mailcask) ;; *) die "--only takes mpop or mailcask" ;; esac

sh "$here/packages.sh" server bench

if [ "$only" != mpop ] && [ -z "$mailcask" ]; then
    sh "$here/packages.sh" build
    say "release build"
    (cd "$package" && swift build -c release --static-swift-stdlib --product mailcask)
    mailcask=$(cd "$package" && swift build -c release --static-swift-stdlib --show-bin-path)/mailcask
fi

remove_work=
if [ -z "$work" ]; then
    work=$(mktemp -d "${TMPDIR:-/tmp}/mailcask-race.XXXXXX")
    remove_work=yes
fi
mkdir -p "$work"
work=$(cd "$work" && pwd -P)
chmod a+rx "$work"
server=$work/server
clean_up() {
    trap - EXIT INT TERM HUP
    sh "$here/dovecot.sh" stop "$server" >/dev/null 2>&1 || true
    if [ -n "$remove_work" ]; then rm -rf "$work"; fi
}
trap clean_up EXIT
trap 'clean_up; exit 130' INT
trap 'clean_up; exit 143' TERM HUP

# --- the mail ----------------------------------------------------------------------------------------------------

mkdir -p "$server"
rm -rf "$server/mail" "$work/truth"
mkdir "$work/truth"
if [ -n "$mail" ]; then
    say "copying $mail"
    cp -a "$mail" "$server/mail"
else
    python3 "$here/sample_mail.py" "$server/mail" --users "$users" --messages "$messages" --seed "$seed" \
        --attachment-scale 4.2
fi
for name in truth.jsonl truth-messages.jsonl; do
    if [ -f "$server/mail/$name" ]; then cp "$server/mail/$name" "$work/truth/"; fi
done
truth=$work/truth
[ -n "$(ls "$truth")" ] || truth=$server/mail

(cd "$server/mail" && for folder in */Maildir; do echo "${folder%/Maildir}"; done) > "$work/users"
count=$(find "$server"/mail/*/Maildir -type f \( -path "*/new/*" -o -path "*/cur/*" \) | wc -l)
octets=$(find "$server"/mail/*/Maildir -type f \( -path "*/new/*" -o -path "*/cur/*" \) -printf '%s\n' | awk '{sum += $1} END {print sum}')
say "$count messages of $(wc -l < "$work/users") users, $((octets / 1000000)) MB"

table=$work/table.jsonl
: > "$table"
measure() { python3 "$here/measure.py" run "$table" "$@"; }

# --- repositories of others, before Dovecot puts its indexes next to the mail ---------------------------------------

if [ -n "$sizes" ]; then
    say "backing the Maildirs up with restic and borg"
    export RESTIC_PASSWORD=race BORG_BASE_DIR="$work/borg-home" BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
    for level in auto max; do
        restic -q --no-cache -r "$work/restic" init
        measure "restic, compression $level" --path "$work/restic" -- \
            restic -q --no-cache --compression $level -r "$work/restic" backup "$server"/mail/*/Maildir
        rm -rf "$work/restic"
    done
    for level in lz4 zstd,9; do
        borg init -e none "$work/borg"
        measure "borg, compression $level" --path "$work/borg" -- \
            borg create --compression $level "$work/borg::all" "$server"/mail/*/Maildir
        rm -rf "$work/borg" "$work/borg-home"
    done
fi

# --- the server, and both clients' settings -----------------------------------------------------------------------

sh "$here/dovecot.sh" start "$server" > "$work/server.log"
# shellcheck source=/dev/null
. "$server/env"
say "what Dovecot transmits, compared with the truth (this also warms it up)"
python3 "$here/compare_mail.py" "$truth" --server "$server/env"

make_mpop_settings() {
    cat <<END
defaults
host localhost
port $POP3S_PORT
tls on
tls_starttls off
tls_trust_file $CA_FILE
received_header off
keep on
END
    while read -r user; do
        mkdir -p "$work/mpop/$user/cur" "$work/mpop/$user/new" "$work/mpop/$user/tmp"
        cat <<END
account $user
user $user
passwordeval printf %s pw-$user
delivery maildir $work/mpop/$user
uidls_file $work/mpop.uidls/$user
END
    done < "$work/users"
}

make_manifest() {
    cat <<END
[archive]
path = "archive"
format = "tar"
[job]
parallel = $parallel
parallel-per-host = $parallel
[defaults]
host = "localhost"
port = $POP3S_PORT
tls = "implicit"
ca-file = "$CA_FILE"
END
    while read -r user; do
        printf '[[account]]\nname = "%s"\nuser = "%s"\npassword = "pw-%s"\n' "$user" "$user" "$user"
    done < "$work/users"
}

# --- the race -----------------------------------------------------------------------------------------------------

failed=

run_mpop() {
    rm -rf "$work/mpop" "$work/mpop.uidls"
    mkdir -p "$work/mpop.uidls"
    make_mpop_settings > "$work/mpop.conf"
    chmod 600 "$work/mpop.conf"
    for name in 'mpop' 'mpop, nothing new'; do
        measure "$name" --path "$work/mpop" -- \
            xargs -a "$work/users" -P "$parallel" -n 1 mpop -q -C "$work/mpop.conf"
    done
    # compare_mail.py wants new and cur below a folder of the user's name, and so they are
    python3 "$here/compare_mail.py" "$truth" --maildirs "$work/mpop" || failed="$failed mpop"
    rm -rf "$work/mpop" "$work/mpop.uidls"
}

run_mailcask() {
    rm -rf "$work/archive" "$work/export"
    make_manifest > "$work/accounts.toml"
    chmod 600 "$work/accounts.toml"
    for name in 'mailcask' 'mailcask, nothing new'; do
        measure "$name" --path "$work/archive" -- "$mailcask" drain "$work/accounts.toml" > "$work/mailcask.log" 2>&1 ||
            { tail -n 40 "$work/mailcask.log" >&2; die "mailcask failed"; }
        tail -n 1 "$work/mailcask.log"
    done
    "$mailcask" export "$work/archive" --format maildir "$work/export" > "$work/export.log" 2>&1 ||
        { tail -n 40 "$work/export.log" >&2; die "mailcask export failed"; }
    python3 "$here/compare_mail.py" "$truth" --maildirs "$work/export" --once || failed="$failed mailcask"
    rm -rf "$work/archive" "$work/export"
}

round=1
while [ "$round" -le "$rounds" ]; do
    say "round $round of $rounds"
    if [ $((round % 2)) = 1 ]; then order='mpop mailcask'; else order='mailcask mpop'; fi
    for runner in $order; do
        if [ -z "$only" ] || [ "$only" = "$runner" ]; then "run_$runner"; fi
    done
    round=$((round + 1))
done

echo
say "$count messages of $(wc -l < "$work/users") users, $((octets / 1000000)) MB, $parallel at a time, $(nproc) cores:"
python3 "$here/measure.py" show "$table" --mail-octets "$octets"
[ -z "$failed" ] || die "not exact to the byte:$failed"
