#!/bin/sh
# Races mailcask against Debian's mpop, fetchmail, getmail6 and curl, and against what people do with mpop's Maildirs
# today: tar and pigz, restic, borg. All fetch the same mail of the same Dovecot over POP3S, in turn; what each stored
# is compared with the truth byte by byte. Everything stays on loopback, and Fixtures/delay_proxy.py makes the distance.
# Prints what each took, and mailcask's share of it beside what it must reach. It takes about a quarter of an hour.
#
#   sh Fixtures/race.sh [options]
#
#   --quick            little mail, one round: two or three minutes
#   --delay LIST       round trips in milliseconds, with commas between; 0 is loopback without the proxy
#   --parallel LIST    how many accounts at a time; each with each delay. With one of the two lists the other is 0 or
#                      8; without both it is what the second table needs: 0 ms with 8, 50 ms with 1 and with 32.
#                      --delay 0,20,50,100 --parallel 1,8,32 takes most of an hour
#   --programs LIST    of mailcask, mpop, fetchmail, getmail6, curl, pigz, restic, restic-max, borg, borg-zstd, which
#                      all run by default, and borg-lzma, mailcask-fast, mailcask-small, which do not
#   --rounds N         3; who starts changes from round to round
#   --slow-rounds N    1: rounds for fetchmail, getmail6 and curl, which wait for each message, and for the backups
#   --mail DIR         race over DIR/USER/Maildir (a copy of it is served); with DIR/truth.jsonl or truth-messages.jsonl
#                      the truth is taken from there, without from the files
#   --users N          else sample mail is made: 40 users
#   --messages N       of 200 messages each, about 1 GB (--seed N for other mail)
#   --odd              with odd messages among them; curl and getmail6 may fail at these
#   --accounts N       how many of them take part; by default 6 for each one at a time on loopback; through the proxy
#                      5 for each 4 at a time, and at least 2
#   --markdown         the tables in another form
#   --mailcask FILE    the program (default: a release build of this package, made if need be)
#   --work DIR         where to work (default: a new folder under TMPDIR, removed at the end); needs 4 times the mail
#
# The table names medians. Wall is from start to end; CPU is the client's own, of all its processes, and not that of
# Dovecot and the proxy; peak memory is that of the largest process. "nothing new" is a second run right after the
# first. "mpop, then ..." is the first backup of mpop's Maildirs, with what mpop took for them.
#
# Each program leaves all mail on the server, verifies the certificate and does the least that stores each message:
#
#   mailcask    drain, into an archive; with its defaults
#   mpop        into Maildirs, a process for each account, by xargs -P; so are the next three
#   fetchmail   into a file of batched SMTP for each account, without rewriting
#   getmail6    into Maildirs, without the fields that it can be told not to add; each process on one core, as it else
#               loses a race with its own child now and then, and waits for its time-out
#   curl        the scan listing, then all its messages over a second connection, each into a file; it remembers nothing
#
# Stored "exact": each message once and unchanged, but for LF in place of CRLF, for Return-Path, which getmail6 adds and
# fetchmail takes out, and for what one user got twice, byte for byte, which mailcask keeps once. Else the table counts
# what is altered (getmail6 folds long header lines anew), missing, or too many; "failed" is a program that did not end
# well in three attempts. Where this script runs as root, the programs run as nobody.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
package=$(dirname "$here")

# What is given, or not needed, is not built.
mailcask='' previous=''
for argument in "$@"; do
    case $argument in --mailcask) mailcask=given ;; esac
    if [ "$previous" = --programs ]; then
        case $argument in *mailcask*) ;; *) mailcask=unneeded ;; esac
    fi
    previous=$argument
done

sh "$here/packages.sh" server bench >&2

if [ -z "$mailcask" ]; then
    sh "$here/packages.sh" build >&2
    echo "race: release build of mailcask" >&2
    (cd "$package" && swift build -c release --static-swift-stdlib --product mailcask >&2)
    bin=$(cd "$package" && swift build -c release --static-swift-stdlib --show-bin-path)
    set -- --mailcask "$bin/mailcask" "$@"
fi
exec python3 "$here/race.py" "$@"
