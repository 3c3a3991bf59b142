#!/bin/sh
# Makes the installation's secrets in ./secrets, once: those that are there stay as they are.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
random() { head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n'; }
[ -s secrets/postgres-password ] || random > secrets/postgres-password
[ -s secrets/database-url ] || printf 'postgres://novacron:%s@postgres:5432/novacron' "$(cat secrets/postgres-password)" > secrets/database-url
[ -s secrets/kek ] || random > secrets/kek
# Compose mounts them with these modes into containers of other users; the folder keeps everybody else on this machine out.
chmod 444 secrets/*
chmod 700 secrets
echo "secrets are in $(pwd)/secrets: keep a copy of kek, without it sealed addresses cannot be read again"
