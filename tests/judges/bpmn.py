"""Looks at every BPMN file of a folder as a modelling tool would: references, diagram interchange, and pm4py's reader.
One line each: `NAME TASKS FLOWS`. pm4py is AGPL software, run beside the tests as a judge.
"""

import contextlib
import io
import os
import sys

from lxml import etree

with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    import pm4py

MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"

folder = sys.argv[1]
for file in sorted(name for name in os.listdir(folder) if name.endswith(".bpmn")):
    path = os.path.join(folder, file)
    root = etree.parse(path).getroot()
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), "two elements with one id"
    process = root.find(f"{MODEL}process")
    nodes = {n.get("id"): n for n in process if n.tag.startswith(MODEL) and n.get("id") and n.tag != f"{MODEL}sequenceFlow"}
    flows = {f.get("id"): f for f in process.iter(f"{MODEL}sequenceFlow")}
    for key, flow in flows.items():
        source, target = nodes[flow.get("sourceRef")], nodes[flow.get("targetRef")]
        assert key in [e.text for e in source.iter(f"{MODEL}outgoing")], key
        assert key in [e.text for e in target.iter(f"{MODEL}incoming")], key
    for key, node in nodes.items():
        if node.get("default"):
            assert flows[node.get("default")].get("sourceRef") == key
        if node.get("attachedToRef"):
            assert node.get("attachedToRef") in nodes
        ends = {"startEvent": "incoming", "boundaryEvent": "incoming", "endEvent": "outgoing"}
        kind = node.tag.removeprefix(MODEL)
        for direction in ("incoming", "outgoing"):
            found = node.find(f"{MODEL}{direction}") is not None
            assert found != (ends.get(kind) == direction), (key, direction)
    shapes = {s.get("bpmnElement"): s for s in root.iter(f"{DI}BPMNShape")}
    assert set(shapes) == set(nodes), "every node is drawn"
    assert all(shape.find(f"{DC}Bounds") is not None for shape in shapes.values())
    edges = {e.get("bpmnElement"): e for e in root.iter(f"{DI}BPMNEdge")}
    assert set(edges) == set(flows), "every flow is drawn"
    assert all(len(edge.findall(WAYPOINT)) >= 2 for edge in edges.values())
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        graph = pm4py.read_bpmn(path)
    assert len(graph.get_nodes()) == len(nodes) and len(graph.get_flows()) == len(flows)
    tasks = sum(1 for node in nodes.values() if node.tag == f"{MODEL}userTask")
    print(file.removesuffix(".bpmn"), tasks, len(flows), flush=True)
