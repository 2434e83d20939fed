# Monitor in a container: no root, nothing written outside /data.
#   docker build -t monitor .
# BASE is any image with Python 3.11 as python3 and its venv module.
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
# For builds without an index: --volume WHEELS:/wheels:ro --build-arg PIP_ARGS="--no-index --find-links /wheels"
ARG PIP_ARGS=""
COPY requirements.lock /src/requirements.lock
# dkimpy comes as source only; pip builds it in a place of its own that does not stay.
RUN python3 -m venv /opt/monitor \
 && /opt/monitor/bin/python -m pip install ${PIP_ARGS} --no-cache-dir --disable-pip-version-check --no-compile \
      --only-binary :all: --no-binary dkimpy --require-hashes -r /src/requirements.lock \
 && /opt/monitor/bin/python -m pip uninstall --quiet --yes pip setuptools \
 && /opt/monitor/bin/python -m compileall -q /opt/monitor/lib

COPY monitor /opt/monitor/app/monitor
# Where a wheel has them too: data of the package.
COPY templates /opt/monitor/app/monitor/_templates
COPY config /opt/monitor/app/monitor/_config
# The licences of what is passed on; LGPL and MPL ask for their texts and for where the source is.
COPY tools/licence_notices.py /src/licence_notices.py
COPY LICENSE /opt/monitor/LICENSE
RUN /opt/monitor/bin/python -m compileall -q /opt/monitor/app/monitor \
 && /opt/monitor/bin/python /src/licence_notices.py > /opt/monitor/NOTICES.txt \
 && printf '#!/bin/sh\nexec /opt/monitor/bin/python -m monitor "$@"\n' > /opt/monitor/bin/monitor \
 && chmod 755 /opt/monitor/bin/monitor

FROM ${BASE}
LABEL org.opencontainers.image.title="Monitor" \
      org.opencontainers.image.description="Watches PubMed for a clinical question and mails what changed." \
      org.opencontainers.image.licenses="MIT"
# The only folder that is written to belongs to the user that runs.
RUN install -d -o 10001 -g 10001 -m 0750 /data
COPY --from=build /opt/monitor /opt/monitor

ENV PATH=/opt/monitor/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/monitor/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MONITOR_CONFIG=/etc/monitor/monitor.yaml \
    MONITOR_DATA=/data \
    MONITOR_SECRETS=/run/secrets
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8321
STOPSIGNAL SIGTERM
# Healthy: the database answers and the service gave a sign of life within the last quarter of an hour, which is what
# /readyz says where the pages are on.
HEALTHCHECK --interval=60s --timeout=20s --start-period=120s --retries=3 CMD ["monitor", "status", "--health"]
ENTRYPOINT ["monitor"]
CMD ["run"]
