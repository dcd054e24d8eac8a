#!/bin/sh
# Runs the Swift tests under a sanitizer of the compiler. Both must come out clean.
#
#   sh Tests/sanitize.sh address|thread [OPTION...]
#
#   address     AddressSanitizer: memory that is used wrongly, in C libraries' buffers too; and LeakSanitizer at the end
#   thread      ThreadSanitizer: data races
#   OPTION...   goes to `swift test`, for example --filter ArchiveTests
#
# Builds in .build/sanitize-address and .build/sanitize-thread, beside the ordinary build. Exit status 0 says that all
# tests passed and the sanitizer found nothing.
set -eu

package=$(cd "$(dirname "$0")/.." && pwd)
cd "$package"
usage() { sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; exit 64; }
[ $# -gt 0 ] || usage
sanitizer=$1
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/mailcask-sanitize.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The first finding does not end the run: all of them come at once.
case $sanitizer in
address)
    ASAN_OPTIONS=detect_leaks=1:log_path=$work/report
    LSAN_OPTIONS=suppressions=$package/Tests/leaks.supp:print_suppressions=0
    export ASAN_OPTIONS LSAN_OPTIONS
    ;;
thread)
    TSAN_OPTIONS=halt_on_error=0:log_path=$work/report
    export TSAN_OPTIONS
    ;;
*) usage ;;
esac
# Tests that hold the time of something give a sanitizer more of it.
MAILCASK_TEST_SLOWDOWN=20
SWIFT_BACKTRACE=enable=no
export MAILCASK_TEST_SLOWDOWN SWIFT_BACKTRACE

sh Fixtures/packages.sh build
scratch=.build/sanitize-$sanitizer
swift build --build-tests --sanitize "$sanitizer" --scratch-path "$scratch"
status=0
# One test at a time: side by side they are so slow that the limits of their time end them.
swift test --skip-build --no-parallel --sanitize "$sanitizer" --scratch-path "$scratch" "$@" || status=$?
for report in "$work"/report*; do
    [ -s "$report" ] || continue
    cat "$report"
    status=1
done
[ "$status" -eq 0 ] || { echo "sanitize: $sanitizer: not clean" >&2; exit 1; }
echo "sanitize: $sanitizer: clean"
