"""Judges every PNML file of a folder with pm4py: one line each, `NAME true`, `NAME false` or `NAME late`.

pm4py is AGPL software. It is run here beside the tests, as a judge; nothing of the product uses it.
"""

import contextlib
import io
import os
import signal
import sys

# A workflow net of this size is judged in a fraction of it.
SECONDS = int(os.environ.get("DUBAN_JUDGE_SECONDS", "10"))

with contextlib.redirect_stdout(io.StringIO()):
    import pm4py
    from pm4py.algo.analysis.woflan import algorithm as woflan


class Late(Exception):
    pass


def late(*_):
    raise Late


def judge(path):
    net, initial, final = pm4py.read_pnml(path)
    if len(initial) != 1 or len(final) != 1:
        raise SystemExit(f"{path}: no initial or final marking")
    asap = woflan.Parameters.RETURN_ASAP_WHEN_NOT_SOUND
    quiet = woflan.Parameters.PRINT_DIAGNOSTICS
    return woflan.apply(net, initial, final, parameters={asap: True, quiet: False})


signal.signal(signal.SIGALRM, late)
for name in sorted(os.listdir(sys.argv[1])):
    path = os.path.join(sys.argv[1], name)
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            verdict = str(bool(judge(path))).lower()
    except Late:
        verdict = "late"
    finally:
        signal.alarm(0)
    print(name.removesuffix(".pnml"), verdict, flush=True)
