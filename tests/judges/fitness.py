"""For every NAME.xes of a folder: valid against xes.xsd, and does it replay on NAME.pnml? One line each:
`NAME TRACES FITNESS valid`. pm4py is AGPL software, run beside the tests as a judge; nothing of the product uses it.
"""

import contextlib
import io
import os
import sys
import warnings

from lxml import etree

warnings.filterwarnings("ignore")
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    import pm4py
    from pm4py.algo.conformance.tokenreplay import algorithm as replay

folder = sys.argv[1]
schema = etree.XMLSchema(file=os.path.join(os.path.dirname(__file__), "xes.xsd"))
for file in sorted(name for name in os.listdir(folder) if name.endswith(".xes")):
    name = file.removesuffix(".xes")
    path = os.path.join(folder, file)
    schema.assertValid(etree.parse(path))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        log = pm4py.read_xes(path, return_legacy_log_object=True)
        net, initial, final = pm4py.read_pnml(os.path.join(folder, f"{name}.pnml"))
        results = replay.apply(log, net, initial, final)
        # Where replay guessed a silent step wrong, alignment decides: it finds the best way there is.
        unfit = [trace for trace, result in zip(log, results) if not result["trace_is_fit"]]
        aligned = [pm4py.conformance_diagnostics_alignments(pm4py.objects.log.obj.EventLog([t]), net, initial, final)[0] for t in unfit]
    fitness = [1.0] * (len(log) - len(unfit)) + [result["fitness"] for result in aligned]
    if unfit:
        print(f"{name}: {len(unfit)} of {len(log)} by alignment", file=sys.stderr)
    print(name, len(log), sum(fitness) / len(fitness), "valid", flush=True)
