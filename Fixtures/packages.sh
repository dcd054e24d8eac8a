#!/bin/sh
# Installs the Debian packages that mailcask's scripts need, and only those that are missing.
#
#   sh Fixtures/packages.sh GROUP ...
#
#   build    libraries and tools that `swift build` needs, and a check that Swift 6.3 itself is there
#   server   a POP3 server on loopback and what its fixtures are written in (Dovecot, OpenSSL, Python)
#   kerberos a Kerberos realm on loopback, and what Dovecot needs to be in it
#   keyring  a keyring of the desktop, without a desktop
#   bench    the programs that mailcask is measured against, and what weighs them
#   peers    the mail programs that hostile.sh sets on misbehaving servers
#   lint     shellcheck
#   courier cyrus mailutils popa3d solid-pop3d
#            one of the servers of servers.sh, which installs each in a copy of the machine of its own: apt removes
#            other POP3 servers for them
#
# Works as root or with sudo, asks nothing, and may be run any number of times. A Dovecot that is installed here is not
# started as a service of the machine, neither now nor at the next boot, nor is a Kerberos realm: the fixtures start
# their own.
set -eu

build_packages='ca-certificates git g++ pkg-config libssl-dev libarchive-dev zlib1g-dev libdeflate-dev libisal-dev libsqlite3-dev libgsasl-dev libkrb5-dev libcurl4-openssl-dev'
server_packages='dovecot-pop3d dovecot-imapd openssl python3'
kerberos_packages='dovecot-gssapi krb5-kdc krb5-admin-server krb5-user'
keyring_packages='libsecret-tools gnome-keyring dbus-daemon'
bench_packages='mpop fetchmail getmail6 curl tar pigz restic borgbackup time python3'
peers_packages='mpop fetchmail getmail6 python3'
lint_packages='shellcheck'
courier_packages='courier-pop courier-authlib-userdb'
cyrus_packages='cyrus-pop3d cyrus-imapd sasl2-bin libsasl2-modules libsasl2-modules-gssapi-mit msmtp-mta'
mailutils_packages='mailutils-pop3d'
popa3d_packages='popa3d openbsd-inetd'
solid_pop3d_packages='solid-pop3d openbsd-inetd'

say() { echo "packages: $*"; }
die() { echo "packages: $*" >&2; exit 1; }

[ $# -gt 0 ] || { sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; exit 64; }

wanted=
check_swift=
for group in "$@"; do
    case $group in
    build) wanted="$wanted $build_packages"; check_swift=yes ;;
    kerberos) wanted="$wanted $kerberos_packages" ;;
    server) wanted="$wanted $server_packages" ;;
    keyring) wanted="$wanted $keyring_packages" ;;
    bench) wanted="$wanted $bench_packages" ;;
    peers) wanted="$wanted $peers_packages" ;;
    lint) wanted="$wanted $lint_packages" ;;
    courier) wanted="$wanted $courier_packages" ;;
    cyrus) wanted="$wanted $cyrus_packages" ;;
    mailutils) wanted="$wanted $mailutils_packages" ;;
    popa3d) wanted="$wanted $popa3d_packages" ;;
    solid-pop3d) wanted="$wanted $solid_pop3d_packages" ;;
    *) die "no group of packages is called '$group' (sh Fixtures/packages.sh lists them)" ;;
    esac
done

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this is not a Debian system (no apt-get). Install by other means what stands for:$wanted"
fi

missing=
for package in $wanted; do
    is_installed "$package" || missing="$missing $package"
done

if [ -n "$missing" ]; then
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "run as root, or install sudo; missing are:$missing"
        as_root=sudo
    fi
    say "installing$missing"

    # apt asks /usr/sbin/policy-rc.d whether a fresh service may start. Ours says no while apt runs; what was there
    # before comes back afterwards, whatever happens.
    policy=/usr/sbin/policy-rc.d
    kept=$policy.before-mailcask
    restore_policy() {
        trap - EXIT INT TERM HUP
        $as_root rm -f "$policy"
        if [ -e "$kept" ]; then $as_root mv "$kept" "$policy"; fi
    }
    if [ -e "$policy" ] && [ ! -e "$kept" ]; then $as_root mv "$policy" "$kept"; fi
    trap restore_policy EXIT
    trap 'restore_policy; exit 130' INT
    trap 'restore_policy; exit 143' TERM HUP
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"

    had_dovecot=no
    if is_installed dovecot-core; then had_dovecot=yes; fi

    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
    # shellcheck disable=SC2086  # a list of names, split on purpose
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o Dpkg::Options::=--force-confold install --no-install-recommends $missing
    restore_policy

    if [ -d /run/systemd/system ]; then
        case " $missing " in *' krb5-kdc '*)
            $as_root systemctl disable --now krb5-kdc.service krb5-admin-server.service >/dev/null 2>&1 || true ;;
        esac
    fi
    if [ "$had_dovecot" = no ] && is_installed dovecot-core && [ -d /run/systemd/system ]; then
        $as_root systemctl disable --now dovecot.service dovecot.socket >/dev/null 2>&1 || true
    fi
    say "installed"
else
    say "$* complete, nothing to install"
fi

if [ -n "$check_swift" ]; then
    swift_version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
    case $swift_version in
    '') die "Swift is not installed, and Debian has no package of it that is new enough.
          Get the 6.3 toolchain for Debian 12 from https://www.swift.org/install/linux/ (swiftly, or the archive that
          is unpacked anywhere), put its usr/bin on the PATH and run this again." ;;
    [0-5].* | 6.[0-2])
        die "Swift $swift_version is too old: mailcask needs 6.3, see https://www.swift.org/install/linux/" ;;
    *) say "Swift $swift_version" ;;
    esac
fi
