# The bridge with its web client: docker build -t haos-voice-bridge .
# docs/admin.md, "In a container", says how to run it.

FROM node:22-bookworm-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM python:3.11-slim-bookworm AS wheel
WORKDIR /src
RUN pip install --no-cache-dir 'uv>=0.8,<1'
COPY pyproject.toml uv.lock hatch_build.py README.md config.example.yaml ./
COPY haos_voice_bridge/ haos_voice_bridge/
COPY --from=web /web/dist/ web/dist/
# What is locked is what is installed; the bridge itself without looking for anything newer.
RUN uv export --quiet --frozen --no-emit-project --no-default-groups --extra media --extra e2ee \
        --output-file requirements.txt \
    && uv venv /opt/bridge \
    && uv pip install --python /opt/bridge --requirement requirements.txt \
    && uv build --wheel \
    && uv pip install --python /opt/bridge --no-deps dist/*.whl

FROM python:3.11-slim-bookworm
COPY --from=wheel /opt/bridge /opt/bridge
RUN useradd --system --home-dir /data --create-home bridge
USER bridge
WORKDIR /data
EXPOSE 29345
ENTRYPOINT ["/opt/bridge/bin/haos-voice-bridge", "-c", "/data/config.yaml"]
