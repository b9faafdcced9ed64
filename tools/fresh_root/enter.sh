#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# enter.sh ROOT [NAME=VALUE…] COMMAND…: run a command in a root as an unprivileged container would.
# Runs in mount, process and host name spaces of its own, which end with it and take all along.
set -eu
root=$1
shift

mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
hostname fresh

# Docker's default set without mknod, net_raw and setfcap, which some runtimes refuse, too.
capabilities=-all,+chown,+dac_override,+fsetid,+fowner,+setgid,+setuid,+setpcap
capabilities=$capabilities,+net_bind_service,+sys_chroot,+kill,+audit_write
cd "$root"
exec setpriv --bounding-set "$capabilities" --inh-caps=-all chroot "$root" /usr/bin/env -i "$@"
