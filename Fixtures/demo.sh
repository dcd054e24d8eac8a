#!/bin/sh
# mailcask at work, from nothing: installs what it needs, builds a release, starts a real Dovecot on loopback with
# sample mailboxes, drains them over POP3S into an archive, shows what was archived, and stops the server.
#
#   sh Fixtures/demo.sh [options]
#
#   --dir DIR         where to work (default: mailcask-demo under TMPDIR or /tmp); what an earlier demo left there goes
#   --users N         12 mailboxes
#   --messages N      of 100 messages each
#   --mailcask FILE   show this program instead of building one
#
# Asks nothing, works as root or with sudo, may be run again and again. The archive stays.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
package=$(dirname "$here")
die() { echo "demo: $*" >&2; exit 1; }

dir=${TMPDIR:-/tmp}/mailcask-demo users=12 messages=100 mailcask=''
while [ $# -gt 0 ]; do
    [ $# -ge 2 ] || die "$1: unknown, or without its value (the options stand at the top of $0)"
    case $1 in
    --dir) dir=$2 ;;
    --users) users=$2 ;;
    --messages) messages=$2 ;;
    --mailcask) mailcask=$2 ;;
    *) die "unknown: $1 (the options stand at the top of $0)" ;;
    esac
    shift 2
done

number=0
step() { number=$((number + 1)); printf '\n== %d. %s\n' "$number" "$*"; }
shown() { printf '\n$ mailcask %s\n' "$*"; "$mailcask" "$@"; }

step 'What it needs'
sh "$here/packages.sh" server
if [ -z "$mailcask" ]; then
    sh "$here/packages.sh" build

    step 'A release build (the first one takes some minutes)'
    (cd "$package" && swift build -c release --static-swift-stdlib --product mailcask)
    mailcask=$(cd "$package" && swift build -c release --static-swift-stdlib --show-bin-path)/mailcask
fi
[ -x "$mailcask" ] || die "there is no program $mailcask"
mailcask=$(cd "$(dirname "$mailcask")" && pwd)/$(basename "$mailcask")

# Only a folder that a demo made is emptied.
mark=.made-by-the-mailcask-demo
if [ -d "$dir" ] && [ ! -e "$dir/$mark" ] && [ -n "$(ls -A "$dir")" ]; then
    die "$dir holds other things: choose another --dir"
fi
mkdir -p "$dir"
dir=$(cd "$dir" && pwd -P)
server=$dir/server
stop_server() { if [ -d "$server" ]; then sh "$here/dovecot.sh" stop "$server"; fi; }
clean_up() {
    trap - EXIT INT TERM HUP
    stop_server >/dev/null 2>&1 || true
}
trap clean_up EXIT
trap 'clean_up; exit 130' INT
trap 'clean_up; exit 143' TERM HUP
stop_server >/dev/null 2>&1 || true
rm -rf "$server" "$dir/archive" "$dir/accounts.toml" "$dir/ca.pem"
: > "$dir/$mark"
if [ "$(id -u)" = 0 ]; then chmod a+rx "$dir"; fi

step "A Dovecot on loopback with $users mailboxes of $messages messages, and an empty one"
sh "$here/dovecot.sh" start "$server" --users "$users" --messages "$messages"
# shellcheck source=/dev/null
. "$server/env"

step "A manifest: $dir/accounts.toml"
cp "$CA_FILE" "$dir/ca.pem"
(
    umask 077
    cat > "$dir/accounts.toml" <<END
[archive]
path = "archive"          # relative to this file
format = "tar"

[job]
parallel = 8
parallel-per-host = 8

[defaults]
host = "localhost"
port = $POP3S_PORT
tls = "implicit"
ca-file = "ca.pem"
END
    for folder in "$MAIL_DIR"/*/; do
        user=$(basename "$folder")
        printf '\n[[account]]\nname = "%s"\nuser = "%s"\npassword = "pw-%s"\n' "$user" "$user" "$user"
    done >> "$dir/accounts.toml"
)
sed -n '1,19p' "$dir/accounts.toml"
echo '...'
cd "$dir"

step 'Do the manifest and the server fit? Nothing is written'
shown check accounts.toml

step 'The job'
shown drain accounts.toml

step 'The job again: nothing new'
shown drain accounts.toml

step 'What is in the archive'
shown status archive
shown list archive --limit 20
echo
ls -l archive archive/volumes

step 'The server stops, the archive stays'
stop_server
rm -rf "$server"

cat <<END

The archive is $dir/archive. Try next:

    $mailcask list $dir/archive --account ann
    $mailcask search $dir/archive invoice
    $mailcask export $dir/archive --format maildir $dir/restored

How to restore it with nothing but tar, cat and sha256sum stands in $dir/archive/RECOVER.txt.
END
