#!/bin/sh
# Checks that every file of this export is, byte for byte, what it was when it
# was handed over. Needs nothing but sha256sum (Linux) or shasum (macOS).
# Exit status: 0 all files are as they were, 1 some are not, 2 nothing was checked.
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 2
if command -v sha256sum >/dev/null 2>&1; then
    sum="sha256sum"
elif command -v shasum >/dev/null 2>&1; then
    sum="shasum -a 256"
else
    echo "Neither sha256sum nor shasum is here, so nothing was checked." >&2
    exit 2
fi
if [ ! -s SHA256SUMS ]; then
    echo "SHA256SUMS is not here, so nothing was checked." >&2
    exit 2
fi
$sum -c SHA256SUMS 2>/dev/null | awk -v all="$(grep -c . SHA256SUMS)" '
    /: OK$/ { good++; next }
    { print }
    END {
        if (good == all) { print "ok: all " all " files are as they were handed over."; exit 0 }
        print "WRONG: " (all - good) " of " all " files are changed or missing."
        exit 1
    }'
