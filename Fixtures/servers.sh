#!/bin/sh
# Real POP3 servers other than Dovecot, as Debian ships them, on loopback. Several can run side by side.
#
#   sh Fixtures/servers.sh start NAME STATE_DIR   start one, wait until it answers, print STATE_DIR/env
#   sh Fixtures/servers.sh stop NAME STATE_DIR    stop it and wait until it is gone; the files stay
#
# NAME is courier, cyrus, mailutils, popa3d or solid-pop3d.
#
# Root is needed, and the right to mount. The server is installed and runs in a copy of the machine that is written in
# memory and seen by nobody else: the machine itself keeps its packages, users and files, and no service of it is
# started. All that is left is STATE_DIR. Exit status 77 says that this cannot be done here, and why.
#
# Mailboxes: every STATE_DIR/mail/USER/Maildir is one, as sample_mail.py makes it. The server gets copies of the
# messages, in its own form. The password of USER is pw-USER.
#
# Where STATE_DIR/kerberos holds a krb5.conf and the keytab of pop/localhost, Cyrus takes Kerberos' tickets, too.
#
# STATE_DIR/env holds shell assignments:
#   PID                    of the process that all others end with
#   POP3_PORT POP3S_PORT   plain, with STLS where the server has it; TLS from the first byte, where it has that
#   CA_FILE                the authority that signed the certificate; good for localhost, 127.0.0.1 and ::1
#   MAIL_DIR LOG_FILE      the log tells of the installation, too
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=Fixtures/loopback.sh
. "$here/loopback.sh"

say() { echo "servers: $*"; }
die() { echo "servers: $*" >&2; exit 1; }
cannot() { echo "servers: $*" >&2; exit 77; }
usage() { sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p;}' "$0" >&2; exit 64; }

# --- inside: the servers ---------------------------------------------------------------------------------------------

# users: who has a mailbox
users() { for folder in "$state"/mail/*/Maildir; do basename "$(dirname "$folder")"; done; }

# add_unix_users: each of them as a user of the system, with an mbox file
add_unix_users() {
    for user in $(users); do
        useradd --no-user-group --gid mail --create-home "$user"
        echo "$user:pw-$user"
    done | chpasswd
    python3 "$here/hand_over.py" mbox "$state/mail" /var/mail
    for user in $(users); do chown "$user" "/var/mail/$user"; done
}

# serve_by_inetd USER PROGRAM: a process of the program for each connection
serve_by_inetd() {
    echo "127.0.0.1:$plain_port stream tcp nowait $1 $2 $(basename "$2")" > /etc/inetd.conf
    inetd -R 0
}

# wait_for_answer PORT: until somebody listens there
wait_for_answer() {
    python3 - "$1" <<'END'
import socket, sys, time
until = time.monotonic() + 20
while True:
    try:
        socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5).close()
        break
    except OSError:
        if time.monotonic() > until:
            sys.exit(f"nobody listens on port {sys.argv[1]}")
        time.sleep(0.05)
END
}

start_courier() {
    cat "$state/tls/server.pem" "$state/tls/server.key" > /etc/courier/pop3d.pem
    cat >> /etc/courier/pop3d <<END
ADDRESS=127.0.0.1
PORT=$plain_port
POP3AUTH="PLAIN LOGIN CRAM-MD5"
POP3AUTH_TLS="PLAIN LOGIN CRAM-MD5"
END
    printf 'SSLADDRESS=127.0.0.1\nSSLPORT=%s\n' "$tls_port" >> /etc/courier/pop3d-ssl
    echo 'authmodulelist="authuserdb"' >> /etc/courier/authdaemonrc

    (umask 077 && : > /etc/courier/userdb)
    python3 "$here/hand_over.py" maildir "$state/mail" /home
    for user in $(users); do
        chown -R mail:mail "/home/$user"
        userdb "$user" set "home=/home/$user" "mail=/home/$user/Maildir" "uid=$(id -u mail)" "gid=$(id -g mail)"
        printf 'pw-%s\npw-%s\n' "$user" "$user" | userdbpw -md5 | userdb "$user" set systempw
        printf 'pw-%s\npw-%s\n' "$user" "$user" | userdbpw -hmac-md5 | userdb "$user" set hmac-md5pw
    done
    makeuserdb
    authdaemond start
    /usr/lib/courier/pop3d start
    /usr/lib/courier/pop3d-ssl start
}

start_cyrus() {
    imap_port=$1 kerberos=
    if [ -d "$state/kerberos" ]; then
        kerberos=GSSAPI
        export KRB5_CONFIG="$state/kerberos/krb5.conf"
        echo "sasl_keytab: $state/kerberos/keytab" >> /etc/imapd.conf
    fi
    mkdir /etc/cyrus-tls
    cp "$state/tls/server.pem" "$state/tls/server.key" /etc/cyrus-tls
    chown -R cyrus /etc/cyrus-tls
    cat >> /etc/imapd.conf <<END
admins: cyrus
servername: localhost
altnamespace: yes
unixhierarchysep: yes
allowapop: yes
popminpoll: 0
popuseacl: no
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 NTLM SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512 $kerberos
tls_server_cert: /etc/cyrus-tls/server.pem
tls_server_key: /etc/cyrus-tls/server.key
END
    sed -i '/^popminpoll: 1/d; /^altnamespace: no/d; /^unixhierarchysep: no/d' /etc/imapd.conf
    cat > /etc/cyrus.conf <<END
START {
  recover cmd="ctl_cyrusdb -r"
}
SERVICES {
  imap  cmd="imapd" listen="127.0.0.1:$imap_port"
  pop3  cmd="pop3d" listen="127.0.0.1:$plain_port"
  pop3s cmd="pop3d -s" listen="127.0.0.1:$tls_port"
}
END
    for user in cyrus $(users); do printf 'pw-%s' "$user" | saslpasswd2 -p -c -u localhost "$user"; done
    chgrp sasl /etc/sasldb2
    /usr/lib/cyrus/bin/master -d
    wait_for_answer "$imap_port"
    python3 "$here/hand_over.py" imap "$state/mail" "$imap_port"
}

start_mailutils() {
    add_unix_users
    for user in $(users); do echo "$user: pw-$user"; done > /etc/apop
    # Without --compatibility the colon becomes a part of the name.
    popauth --create --compatibility --file=/etc/apop --output=/etc/apop.db
    chmod 600 /etc/apop*
    cp "$state/tls/server.pem" "$state/tls/server.key" /etc
    chmod 600 /etc/server.key
    cat > /etc/pop3d.conf <<END
mode daemon;
pidfile /run/pop3d.pid;
apop-database-file /etc/apop.db;
tls {
  ssl-certificate-file /etc/server.pem;
  ssl-key-file /etc/server.key;
};
server 127.0.0.1:$plain_port { tls-mode ondemand; };
server 127.0.0.1:$tls_port { tls-mode connection; };
END
    pop3d --no-site-config --config-file=/etc/pop3d.conf
}

start_popa3d() {
    add_unix_users
    serve_by_inetd root /usr/sbin/popa3d
}

start_solid_pop3d() {
    add_unix_users
    for user in $(users); do
        printf 'pw-%s\npw-%s\n' "$user" "$user" | setpriv --reuid "$user" --regid mail --clear-groups \
            env HOME="/home/$user" pop_auth
    done
    serve_by_inetd root /usr/sbin/solid-pop3d
}

# --- between: the copy of the machine --------------------------------------------------------------------------------

# enter NAME PORT ...: as the first process of its own, with its own mounts. The copy is written in memory.
enter() {
    world=$state/world
    mount -t tmpfs -o mode=755 none "$world"
    mkdir "$world/written" "$world/work" "$world/root"
    mount -t overlay -o "lowerdir=/,upperdir=$world/written,workdir=$world/work" overlay "$world/root"
    mount --rbind /dev "$world/root/dev"
    mount -t proc proc "$world/root/proc"
    for folder in "$here" "$state"; do
        mkdir -p "$world/root$folder"
        mount --bind "$folder" "$world/root$folder"
    done
    # In containers this one is often a mount, which an overlay does not see.
    cat /etc/resolv.conf > "$world/resolv.conf"
    rm -f "$world/root/etc/resolv.conf"
    cp "$world/resolv.conf" "$world/root/etc/resolv.conf"
    exec env -u TMPDIR chroot "$world/root" sh "$here/servers.sh" inside "$state" "$@"
}

# inside NAME PORT ...
inside() {
    name=$1 plain_port=$2 tls_port=$3
    sh "$here/packages.sh" "$name"
    cd /
    case $name in
    courier) start_courier ;;
    cyrus) start_cyrus "$4" ;;
    mailutils) start_mailutils ;;
    popa3d) start_popa3d ;;
    solid-pop3d) start_solid_pop3d ;;
    esac
    : > "$state/started"
    exec sleep infinity
}

# --- commands --------------------------------------------------------------------------------------------------------

# server_pid: prints it if that very server runs
server_pid() {
    pid=$(sed -n 's/^PID=//p' "$state/env" 2>/dev/null) && [ -n "$pid" ] || return 1
    tr '\0' '\n' < "/proc/$pid/cmdline" 2>/dev/null | grep -qxF "$state" || return 1
    echo "$pid"
}

stop() {
    if pid=$(server_pid); then
        kill -KILL "$pid"
        wait_gone 100 "$pid" || die "process $pid does not end"
    fi
    rm -f "$state/env" "$state/started"
}

start() {
    [ "$(id -u)" = 0 ] || cannot "root is needed to install and run $name in a copy of the machine"
    unshare --mount --pid --fork true 2>/dev/null ||
        cannot "a copy of the machine needs a mount namespace, which is not allowed here"
    if server_pid >/dev/null; then
        say "runs already"
        cat "$state/env"
        return
    fi
    if ! command -v openssl >/dev/null || ! command -v python3 >/dev/null; then sh "$here/packages.sh" server; fi
    mkdir -p "$state/mail" "$state/world"
    chmod a+rx "$state"
    make_certificates
    status=0
    trap 'status=$?; [ $status = 0 ] || stop; exit $status' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP

    # shellcheck disable=SC2046  # three numbers, split on purpose
    set -- $(free_ports 3)
    rm -f "$state/started"
    setsid unshare --mount --pid --fork --kill-child \
        sh "$here/servers.sh" enter "$state" "$name" "$@" > "$state/log" 2>&1 < /dev/null &
    tls=$2
    case $name in popa3d | solid-pop3d) tls= ;; esac
    cat > "$state/env" <<END
PID=$!
POP3_PORT=$1
POP3S_PORT=$tls
CA_FILE=$state/tls/ca.pem
MAIL_DIR=$state/mail
LOG_FILE=$state/log
END
    tenths=3000
    until [ -e "$state/started" ]; do
        if ! runs "$!" || [ "$tenths" = 0 ]; then
            tail -n 30 "$state/log" >&2
            die "$name did not start; its log is $state/log"
        fi
        tenths=$((tenths - 1))
        sleep 0.1
    done
    # shellcheck disable=SC2086  # perhaps no port at all
    wait_for_greeting "$1" $tls
    trap - EXIT INT TERM HUP
    say "$name serves $(users | grep -c .) mailboxes on loopback"
    cat "$state/env"
}

[ $# -ge 3 ] || usage
command=$1
case $command in
enter | inside)
    state=$2
    shift 2
    "$command" "$@"
    ;;
start | stop)
    name=$2
    case $name in courier | cyrus | mailutils | popa3d | solid-pop3d) ;; *) usage ;; esac
    [ "$command" = start ] || [ -d "$3" ] || exit 0
    mkdir -p "$3"
    state=$(cd "$3" && pwd -P)
    case $state in *[!A-Za-z0-9/._+@=-]*) die "mounts and settings take no such characters in a path: $state" ;; esac
    "$command"
    ;;
*) usage ;;
esac
