#!/bin/sh
# Sets mailcask and Debian's mpop, fetchmail and getmail6 on POP3 servers that misbehave by script, one after the other,
# each in a folder of its own; compares what each program stored, and what it had deleted, with the truth; prints a
# table. Everything stays on loopback. It takes about five minutes.
#
#   sh Fixtures/hostile.sh [options]
#
#   --list              the scenarios: name, stages, what they run over, what the server does
#   --scenario NAME     only this one; may be given several times
#   --only NAME         only this program (mailcask, mpop, fetchmail, getmail6); may be given several times
#   --plain             in the clear where the scenario leaves it open (default: over TLS)
#   --seconds N         60: a run that takes longer is ended, and counts as hung
#   --parallel N        4 games at the same time
#   --markdown, --json  the table in another form
#   --work DIR          keeps settings, output, mail and archives there (default: a new folder, removed at the end)
#   --mailcask FILE     the program (default: a release build of this package, made if need be)
#   --server FILE       mailcask-bench, which plays the server (default: the same)
#
# A program runs up to three times, until it says that all is well; where the maildrop then changes, up to three times
# again. It gives up after 10 s of silence, trusts the server's authority, and knows from its last run what it has;
# else it is set up by its defaults, once to leave mail on the server, once to delete it. Where this script runs as
# root, the programs run as nobody. Words of the table, each with the number of messages, the last two of runs:
#
#   ok          all arrived, once, unchanged
#   destroyed   deleted on the server, and not stored intact
#   lost        not stored intact, though the program says that all is well
#   altered     stored, but not as the server has it (fields that a program documents to add on top, and LF in place of
#               CRLF, are none of that)
#   duplicated  stored again
#   told        not stored intact, and the program says that something went wrong
#   refetched   transmitted again
#   hung        ended by the time limit
#   runaway     ended when it had taken 1 GiB of memory or 100 MB of disk space, for at most 5 MB of mail
set -eu

here=$(cd "$(dirname "$0")" && pwd)
package=$(dirname "$here")
say() { echo "hostile: $*" >&2; }

# What is given, or not needed, is not built.
mailcask='' server='' only='' previous=''
for argument in "$@"; do
    case $argument in
    --mailcask) mailcask=given ;;
    --list) mailcask=unneeded ;;
    --server) server=given ;;
    esac
    if [ "$previous" = --only ]; then only="$only $argument"; fi
    previous=$argument
done
case $only in '' | *' mailcask'*) ;; *) mailcask=unneeded ;; esac

sh "$here/packages.sh" peers >&2

build() {
    say "release build of $1"
    (cd "$package" && swift build -c release --static-swift-stdlib --product "$1" >&2)
}

if [ -z "$mailcask" ] || [ -z "$server" ]; then
    sh "$here/packages.sh" build >&2
    bin=$(cd "$package" && swift build -c release --static-swift-stdlib --show-bin-path)
fi
if [ -z "$mailcask" ]; then
    build mailcask
    set -- --mailcask "$bin/mailcask" "$@"
fi
if [ -z "$server" ]; then
    build mailcask-bench
    set -- --server "$bin/mailcask-bench" "$@"
fi
exec python3 "$here/hostile.py" "$@"
