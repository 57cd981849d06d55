#!/bin/sh
# protogen as the service runs it: its user, its home, its cache, its keys. Installed as /usr/local/sbin/protogen, for
# root. PROTOGEN_PROGRAM names another program than the service's, such as that of an upgrade; --home another home.
set -eu
if [ -r /etc/protogen/environment ]; then
    set -a
    . /etc/protogen/environment
    set +a
fi
exec runuser -u protogen -- env HOME=/srv/protogen PROTOGEN_HOME=/srv/protogen \
    XDG_CACHE_HOME=/var/cache/protogen \
    "${PROTOGEN_PROGRAM:-/opt/protogen/bin/protogen}" "$@"
