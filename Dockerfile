# The Python and Debian that the tests run on. A tag can move: pin what you have looked at, by
#   docker build --build-arg BASE=python:3.11-slim-bookworm@sha256:... .
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
# Of the files that are made here; give the time of your commit.
ARG SOURCE_DATE_EPOCH=1580601600
WORKDIR /src
RUN python -m venv --without-pip /opt/capbrief
COPY requirements.lock ./
RUN python -m pip --python /opt/capbrief/bin/python install --no-cache-dir --no-compile \
    --no-deps --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY pipeline ./pipeline
COPY sql ./sql
COPY templates ./templates
COPY reports ./reports
RUN python -m pip --python /opt/capbrief/bin/python install --no-cache-dir --no-compile \
    --no-index --no-deps --no-build-isolation .
# Nothing can be written beside the code later, and times of files would tell images apart.
RUN /opt/capbrief/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/capbrief/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="capbrief" \
    org.opencontainers.image.description="AI-token market and GPU-capacity reports, every number traceable." \
    org.opencontainers.image.licenses="MIT"
RUN apt-get update && apt-get install --yes --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data capbrief \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/capbrief /opt/capbrief
ENV PATH=/opt/capbrief/bin:/usr/local/bin:/usr/bin:/bin \
    CAPBRIEF_HOME=/data \
    XDG_CACHE_HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1
VOLUME /data
WORKDIR /data
USER 10001:10001
# Docker knows one code for ill. A home in which nothing was run yet is not ready, and says so.
HEALTHCHECK --interval=1h --timeout=1m --start-period=1h \
    CMD ["sh", "-c", "capbrief status --quiet >/dev/null || exit 1"]
ENTRYPOINT ["capbrief"]
CMD ["run"]
