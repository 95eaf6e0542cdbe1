#!/bin/sh
# Proves that the service works: waybill runs this after a delivery (`prove` in waybill.yaml).
set -eu
cd "$(dirname "$0")"
exec node smoke.js
