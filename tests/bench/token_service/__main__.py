"""How fast the token service is: `python -m tests.bench.token_service`.

Each request brings an OpenID token that was never seen before, so each is checked with the
homeserver: nginx with TLS, which answers at once. LiveKit is real. The service has one core,
everything else the other. Beside it, in the same run, runs the least that such a service does
(baseline.py). The ratio of requests per second of CPU means more than rates, which are this
machine's, and of what else it does. Nothing here is a pass or a failure.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from haos_voice_bridge.devstack import cache, livekit
from haos_voice_bridge.devstack.ports import HOST, Ports
from haos_voice_bridge.devstack.process import Part
from haos_voice_bridge.devstack.progress import quiet
from haos_voice_bridge.devstack.state import State
from tests import certificates
from tests.redis_server import free_port

HERE = Path(__file__).parent
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
  fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  keepalive_requests 100000000; keepalive_timeout 600s;
  server {{
    listen {host}:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
    location /_matrix/federation/v1/openid/userinfo {{
      default_type application/json; return 200 '{{"sub":"@user:{name}"}}';
    }}
    location / {{ return 404; }}
  }}
}}
"""


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    options.add_argument("--hold", action="store_true", help="wait for Enter, for a profiler")
    options.add_argument("--command", nargs="+", help="another token service, for comparison")
    asked = options.parse_args()
    for program in ("nginx", "wrk", "taskset"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is needed. Debian: apt-get install -y nginx-light wrk util-linux")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="haos-bench-")))
        name, certificate = homeserver(folder, stack)
        ports, state = Ports.free(), State()
        sfu = livekit.config(ports, state, f"http://{HOST}:1/")
        server = livekit.find(cache.folder(), quiet())
        part = Part(livekit.command(server, folder / "livekit", ports, sfu))
        part.start()
        stack.callback(part.stop)
        os.sched_setaffinity(part.pid, {1})
        keys = (state.livekit_api_key, state.livekit_api_secret)
        own = [sys.executable, "-m", "haos_voice_bridge", "auth-service"]
        programs = {
            "baseline": [sys.executable, "-m", "tests.bench.token_service.baseline"],
            "token service": asked.command or own,
        }
        rates = {}
        for title, command in programs.items():
            port = free_port()
            env = {
                **os.environ,
                "SSL_CERT_FILE": str(certificate),
                "LIVEKIT_URL": f"ws://{HOST}:{ports.livekit}",
                "LIVEKIT_KEY": keys[0],
                "LIVEKIT_SECRET": keys[1],
                "LIVEKIT_JWT_BIND": f"{HOST}:{port}",
                "LIVEKIT_FULL_ACCESS_HOMESERVERS": name,
                "LIVEKIT_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
                "LIVEKIT_LOG_LEVEL": "info",
                "GOMAXPROCS": "1",
            }
            extra = [str(port), *keys] if title == "baseline" else []
            process = start([*command, *extra], env, folder / f"{title}.log", port)
            try:
                if asked.hold and title != "baseline":
                    input(f"{title} is process {process.pid}; Enter to go on ")
                load(port, name, 16, 2)  # warm: connections, caches
                for connections in asked.connections:
                    before = cpu_s(process.pid)
                    found = load(port, name, connections, asked.seconds)
                    used = cpu_s(process.pid) - before
                    a_core = found["requests"] / used
                    rates[title, connections] = a_core
                    ratio = a_core / rates["baseline", connections]
                    print(
                        f"[figure] {title:13} {connections:3} connections: {found['rate']:6.0f}/s"
                        f"  {a_core:6.0f} per second of CPU, {ratio:.2f} of baseline"
                        f"  p50 {found['p50_ms']:6.2f} ms  p99 {found['p99_ms']:6.2f} ms"
                        f"  {rss_mb(process.pid):4.0f} MB  refused {found['refused']},"
                        f" broken {found['broken']}, late {found['late']}",
                        flush=True,
                    )
            finally:
                process.kill()
                process.wait()


def homeserver(folder, stack):
    """Start it on the second core; its name and certificate."""
    port = free_port()
    name = f"localhost:{port}"
    certificate, key = certificates.make(folder / "tls")
    path = folder / "nginx.conf"
    path.write_text(
        NGINX.format(
            folder=folder, host=HOST, port=port, certificate=certificate, key=key, name=name
        )
    )
    process = subprocess.Popen(["taskset", "-c", "1", "nginx", "-c", path])
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return name, certificate


def start(command, env, log, port):
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", "0", *command], env=env, stdout=output, stderr=output
        )
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2).close()
            return process
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"it does not start:\n{log.read_text()}")
        time.sleep(0.05)


def load(port, name, connections, seconds):
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "requests.lua"]
    done = subprocess.run(
        ["taskset", "-c", "1", "wrk", *options, f"http://{HOST}:{port}/sfu/get"],
        env={**os.environ, "BENCH_SERVER_NAME": name},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(re.search(r"JSON (.*)", done.stdout)[1])


def cpu_s(pid):
    """Seconds of CPU that a process has used: this counts, whatever else the machine does."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


if __name__ == "__main__":
    main()
