#!/bin/sh
# All tests: installs what they need, builds once (debug), starts a Dovecot with sample mail on loopback, runs the Swift
# tests and then the end-to-end tests, stops the server.
#
#   sh Tests/run.sh
#
# The tests find in their environment:
#   MAILCASK                the debug build of the program
#   MAILCASK_TEST_DOVECOT   the running Dovecot's ports and files, as shell assignments (see Fixtures/dovecot.sh);
#                           its truth is MAIL_DIR/truth.jsonl (see Fixtures/sample_mail.py)
#
# End-to-end tests are Tests/EndToEnd/*.sh and *.py; what starts with an underscore is a part of others. Exit status 0
# says that all passed.
set -eu

package=$(cd "$(dirname "$0")/.." && pwd)
cd "$package"
say() { printf '\n== %s\n' "$*"; }

say 'What the tests need'
sh Fixtures/packages.sh build server

say 'Building'
swift build --build-tests
MAILCASK=$(swift build --show-bin-path)/mailcask
export MAILCASK

work=$(mktemp -d "${TMPDIR:-/tmp}/mailcask-tests.XXXXXX")
chmod a+rx "$work"
state=$work/dovecot
clean_up() {
    trap - EXIT INT TERM HUP
    sh Fixtures/dovecot.sh stop "$state" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'clean_up; exit 130' INT
trap 'clean_up; exit 143' TERM HUP

say 'A Dovecot with 40 mailboxes of 50 messages'
mkdir "$state"
python3 Fixtures/sample_mail.py "$state/mail" --users 40 --messages 50 --huge
sh Fixtures/dovecot.sh start "$state"
MAILCASK_TEST_DOVECOT=$state/env
export MAILCASK_TEST_DOVECOT

failed=

say 'What the server transmits is the truth'
python3 Fixtures/compare_mail.py "$state/mail" --server "$state/env" || failed="$failed fixtures"

say 'Swift tests'
{ swift test --skip-build 2>&1 || : > "$work/swift-failed"; } | tee "$work/swift.log"
if [ -e "$work/swift-failed" ]; then failed="$failed swift-test"; fi

ran=0
for test in Tests/EndToEnd/*.sh Tests/EndToEnd/*.py; do
    [ -f "$test" ] || continue
    case ${test##*/} in _*) continue ;; esac
    say "$test"
    ran=$((ran + 1))
    case $test in
    *.sh) sh "$test" || failed="$failed $test" ;;
    *.py) python3 "$test" || failed="$failed $test" ;;
    esac
done

say 'Summary'
grep -E '^[^ ]+ Test run with|^✘ Test .* failed|^error: ' "$work/swift.log" || echo 'swift test reported nothing'
if [ -n "$failed" ]; then
    echo "$ran end-to-end tests ran. FAILED:$failed"
    exit 1
fi
echo "$ran end-to-end tests ran. All passed."
