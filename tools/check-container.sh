#!/bin/sh
# Builds the container image without a container engine, and runs it as its own user with a read-only root.
#
#   sudo tools/check-container.sh          needs Debian 12, root, and its package servers
#
# The base is made with debootstrap, so nothing is pulled from an image registry; the packages of
# requirements.lock are downloaded by this machine's pip, as it is set up here, and checked by hash.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
work=${MONITOR_CONTAINER_WORK:-$(mktemp -d)}
mkdir -p "$work"
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot DEBIAN_FRONTEND=noninteractive
container=''
clean() {
    [ -z "$container" ] || buildah rm "$container" >/dev/null 2>&1 || true
    [ -n "${MONITOR_CONTAINER_WORK:-}" ] || rm -rf "$work"
}
trap clean EXIT

say() { printf '== %s\n' "$*"; }

if ! command -v buildah >/dev/null || ! command -v debootstrap >/dev/null || ! command -v docker-compose >/dev/null; then
    say "installing buildah, debootstrap, docker-compose"
    apt-get update -q >/dev/null
    apt-get install -y -q --no-install-recommends buildah debootstrap docker-compose ca-certificates >/dev/null
fi

say "docker-compose.yml is valid, with and without its profiles"
for profiles in '' postgres mailpit postgres,mailpit; do
    COMPOSE_PROFILES=$profiles docker-compose -f "$here/docker-compose.yml" config --quiet
done

say "base: Debian 12 with python3"
if [ ! -f "$work/base.tar" ]; then
    mirror=$(sed -n 's/^URIs: //p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) bookworm main.*/\2/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null | grep '/debian/*$' | head -n 1)
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/rootfs" \
        ${mirror:+"$mirror"} >"$work/debootstrap.log" 2>&1 || { tail -n 20 "$work/debootstrap.log"; exit 1; }
    rm -rf "$work/rootfs/var/cache/apt/archives/"*.deb "$work/rootfs/var/lib/apt/lists/"*
    tar -C "$work/rootfs" -cf "$work/base.tar" .
    rm -rf "$work/rootfs"
fi
container=$(buildah from scratch)
buildah add --quiet "$container" "$work/base.tar" / >/dev/null
buildah commit --quiet "$container" localhost/monitor-base >/dev/null
buildah rm "$container" >/dev/null
container=''

say "packages of requirements.lock, checked by hash"
[ -x "$work/pip/bin/pip" ] || python3.11 -m venv "$work/pip"
"$work/pip/bin/pip" download --quiet --disable-pip-version-check --only-binary :all: --no-binary dkimpy --require-hashes \
    -r "$here/requirements.lock" -d "$work/wheels" 2>"$work/pip.log" || { tail -n 20 "$work/pip.log"; exit 1; }
# dkimpy comes as source only; these build it and do not stay in the image.
"$work/pip/bin/pip" download --quiet --disable-pip-version-check --only-binary :all: \
    setuptools wheel -d "$work/wheels" 2>"$work/pip.log" || { tail -n 20 "$work/pip.log"; exit 1; }

say "image"
buildah bud --quiet --layers=false --format docker --build-arg BASE=localhost/monitor-base \
    --build-arg PIP_ARGS='--no-index --find-links /wheels' --volume "$work/wheels:/wheels:ro" \
    --tag localhost/monitor "$here" >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }

say "the image as it runs"
buildah inspect --type image --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Cmd}}' localhost/monitor
echo
container=$(buildah from localhost/monitor)
# fails REASON COMMAND…: the command must not succeed.
fails() {
    reason=$1
    shift
    if "$@" >/dev/null 2>&1; then
        echo "$reason"
        exit 1
    fi
}
inside() { buildah run --user 10001:10001 "$container" -- "$@"; }

inside monitor --version
test "$(inside id -u)" = 10001
fails "the program can change itself" inside touch /opt/monitor/x
fails "the image holds a pip of ours" inside /opt/monitor/bin/python -m pip --version
inside sh -c 'touch /data/x && rm /data/x'
inside sh -c 'grep -q "^psycopg " /opt/monitor/NOTICES.txt && grep -q "LESSER GENERAL" /opt/monitor/NOTICES.txt'

say "the shipped configuration, filled in, is valid there"
sed -e 's/^contact_email:.*/contact_email: jane@example.org/' \
    -e 's/^postal_address:.*/postal_address: Example Street 1, Rome/' \
    -e 's/^  host:.*/  host: mail.example.org/' "$here/config/monitor.yaml" >"$work/monitor.yaml"
buildah copy --quiet "$container" "$work/monitor.yaml" /etc/monitor/monitor.yaml >/dev/null
buildah copy --quiet "$container" "$here/config/subscribers.csv" /etc/monitor/subscribers.csv >/dev/null
inside monitor check
say "a new database, and the health check before the service has started"
inside monitor db upgrade
fails "the health check passed without a service" inside monitor status --health

say "the service against the sandbox: a baseline, healthy, and a graceful stop"
inside sh -ec '
    cd /tmp
    python -c "from monitor.demo.corpus import build; open(\"corpus.xml\", \"wb\").write(build())"
    monitor sandbox --corpus corpus.xml --port 18997 --quiet >sandbox.log 2>&1 &
    sandbox=$!
    trap "kill $sandbox" EXIT
    mkdir -p trial && cp /etc/monitor/* trial/
    printf "pubmed:\n  base_url: http://127.0.0.1:18997/entrez/eutils/\n" >>trial/monitor.yaml
    export MONITOR_CONFIG=/tmp/trial/monitor.yaml
    monitor run >run.log 2>&1 &
    service=$!
    for _ in $(seq 30); do monitor status >status.log 2>&1 && break; sleep 1; done
    cat status.log
    monitor status >/dev/null || { cat sandbox.log run.log; exit 1; }
    monitor status --health
    kill -TERM $service
    wait $service || { cat run.log; exit 1; }
    tail -n 1 run.log
'
say "container ok: $(buildah images --format '{{.Size}}' localhost/monitor)"
