#!/usr/bin/env bash
# That the broker cannot open a field is a fact of the linker.
set -euo pipefail
forbidden='crypto_box|crypto_kx|crypto_sign_ed25519_sk_to_curve25519|seinhuis4seal|crypto_scalarmult(_base|_curve25519|$)'
count() { nm -C "$1" | grep -cE "$2" || true; }
mangled() { nm "$1" | grep -cE "$2" || true; }
daemon=$SEINHUIS_BUILD/broker/seinhuisd
client=$SEINHUIS_BUILD/tools/seinhuis
[ "$(mangled "$daemon" "$forbidden")" -eq 0 ] || { nm "$daemon" | grep -E "$forbidden" | head; echo "FAILED: seinhuisd can open fields"; exit 1; }
notary=$SEINHUIS_BUILD/broker/seinhuis-notary  # asks the broker over CURVE, and so makes a public key of its own
[ "$(mangled "$notary" 'crypto_box|crypto_kx|crypto_sign_ed25519_sk_to_curve25519|seinhuis4seal')" -eq 0 ] || { echo "FAILED: seinhuis-notary can open fields"; exit 1; }
[ "$(mangled "$client" 'seinhuis4seal')" -gt 0 ] || { echo "FAILED: the control finds nothing in seinhuis"; exit 1; }
[ "$(mangled "$client" 'crypto_scalarmult')" -gt 0 ] || { echo "FAILED: the control finds nothing in seinhuis"; exit 1; }
# AEADs are called by the store, and by the cells of the board under a key that the melder gave; the daemon has them through these (control).
archive() { nm "$SEINHUIS_BUILD/$1" 2>/dev/null | grep -c 'U crypto_aead' || true; }
for library in broker/libseinhuis_broker.a broker/libseinhuis_daemon.a policies/libseinhuis_policy.a schemas/libseinhuis_proof.a schemas/libseinhuis_wire.a; do
  [ -f "$SEINHUIS_BUILD/$library" ] || { echo "FAILED: $library is not there"; exit 1; }
  [ "$(archive $library)" -eq 0 ] || { echo "FAILED: $library calls an AEAD"; exit 1; }
done
for library in base/libseinhuis_store.a schemas/libseinhuis_board.a; do
  [ "$(archive $library)" -gt 0 ] || { echo "FAILED: the control finds no AEAD in $library"; exit 1; }
done
echo "seinhuisd: no opening code; seinhuis: $(mangled "$client" 'seinhuis4seal') symbols of it"
