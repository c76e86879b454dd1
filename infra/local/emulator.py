"""Runs MiniStack, and writes down each authorization that it decides: who asked for what on which resource.

MiniStack keeps no such record of its own. Its version is pinned, and the wrapped function is looked up by name, so that
a version without it stops the bench instead of recording nothing.
"""

import ctypes
import json
import os
import signal

from ministack.app import main
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id

PR_SET_PDEATHSIG = 1

decide = iam_evaluator.enforce
record = open(os.environ["BENCH_CALLS"], "a", buffering=1, encoding="utf-8")


def decide_and_record(access_key, action, service, region, resource_arn="*", service_context=None):
    refusal = decide(access_key, action, service, region, resource_arn=resource_arn, service_context=service_context)
    who = getattr(iam_evaluator.resolve_principal(access_key or "", get_account_id()), "arn", "")
    # Only functions have a role; everything else is the bench itself.
    if ":assumed-role/" in who:
        role = who.split("/")[1]
        line = {"role": role, "action": action, "resource": resource_arn, "allowed": refusal is None}
        record.write(json.dumps(line) + "\n")
    return refusal


if os.environ.get("BENCH_LEFT_RUNNING") != "1":
    # Nothing is left behind when the bench is killed.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
iam_evaluator.enforce = decide_and_record
main()
