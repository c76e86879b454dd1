"""Tests of the AWS shape: the template by itself, and the deployed stack. Run with `infra/local/bench test`."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "infra/local"))


def pytest_sessionfinish(session, exitstatus):
    """A test that did not run is not a test that passed."""
    if session.config.pluginmanager.get_plugin("terminalreporter").stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
