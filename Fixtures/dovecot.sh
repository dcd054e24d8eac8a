#!/bin/sh
# A real Dovecot on loopback for demonstrations, tests and measurements. Root or an ordinary user can run it, and
# several can run side by side.
#
#   sh Fixtures/dovecot.sh start STATE_DIR [options]   start it, wait until it answers, print STATE_DIR/env
#   sh Fixtures/dovecot.sh users STATE_DIR             read STATE_DIR/mail again after mailboxes were added
#   sh Fixtures/dovecot.sh stop STATE_DIR              stop it and wait until it is gone; the files stay
#
# Options of start:
#   --users N --messages M --seed S   fill STATE_DIR/mail with sample_mail.py first, if it does not exist yet
#   --failure-delay SECONDS           how long a wrong password is made to wait (default 0, which is half a second)
#   --set 'name = value'              one more line for dovecot.conf (may be repeated), for example
#                                     --set 'pop3_lock_session = yes'
#
# Mailboxes: every STATE_DIR/mail/USER/Maildir is one, or STATE_DIR/mail/USER/mbox, an mbox file.
# The password of USER is pw-USER.
#
# STATE_DIR/env holds shell assignments:
#   PID                    of the main server
#   POP3S_PORT POP3_PORT   TLS from the first byte; plain with STLS
#   IMAP_PORT              plain with STARTTLS, to read a mailbox in another way
#   EXPIRED_PORT           POP3S again, but the certificate ended long ago
#   WRONGNAME_PORT         POP3S again, but the certificate is another host's
#   CA_FILE                the authority that signed all three; good for localhost, 127.0.0.1 and ::1
#   MAIL_DIR LOG_FILE
#
# What Dovecot itself alters over POP3: a file's lone LF goes out as CRLF, and a message whose last line has no end gets
# one. Over IMAP, NUL becomes 0x80 as well.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=Fixtures/loopback.sh
. "$here/loopback.sh"

say() { echo "dovecot: $*"; }
die() { echo "dovecot: $*" >&2; exit 1; }
usage() { sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p;}' "$0" >&2; exit 64; }

# --- mailboxes ---------------------------------------------------------------------------------------------------

# Writes passwd from the folders that are there. As root, hands them to the user that Dovecot's mail processes run as.
list_users() {
    for folder in "$mail"/*/; do
        folder=${folder%/}
        user=${folder##*/}
        case $user in *:*) continue ;; esac
        if [ -d "$folder/Maildir" ]; then
            mkdir -p "$folder/Maildir/cur" "$folder/Maildir/new" "$folder/Maildir/tmp"
            echo "$user:{PLAIN}pw-$user::::$folder::"
        elif [ -f "$folder/mbox" ]; then
            echo "$user:{PLAIN}pw-$user::::$folder::userdb_mail=mbox:~/folders:INBOX=~/mbox"
        fi
    done > "$state/passwd.new"
    mv "$state/passwd.new" "$state/passwd"
    if [ "$(id -u)" = 0 ]; then chown -R "$mail_user:$mail_group" "$mail"; fi
}

# --- configuration -----------------------------------------------------------------------------------------------

# write_config INSTANCE CERTIFICATE POP3_PORT POP3S_PORT IMAP_PORT: port 0 means not offered
write_config() {
    mkdir -p "$state/$1"
    cat > "$state/$1/dovecot.conf" <<END
instance_name = $1
base_dir = $state/$1/run
state_dir = $state/$1
log_path = $state/$1/dovecot.log
listen = $listen
protocols = pop3 imap

default_internal_user = $internal_user
default_internal_group = $internal_group
default_login_user = $login_user
default_client_limit = 8000
default_vsz_limit = 1 G
first_valid_uid = 1
mail_uid = $mail_user
mail_gid = $mail_group
mail_location = maildir:~/Maildir
mail_fsync = never

ssl = yes
ssl_cert = <$state/tls/$2.pem
ssl_key = <$state/tls/$2.key
ssl_min_protocol = TLSv1.2

disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %u
auth_username_chars =
auth_failure_delay = $failure_delay secs
passdb {
  driver = passwd-file
  args = username_format=%u $state/passwd
}
userdb {
  driver = passwd-file
  args = username_format=%u $state/passwd
  default_fields = uid=$mail_user gid=$mail_group
}

protocol pop3 {
  mail_max_userip_connections = 10000
  pop3_no_flag_updates = yes
}
protocol imap {
  mail_max_userip_connections = 10000
}

service pop3-login {
  chroot =
  service_count = 0
  client_limit = 2000
  process_limit = 2
  inet_listener pop3 {
    port = $3
  }
  inet_listener pop3s {
    port = $4
    ssl = yes
  }
}
service pop3 {
  process_limit = 1024
  service_count = 1000
}
service imap-login {
  chroot =
  service_count = 0
  process_limit = 1
  inet_listener imap {
    port = $5
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  process_limit = 256
}
service anvil {
  chroot =
  # Without this socket nobody is slowed down for the wrong passwords of others at the same address.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service auth-worker {
  user = $internal_user
}
END
    if [ -f "$state/extra.conf" ]; then cat "$state/extra.conf" >> "$state/$1/dovecot.conf"; fi
}

# --- processes ---------------------------------------------------------------------------------------------------

# master_pid INSTANCE: prints it if that very server runs
master_pid() {
    pid=$(cat "$state/$1/run/master.pid" 2>/dev/null) || return 1
    [ -n "$pid" ] && tr '\0' '\n' < "/proc/$pid/cmdline" 2>/dev/null | grep -qxF "$state/$1/dovecot.conf" || return 1
    echo "$pid"
}

# children_of PID: by /proc, as ps need not be there
children_of() {
    for stat in /proc/[0-9]*/stat; do
        sed -n 's/^\([0-9]*\) (.*) [A-Za-z] '"$1"' .*/\1/p' "$stat" 2>/dev/null || true
    done
}

# A master ends its children, which takes it about a second: so all three are told first and awaited then.
stop_all() {
    family=
    for instance in main expired wrongname; do
        pid=$(master_pid "$instance") || continue
        family="$family $pid $(children_of "$pid" | tr '\n' ' ')"
        kill "$pid" 2>/dev/null || true
    done
    # shellcheck disable=SC2086  # a list of pids, split on purpose
    wait_gone 100 $family || { kill -KILL $family 2>/dev/null || true; wait_gone 50 $family || true; }
    for instance in main expired wrongname; do rm -f "$state/$instance/run/master.pid"; done
}

# start_instance INSTANCE: 0 = listens, 1 = a port was taken meanwhile, else it ends here
start_instance() {
    : > "$state/$1/dovecot.log"
    if dovecot -c "$state/$1/dovecot.conf" > "$state/$1/start.log" 2>&1; then return 0; fi
    if grep -q 'Address already in use' "$state/$1/start.log" "$state/$1/dovecot.log"; then return 1; fi
    cat "$state/$1/start.log" "$state/$1/dovecot.log" >&2
    die "the server '$1' did not start; its configuration is $state/$1/dovecot.conf"
}

# --- commands ----------------------------------------------------------------------------------------------------

open_state() {
    case $1 in '' | -*) usage ;; esac
    case $1 in *[!A-Za-z0-9/._+@,=-]*) die "Dovecot's settings take no such characters in a path: $1" ;; esac
    mkdir -p "$1"
    state=$(cd "$1" && pwd -P)
    mail=$state/mail
    case $state in *[!A-Za-z0-9/._+@,=-]*) die "Dovecot's settings take no such characters in a path: $state" ;; esac
    [ ${#state} -le 70 ] || die "sockets need a shorter path than $state"
    if [ "$(id -u)" = 0 ]; then
        internal_user=dovecot login_user=dovenull mail_user=mail
    else
        internal_user=$(id -un) login_user=$(id -un) mail_user=$(id -un)
    fi
}

# After the packages are there, because these users come with them.
open_accounts() {
    internal_group=$(id -gn "$internal_user") mail_group=$(id -gn "$mail_user")
    if [ "$(id -u)" = 0 ]; then
        chmod a+rx "$state"
        setpriv --reuid "$mail_user" --regid "$mail_group" --clear-groups test -x "$state/." ||
            die "the user $mail_user cannot enter $state: choose a folder whose parents others may enter, as under /tmp"
    fi
}

start() {
    failure_delay=0 users='' messages=25 seed=1
    : > "$state/extra.conf.new"
    while [ $# -gt 0 ]; do
        [ $# -ge 2 ] || usage
        case $1 in
        --users) users=$2 ;;
        --messages) messages=$2 ;;
        --seed) seed=$2 ;;
        --failure-delay) failure_delay=$2 ;;
        --set) printf '%s\n' "$2" >> "$state/extra.conf.new" ;;
        *) usage ;;
        esac
        shift 2
    done

    if master_pid main >/dev/null; then
        rm -f "$state/extra.conf.new"
        say "runs already"
        cat "$state/env"
        return
    fi
    mv "$state/extra.conf.new" "$state/extra.conf"

    if ! command -v dovecot >/dev/null || ! command -v openssl >/dev/null || ! command -v python3 >/dev/null; then
        sh "$here/packages.sh" server
    fi
    open_accounts
    status=0
    trap 'status=$?; [ $status = 0 ] || stop_all; exit $status' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # shellcheck disable=SC3045  # Debian's sh knows it, and where it does not, the default is enough for little
    ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)" 2>/dev/null || true

    stop_all
    make_certificates
    if [ -n "$users" ] && [ ! -d "$mail" ]; then
        python3 "$here/sample_mail.py" "$mail" --users "$users" --messages "$messages" --seed "$seed"
    fi
    mkdir -p "$mail"
    list_users

    listen=127.0.0.1
    if grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null; then listen='127.0.0.1, ::1'; fi

    attempt=1
    while :; do
        # shellcheck disable=SC2046  # five numbers, split on purpose
        set -- $(free_ports 5)
        write_config main server "$1" "$2" "$3"
        write_config expired expired 0 "$4" 0
        write_config wrongname wrongname 0 "$5" 0
        if start_instance main && start_instance expired && start_instance wrongname; then break; fi
        stop_all
        attempt=$((attempt + 1))
        [ "$attempt" -le 10 ] || die "found no free ports in ten attempts"
    done
    wait_for_greeting "$1" "$2" "$4" "$5"

    cat > "$state/env.new" <<END
PID=$(master_pid main)
POP3_PORT=$1
POP3S_PORT=$2
IMAP_PORT=$3
EXPIRED_PORT=$4
WRONGNAME_PORT=$5
CA_FILE=$state/tls/ca.pem
MAIL_DIR=$mail
LOG_FILE=$state/main/dovecot.log
END
    mv "$state/env.new" "$state/env"
    trap - EXIT INT TERM HUP
    say "$(grep -c . "$state/passwd" || true) mailboxes on loopback"
    cat "$state/env"
}

[ $# -ge 2 ] || usage
command=$1
if [ "$command" != start ] && [ ! -d "$2" ]; then
    say "there is no $2"
    exit 0
fi
open_state "$2"
shift 2
case $command in
start) start "$@" ;;
users)
    open_accounts
    list_users
    say "$(grep -c . "$state/passwd" || true) mailboxes"
    ;;
stop)
    if ! master_pid main >/dev/null; then say "does not run"; fi
    stop_all
    rm -f "$state/env"
    say "stopped"
    ;;
*) usage ;;
esac
