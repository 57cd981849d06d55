#!/bin/sh
# protogen as the service runs it: its user, its cache, its keys. Installed as /usr/local/sbin/protogen, for root.
set -eu
if [ -r /etc/protogen/environment ]; then
    set -a
    . /etc/protogen/environment
    set +a
fi
exec runuser -u protogen -- env XDG_CACHE_HOME=/var/cache/protogen /opt/protogen/bin/protogen "$@"
