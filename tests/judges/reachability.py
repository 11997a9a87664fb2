"""Explores every PNML file of a folder with pm4py's reachability graph and judges soundness by its definition: one
line each, `NAME true STATES` or `NAME false STATES`. (Its Woflan stops early at nets that no place invariant covers,
which sound nets need not be unless they are free-choice.) pm4py is AGPL software, run beside the tests as a judge.
"""

import contextlib
import io
import os
import sys

with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    import pm4py
    from pm4py.objects.petri_net.utils import reachability_graph

folder = sys.argv[1]
for file in sorted(name for name in os.listdir(folder) if name.endswith(".pnml")):
    net, initial, final = pm4py.read_pnml(os.path.join(folder, file))
    sink = next(iter(final)).name
    with contextlib.redirect_stdout(io.StringIO()):
        nodes = reachability_graph.marking_flow_petri(net, initial)
    incoming, outgoing, _ = nodes
    # Markings from which the end is reached, grown from it; what is left over is lost.
    good = {marking for marking in outgoing if marking == final}
    queue = list(good)
    before, fired = {}, set()
    for marking, steps in outgoing.items():
        for transition, after in steps.items():
            fired.add(transition)
            before.setdefault(after, set()).add(marking)
    while queue:
        for marking in before.get(queue.pop(), ()):
            if marking not in good:
                good.add(marking)
                queue.append(marking)
    proper = all(marking == final for marking in outgoing if any(p.name == sink for p in marking))
    sound = bool(good) and len(good) == len(outgoing) and proper and fired == set(net.transitions)
    print(file.removesuffix(".pnml"), str(sound).lower(), len(outgoing), flush=True)
