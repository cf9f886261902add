# Two images: wxtoken, the worker, which `docker build .` makes, and wechat-simulator, the stand-in
# for WeChat (`--target wechat-simulator`). In both the program is process 1, so SIGTERM reaches it.
# It runs as a user without a name, writes only its output and needs no capability (read_only: true,
# cap_drop: [ALL]).

FROM debian:trixie-slim AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends \
        cmake gcc libc6-dev libcurl4-openssl-dev libjson-c-dev libmicrohttpd-dev libpq-dev \
        librdkafka-dev libssl-dev ninja-build pkg-config && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
WORKDIR /src
COPY . .
RUN cmake --preset release -D WXTOKEN_TESTS=OFF && \
    cmake --build build/release --target wxtoken wechat-simulator && \
    strip build/release/wxtoken build/release/wechat-simulator


FROM debian:trixie-slim AS wechat-simulator
RUN apt-get update && \
    apt-get install -y --no-install-recommends libjson-c5 libmicrohttpd12t64 libssl3t64 && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
COPY --from=build /src/build/release/wechat-simulator /usr/local/bin/
COPY --from=build /src/LICENSE /usr/share/doc/wechat-simulator/copyright

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="wechat-simulator" \
      org.opencontainers.image.description="A stand-in for WeChat's third-party platform, for tests" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --start-interval=1s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080"]
ENTRYPOINT ["wechat-simulator", "--listen", "0.0.0.0", "--port", "8080"]


FROM debian:trixie-slim AS wxtoken
RUN apt-get update && \
    apt-get install -y --no-install-recommends \
        ca-certificates libcurl4t64 libjson-c5 libmicrohttpd12t64 libpq5 librdkafka1 libssl3t64 && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
COPY --from=build /src/build/release/wxtoken /usr/local/bin/
COPY --from=build /src/LICENSE /usr/share/doc/wxtoken/copyright

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="wxtoken" \
      org.opencontainers.image.description="Keeps the tokens of WeChat accounts fresh that authorised a platform" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

USER 10001:10001
HEALTHCHECK --interval=10s --timeout=6s --start-period=75s --start-interval=1s CMD ["wxtoken", "health"]
ENTRYPOINT ["wxtoken"]
CMD ["worker"]
