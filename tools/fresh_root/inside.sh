#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a newcomer does on a fresh machine: the README's first line, then "make" for each goal.
set -eux
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y make git python3-venv ca-certificates
update-ca-certificates
cd /root/convergence
unset DEBIAN_FRONTEND
for goal in $1; do
    make "$goal"
done
