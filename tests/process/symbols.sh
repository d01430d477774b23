#!/usr/bin/env bash
# That the broker cannot open a field is a fact of the linker.
set -euo pipefail
forbidden='crypto_box|crypto_kx|crypto_sign_ed25519_sk_to_curve25519|seinhuis4seal|crypto_scalarmult(_base|_curve25519|$)'
count() { nm -C "$1" | grep -cE "$2" || true; }
mangled() { nm "$1" | grep -cE "$2" || true; }
daemon=$SEINHUIS_BUILD/broker/seinhuisd
client=$SEINHUIS_BUILD/tools/seinhuis
[ "$(mangled "$daemon" "$forbidden")" -eq 0 ] || { nm "$daemon" | grep -E "$forbidden" | head; echo "FAILED: seinhuisd can open fields"; exit 1; }
[ "$(mangled "$client" 'seinhuis4seal')" -gt 0 ] || { echo "FAILED: the control finds nothing in seinhuis"; exit 1; }
[ "$(mangled "$client" 'crypto_scalarmult')" -gt 0 ] || { echo "FAILED: the control finds nothing in seinhuis"; exit 1; }
echo "seinhuisd: no opening code; seinhuis: $(mangled "$client" 'seinhuis4seal') symbols of it"
