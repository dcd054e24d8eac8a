# shellcheck shell=sh
# What the servers of the fixtures share: a certificate authority, free ports, waiting. Other scripts read it in; they
# set `state`, the folder of their server.
# shellcheck disable=SC2154  # which is not set here
set -eu

# --- certificates ----------------------------------------------------------------------------------------------------

# sign NAME SUBJECT ALT_NAMES FIRST_DAY LAST_DAY: a key and a certificate of our authority, days as YYYYMMDD
sign() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
        -keyout "$1.key" -out "$1.csr" 2>/dev/null
    cat > "$1.ext" <<END
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $3
END
    openssl ca -batch -config ca.cnf -notext -in "$1.csr" -out "$1.pem" -extfile "$1.ext" \
        -startdate "${4}000000Z" -enddate "${5}000000Z" 2>/dev/null
}

make_certificates() (
    if [ -f "$state/tls/complete" ] && openssl x509 -checkend 86400 -noout -in "$state/tls/server.pem" >/dev/null; then
        return
    fi
    rm -rf "$state/tls"
    mkdir -p "$state/tls/issued"
    cd "$state/tls"
    : > index.txt
    cat > ca.cnf <<END
[ca]
default_ca = ours
[ours]
database = index.txt
new_certs_dir = issued
certificate = ca.pem
private_key = ca.key
default_md = sha256
rand_serial = yes
unique_subject = no
policy = any
[any]
commonName = supplied
END
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 400 -subj '/CN=mailcask fixture CA' \
        -addext 'keyUsage = critical, keyCertSign, cRLSign' -keyout ca.key -out ca.pem 2>/dev/null
    yesterday=$(date -u -d yesterday +%Y%m%d)
    next_year=$(date -u -d '1 year' +%Y%m%d)
    names='DNS:localhost, IP:127.0.0.1, IP:::1'
    sign server localhost "$names" "$yesterday" "$next_year"
    sign expired localhost "$names" 20200101 20200201
    sign wrongname mail.elsewhere.example DNS:mail.elsewhere.example "$yesterday" "$next_year"
    : > complete
)

# --- ports -----------------------------------------------------------------------------------------------------------

# free_ports COUNT: ports below those that the system gives to outgoing connections, free on every loopback address
free_ports() {
    python3 - "$1" <<'END'
import random, socket, sys
found, held = [], []
while len(found) < int(sys.argv[1]):
    port = random.randrange(12000, 32000)
    try:
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            try:
                probe = socket.socket(family, socket.SOCK_STREAM)
                held.append(probe)
                probe.bind((address, port))
            except OSError as error:
                if family == socket.AF_INET or error.errno == 98:
                    raise
    except OSError:
        continue
    found.append(port)
print(*found)
END
}

# wait_for_greeting PLAIN_PORT TLS_PORT ...
wait_for_greeting() {
    python3 - "$@" <<'END'
import socket, ssl, sys, time
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
until = time.monotonic() + 20
for index, port in enumerate(sys.argv[1:]):
    while True:
        try:
            with socket.create_connection(("127.0.0.1", int(port)), 5) as stream:
                if index:
                    stream = context.wrap_socket(stream)
                if stream.recv(3) == b"+OK":
                    break
        except OSError:
            pass
        if time.monotonic() > until:
            sys.exit(f"no greeting on port {port}")
        time.sleep(0.05)
END
}

# --- processes -------------------------------------------------------------------------------------------------------

runs() { [ -d "/proc/$1" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

# wait_gone TENTHS PID ...
wait_gone() {
    tenths=$1
    shift
    while [ "$tenths" -gt 0 ]; do
        alive=
        for one in "$@"; do if runs "$one"; then alive=$one; fi; done
        [ -n "$alive" ] || return 0
        sleep 0.1
        tenths=$((tenths - 1))
    done
    return 1
}
