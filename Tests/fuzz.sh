#!/bin/sh
# Feeds the readers of foreign bytes with inputs that libFuzzer makes up, and checks what must hold for each (see
# Tests/Fuzzing): under AddressSanitizer, optimised, and with the checks of a debug build.
#
#   sh Tests/fuzz.sh [--seconds N] [TARGET...]
#
#   --seconds N   for all targets together; default 60. Building comes on top.
#   TARGET        replies unstuffing segments headers messages mboxrd members volumes records manifests exchanges;
#                 default: all
#
# Each target begins with the inputs of Fixtures/fuzz, with the mail in the folder that MAILCASK_CORPUS names, and with
# what earlier runs found worth keeping in .build/fuzz/corpus. It is built in .build/fuzz, beside the ordinary build.
#
# Exit status 1 says that something does not hold. The input is then in .build/fuzz/findings, and the command that
# replays it is printed; so is one that makes it smaller.
set -eu

package=$(cd "$(dirname "$0")/.." && pwd)
cd "$package"
all='replies unstuffing segments headers messages mboxrd members volumes records manifests exchanges'
die() { echo "fuzz: $*" >&2; exit 64; }

seconds=60
targets=
while [ $# -gt 0 ]; do
    case $1 in
    --seconds)
        [ $# -gt 1 ] || die '--seconds needs a number'
        seconds=$2
        shift
        ;;
    -*) sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; exit 64 ;;
    *) case " $all " in *" $1 "*) targets="$targets $1" ;; *) die "there is no target $1; there are: $all" ;; esac ;;
    esac
    shift
done
case $seconds in '' | *[!0-9]*) die "--seconds $seconds: a whole number is needed" ;; esac
[ -n "$targets" ] || targets=$all
count=$(echo "$targets" | wc -w)
each=$((seconds / count))
[ "$each" -gt 0 ] || each=1

sh Fixtures/packages.sh build

# SwiftPM gives the program libFuzzer's entry; the compiler takes the last word on sanitizers only.
MAILCASK_FUZZING=1 swift build -c release --product mailcask-fuzz --scratch-path .build/fuzz --sanitize fuzzer \
    -Xswiftc -sanitize=address,fuzzer -Xswiftc -enable-testing -Xswiftc -assert-config -Xswiftc Debug
program=.build/fuzz/release/mailcask-fuzz

# Trial archives are best made in memory.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then scratch=/dev/shm; else scratch=${TMPDIR:-/tmp}; fi
scratch=$(mktemp -d "$scratch/mailcask-fuzz.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The runtime's own look at a crash would wait for a terminal.
SWIFT_BACKTRACE=enable=no
LSAN_OPTIONS=suppressions=$package/Tests/leaks.supp:print_suppressions=0
export SWIFT_BACKTRACE LSAN_OPTIONS

# What a target begins with: folders of inputs.
seeds() {
    case $1 in
    replies | manifests | exchanges) echo "Fixtures/fuzz/$1" ;;
    volumes | records) echo "$scratch/seeds" ;;
    *)
        echo Fixtures/fuzz/mail
        if [ -d "${MAILCASK_CORPUS:-}" ]; then echo "$MAILCASK_CORPUS"; fi
        ;;
    esac
}

failed=
for target in $targets; do
    corpus=.build/fuzz/corpus/$target
    findings=.build/fuzz/findings/$target
    rm -rf "$scratch/seeds" "$scratch/trial"
    mkdir -p "$corpus" "$findings" "$scratch/seeds" "$scratch/trial"
    TMPDIR=$scratch/trial "$program" seeds "$target" "$scratch/seeds" >/dev/null
    case $target in
    replies | records | manifests | exchanges) dictionary=Fixtures/fuzz/$target.dict ;;
    volumes) dictionary= ;;
    *) dictionary=Fixtures/fuzz/mail.dict ;;
    esac
    # SQLite works behind the fuzzer's back: looking for leaks after each input would take more time than the input.
    case $target in volumes | records) leaks=0 ;; *) leaks=1 ;; esac

    printf '\n== %s, %s s\n' "$target" "$each"
    status=0
    # shellcheck disable=SC2046 # Folders, none with a space.
    TMPDIR=$scratch/trial "$program" "$target" -max_total_time="$each" -max_len=8192 -timeout=20 -rss_limit_mb=4096 \
        -detect_leaks=$leaks ${dictionary:+-dict=$dictionary} -artifact_prefix="$findings/" "$corpus" \
        $(seeds "$target") >"$scratch/log" 2>&1 || status=$?
    if [ "$status" -eq 0 ]; then
        grep -E '^#[0-9]+[[:space:]]+DONE' "$scratch/log"
        continue
    fi
    failed="$failed $target"
    grep -E 'does not hold|rror:|ERROR|SUMMARY|ALARM' "$scratch/log" || tail -n 20 "$scratch/log"
    input=$(sed -n 's/.*Test unit written to //p' "$scratch/log" | tail -n 1)
    [ -n "$input" ] || continue
    echo "input:   $input"
    echo "replay:  SWIFT_BACKTRACE=enable=no $program $target $input"
    echo "smaller: SWIFT_BACKTRACE=enable=no $program $target -minimize_crash=1 -max_total_time=60 $input"
done

if [ -n "$failed" ]; then
    printf '\nFAILED:%s\n' "$failed"
    exit 1
fi
printf '\nAll held.\n'
