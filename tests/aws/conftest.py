"""Tests of the AWS shape: the template by itself, and the deployed stack. Run with `infra/local/bench test`."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "infra/local"))


@pytest.fixture(scope="session")
def world():
    if "PAIRMETER_BENCH" not in os.environ:
        pytest.exit("these tests need the deployed stack: infra/local/bench test", returncode=2)
    from world import World

    return World(os.environ["PAIRMETER_BENCH"])


def pytest_sessionfinish(session, exitstatus):
    """A test that did not run is not a test that passed."""
    if session.config.pluginmanager.get_plugin("terminalreporter").stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
