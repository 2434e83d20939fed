"""The examples for operators: each is valid for the program that reads it, and confines the service as it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.cli import WORDS
from tools.house_picture import ROOT

EXAMPLES = ROOT / "docs" / "examples"
UNITS = sorted(EXAMPLES.glob("*.service"))
MANIFESTS = [
    (path.name, document)
    for path in sorted(EXAMPLES.glob("kubernetes-*.yaml"))
    for document in yaml.safe_load_all(path.open())
]


def program(name: str) -> str:
    """The path of a program; where there is none, only CI insists."""
    if path := shutil.which(name):
        return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed.")
    pytest.skip(f"{name} is not installed.")


# --- systemd and cron ----------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_finds_the_service_well_confined(unit: Path) -> None:
    """An exposure of at most 3 of 10."""
    words = [program("systemd-analyze"), "security", "--offline=true", "--threshold=30", "--no-pager", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_writes_only_its_own_folder_and_gets_its_secrets_as_credentials(unit: Path) -> None:
    """Also where systemd-analyze is missing."""
    lines = unit.read_text("utf-8").splitlines()
    assert {
        "DynamicUser=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "SystemCallFilter=@system-service",
        "StateDirectory=monitor",
        "UMask=0077",
        "Environment=MONITOR_SECRETS=%d",
        "LoadCredential=smtp_password:/etc/monitor/smtp_password",
        "MemoryMax=1G",
        "TasksMax=256",
    } <= set(lines)
    assert not [line for line in lines if line.startswith("ReadWritePaths=")]


def test_the_timer_and_cron_are_understood() -> None:
    """Every quarter of an hour; the commands exist."""
    timer = dict(
        line.split("=", 1) for line in (EXAMPLES / "monitor-tick.timer").read_text("utf-8").splitlines() if "=" in line
    )
    words = [program("systemd-analyze"), "calendar", timer["OnCalendar"]]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    assert "*-*-* *:00/15:00" in done.stdout
    (job,) = re.findall(r"^\*/15( \*){4} +monitor +(.+)$", (EXAMPLES / "crontab").read_text("utf-8"), re.MULTILINE)
    assert "umask 077" in job[1]
    started = re.findall(r"bin/monitor (\w+) -c", "".join(path.read_text("utf-8") for path in EXAMPLES.iterdir()))
    assert set(started) == {"run", "tick"} <= set(WORDS)


# --- containers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "manifest"), MANIFESTS, ids=lambda value: str(value)[:30])
def test_kubernetes_accepts_every_manifest(name: str, manifest: dict[str, Any]) -> None:
    """By its own schema, in which no key may be unknown."""
    import kubernetes_validate  # takes a second, which the workers that do not need it are spared

    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
    assert manifest["metadata"]["name"].startswith("monitor"), name


@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_a_pod_has_no_rights_and_no_service_account(kind: str) -> None:
    """Read-only root, its own user, limits; and none of the variables that Kubernetes derives from service names."""
    (spec,) = [one["spec"] for _, one in MANIFESTS if one["kind"] == kind]
    pod = (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]["spec"]
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (False, False)
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["resources"]["limits"]["memory"]


def test_each_probe_asks_what_it_is_for() -> None:
    """A pod is started anew when it does not answer, and gets visitors while it works; both ask by the pages' port."""
    (spec,) = [one["spec"] for _, one in MANIFESTS if one["kind"] == "Deployment"]
    (container,) = spec["template"]["spec"]["containers"]
    asked = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {probe: get["path"] for probe, get in asked.items()} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert {get["port"] for get in asked.values()} == {port["name"] for port in container["ports"]}


def test_each_container_sees_its_own_secrets_only_and_has_limits() -> None:
    """One that is taken over reads no other's, and takes nothing down with it."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    secrets = {
        name: [volume for volume in one.get("volumes", ()) if "secrets" in volume] for name, one in services.items()
    }
    assert secrets == {
        "monitor": ["./secrets/monitor:/run/secrets:ro"],
        "worker": ["./secrets/monitor:/run/secrets:ro"],
        "postgres": ["./secrets/postgres:/run/secrets:ro"],
        "mailpit": [],
    }
    for name, one in services.items():
        assert one["mem_limit"], name
        assert one["pids_limit"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name


def test_a_worker_may_be_started_many_times() -> None:
    """It takes no port of the machine and has no fixed name, runs a command that there is, and waits for PostgreSQL."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    worker, postgres = services["worker"], services["postgres"]
    assert (worker["ports"], "container_name" in worker) == ([], False)
    assert set(worker["command"]) <= set(WORDS)
    assert set(worker["profiles"]) <= set(postgres["profiles"])
    assert worker["depends_on"]["postgres"]["condition"] == "service_healthy"


@pytest.mark.parametrize("profiles", ["", "postgres", "mailpit", "postgres,mailpit", "cluster"])
def test_compose_accepts_the_file(profiles: str) -> None:
    """With and without its profiles."""
    words = [program("docker-compose"), "-f", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    environ = {**os.environ, "COMPOSE_PROFILES": profiles}
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)  # noqa: S603  our own words
    assert done.returncode == 0, done.stderr
