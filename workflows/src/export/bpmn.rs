//! BPMN 2.0 with diagram interchange, so that common modelling tools open a definition and draw it.
//!
//! A stage is a user task, an automatic one a service task; splits and joins are parallel gateways. What leads away from it in more than one way leaves through an exclusive gateway: routes
//! with their conditions, the last one as the default, then returns. Silence that counts as no objection is a timer at
//! the edge of the task.

use super::xml::{Xml, xml};
use crate::diagram::Words;
use duban_core::workflow::{Definition, OnTimeout, Route, Stage, StageId, StageKind};
use std::collections::BTreeMap;

const NAMESPACES: [(&str, &str); 5] = [
    ("xmlns:bpmn", "http://www.omg.org/spec/BPMN/20100524/MODEL"),
    ("xmlns:bpmndi", "http://www.omg.org/spec/BPMN/20100524/DI"),
    ("xmlns:dc", "http://www.omg.org/spec/DD/20100524/DC"),
    ("xmlns:di", "http://www.omg.org/spec/DD/20100524/DI"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// The definition as a file, with titles and conditions in the language of `words`.
pub fn bpmn(def: &Definition, words: &Words) -> String {
    let mut model = Model {
        words,
        nodes: Vec::new(),
        flows: Vec::new(),
        column: 0,
    };
    model.nodes(def);
    model.flows(def);
    model.to_file(def)
}

/// What a node is drawn and written as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Start,
    Task,
    Auto,
    Choice,
    Parallel,
    Timer,
    End,
}

struct Node {
    id: String,
    kind: Kind,
    name: String,
    documentation: String,
    /// For a timer: the task at whose edge it sits, and its working days.
    on: Option<(String, u32)>,
    /// For a choice: the flow that is taken when no condition holds.
    default: Option<String>,
    place: Box2,
}

/// A rectangle in pixels.
#[derive(Clone, Copy)]
struct Box2 {
    x: i32,
    y: i32,
    width: i32,
    height: i32,
}

struct Flow {
    id: String,
    from: String,
    to: String,
    name: String,
    condition: Option<String>,
    /// Returns are drawn above, everything else below or straight.
    back: bool,
}

struct Model<'a> {
    words: &'a Words<'a>,
    nodes: Vec<Node>,
    flows: Vec<Flow>,
    column: i32,
}

const COLUMN: i32 = 280;
const MIDDLE: i32 = 320;

fn task_id(stage: &StageId) -> String {
    format!("stage_{stage}")
}

fn choice_id(stage: &StageId) -> String {
    format!("after_{stage}")
}

/// The ways out of a stage, in the order of the file.
fn ways_out(stage: &Stage) -> usize {
    stage.next.len() + stage.returns.len() + usize::from(stage.fail.is_some())
}

impl Model<'_> {
    fn node(&mut self, id: String, kind: Kind, (name, documentation): (&str, &str), dx: i32) {
        let (width, height) = match kind {
            Kind::Task | Kind::Auto => (150, 80),
            Kind::Choice | Kind::Parallel => (50, 50),
            Kind::Start | Kind::End | Kind::Timer => (36, 36),
        };
        let place = Box2 {
            x: 60 + self.column * COLUMN + dx,
            y: MIDDLE - height / 2,
            width,
            height,
        };
        self.nodes.push(Node {
            id,
            kind,
            name: name.to_owned(),
            documentation: documentation.to_owned(),
            on: None,
            default: None,
            place,
        });
    }

    fn nodes(&mut self, def: &Definition) {
        let locale = self.words.locale;
        self.node("start".to_owned(), Kind::Start, ("", ""), 100);
        for stage in &def.stages {
            self.column += 1;
            let texts = (stage.title.get(locale), stage.description.get(locale));
            let kind = match stage.kind {
                StageKind::Auto => Kind::Auto,
                StageKind::Work | StageKind::Review => Kind::Task,
            };
            self.node(task_id(&stage.id), kind, texts, 0);
            if ways_out(stage) > 1 {
                self.node(choice_id(&stage.id), Kind::Choice, ("", ""), 185);
            }
            if let (OnTimeout::Consent, Some(days)) = (stage.on_timeout, stage.limit) {
                self.node(format!("silence_{}", stage.id), Kind::Timer, ("", ""), 107);
                if let Some(timer) = self.nodes.last_mut() {
                    timer.on = Some((task_id(&stage.id), days));
                    timer.place.y = MIDDLE + 22;
                }
            }
        }
        for split in &def.splits {
            self.column += 1;
            self.node(task_id(&split.id), Kind::Parallel, (split.title.get(locale), ""), 0);
        }
        for join in &def.joins {
            self.column += 1;
            self.node(task_id(&join.id), Kind::Parallel, (join.title.get(locale), ""), 0);
            if join.next.len() > 1 {
                self.node(choice_id(&join.id), Kind::Choice, ("", ""), 185);
            }
        }
        for end in &def.ends {
            self.column += 1;
            let texts = (end.title.get(locale), end.description.get(locale));
            self.node(format!("end_{}", end.id), Kind::End, texts, 0);
        }
    }

    fn target(def: &Definition, id: &StageId) -> String {
        match def.end(id) {
            Some(_) => format!("end_{id}"),
            None => task_id(id),
        }
    }

    fn flow(&mut self, from: String, to: String, name: &str, condition: Option<String>) -> String {
        let id = format!("flow_{}", self.flows.len() + 1);
        self.flows.push(Flow {
            id: id.clone(),
            from,
            to,
            name: name.to_owned(),
            condition,
            back: false,
        });
        id
    }

    fn flows(&mut self, def: &Definition) {
        self.flow("start".to_owned(), task_id(&def.start), "", None);
        for stage in &def.stages {
            let mut from = task_id(&stage.id);
            if ways_out(stage) > 1 {
                self.flow(from, choice_id(&stage.id), "", None);
                from = choice_id(&stage.id);
            }
            self.routes(def, &from, &stage.next);
            if let Some(to) = &stage.fail {
                self.flow(from.clone(), Self::target(def, to), "", Some("failed".to_owned()));
            }
            let back = stage.labels.back.as_ref().map(|text| text.get(self.words.locale));
            for to in &stage.returns {
                let condition = format!("return = {to}");
                self.flow(from.clone(), task_id(to), back.unwrap_or_default(), Some(condition));
                if let Some(flow) = self.flows.last_mut() {
                    flow.back = true;
                }
            }
            let timer = format!("silence_{}", stage.id);
            if self.nodes.iter().any(|node| node.id == timer)
                && let Some(route) = stage.next.last()
            {
                self.flow(timer, Self::target(def, &route.to), "", None);
            }
        }
        for split in &def.splits {
            for to in &split.to {
                self.flow(task_id(&split.id), Self::target(def, to), "", None);
            }
        }
        for join in &def.joins {
            let mut from = task_id(&join.id);
            if join.next.len() > 1 {
                self.flow(from, choice_id(&join.id), "", None);
                from = choice_id(&join.id);
            }
            self.routes(def, &from, &join.next);
        }
    }

    fn routes(&mut self, def: &Definition, from: &str, routes: &[Route]) {
        for route in routes {
            let condition = route.when.as_ref().map(|guard| self.words.guard(guard));
            let name = condition.clone().unwrap_or_default();
            let flow = self.flow(from.to_owned(), Self::target(def, &route.to), &name, condition);
            let mut choices = self.nodes.iter_mut().filter(|node| node.kind == Kind::Choice);
            let choice = choices.find(|node| node.id == from);
            if let (None, Some(choice)) = (&route.when, choice) {
                choice.default = Some(flow);
            }
        }
    }

    fn to_file(&self, def: &Definition) -> String {
        let process = xml("bpmn:process")
            .with("id", format!("{}_v{}", def.id, def.version))
            .with("name", def.title.get(self.words.locale))
            .with("isExecutable", false)
            .child(xml("bpmn:documentation").text(def.description.get(self.words.locale)))
            .children(self.nodes.iter().map(|node| self.written(node)))
            .children(self.flows.iter().map(|flow| self.sequence(flow)));
        let plane = xml("bpmndi:BPMNPlane")
            .with("id", "plane")
            .with("bpmnElement", format!("{}_v{}", def.id, def.version))
            .children(self.nodes.iter().map(shape))
            .children(self.edges());
        let mut root = xml("bpmn:definitions");
        for (name, uri) in NAMESPACES {
            root = root.with(name, uri);
        }
        root.with("id", format!("definitions_{}", def.id))
            .with("targetNamespace", format!("urn:duban:workflow:{}", def.id))
            .with("exporter", "duban")
            .with("exporterVersion", env!("CARGO_PKG_VERSION"))
            .child(process)
            .child(xml("bpmndi:BPMNDiagram").with("id", "diagram").child(plane))
            .to_file()
    }

    fn written(&self, node: &Node) -> Xml {
        let name = match node.kind {
            Kind::Start => "bpmn:startEvent",
            Kind::Task => "bpmn:userTask",
            Kind::Auto => "bpmn:serviceTask",
            Kind::Choice => "bpmn:exclusiveGateway",
            Kind::Parallel => "bpmn:parallelGateway",
            Kind::Timer => "bpmn:boundaryEvent",
            Kind::End => "bpmn:endEvent",
        };
        let mut element = xml(name).with("id", &node.id);
        if !node.name.is_empty() {
            element = element.with("name", &node.name);
        }
        if let Some((task, _)) = &node.on {
            element = element.with("attachedToRef", task);
        }
        if let Some(flow) = &node.default {
            element = element.with("default", flow);
        }
        if !node.documentation.is_empty() {
            element = element.child(xml("bpmn:documentation").text(&node.documentation));
        }
        let incoming = self.flows.iter().filter(|flow| flow.to == node.id);
        let outgoing = self.flows.iter().filter(|flow| flow.from == node.id);
        element = element
            .children(incoming.map(|flow| xml("bpmn:incoming").text(&flow.id)))
            .children(outgoing.map(|flow| xml("bpmn:outgoing").text(&flow.id)));
        let Some((_, days)) = &node.on else {
            return element;
        };
        let duration = xml("bpmn:timeDuration").with("xsi:type", "bpmn:tFormalExpression");
        let timer = xml("bpmn:timerEventDefinition").with("id", format!("{}_timer", node.id));
        element.child(timer.child(duration.text(format_args!("P{days}D"))))
    }

    fn sequence(&self, flow: &Flow) -> Xml {
        let mut element = xml("bpmn:sequenceFlow").with("id", &flow.id);
        if !flow.name.is_empty() {
            element = element.with("name", &flow.name);
        }
        element = element.with("sourceRef", &flow.from).with("targetRef", &flow.to);
        let choice = self
            .nodes
            .iter()
            .any(|node| node.id == flow.from && node.kind == Kind::Choice);
        match &flow.condition {
            Some(condition) if choice => {
                let expression = xml("bpmn:conditionExpression").with("xsi:type", "bpmn:tFormalExpression");
                element.child(expression.text(condition))
            }
            _ => element,
        }
    }

    /// Neighbours are joined straight; the others by lines of their own, returns above and the rest below.
    fn edges(&self) -> Vec<Xml> {
        let places: BTreeMap<_, _> = self.nodes.iter().map(|node| (&node.id, node)).collect();
        let (mut above, mut below) = (0, 0);
        let mut edges = Vec::new();
        for flow in &self.flows {
            let (Some(from), Some(to)) = (places.get(&flow.from), places.get(&flow.to)) else {
                continue;
            };
            let (a, b) = (from.place, to.place);
            let near = b.x > a.x && b.x - a.x <= COLUMN && from.kind != Kind::Timer;
            let points = if near {
                vec![(a.x + a.width, MIDDLE), (b.x, MIDDLE)]
            } else {
                let (lane, leave, arrive) = if flow.back {
                    above += 1;
                    (MIDDLE - 60 - 16 * above, a.y, b.y)
                } else {
                    below += 1;
                    (MIDDLE + 70 + 16 * below, a.y + a.height, b.y + b.height)
                };
                let (x, to_x) = (a.x + a.width / 2, b.x + b.width / 2);
                vec![(x, leave), (x, lane), (to_x, lane), (to_x, arrive)]
            };
            let edge = xml("bpmndi:BPMNEdge")
                .with("id", format!("{}_edge", flow.id))
                .with("bpmnElement", &flow.id);
            edges.push(
                edge.children(
                    points
                        .into_iter()
                        .map(|(x, y)| xml("di:waypoint").with("x", x).with("y", y)),
                ),
            );
        }
        edges
    }
}

fn shape(node: &Node) -> Xml {
    let bounds = xml("dc:Bounds")
        .with("x", node.place.x)
        .with("y", node.place.y)
        .with("width", node.place.width)
        .with("height", node.place.height);
    let mut shape = xml("bpmndi:BPMNShape")
        .with("id", format!("{}_shape", node.id))
        .with("bpmnElement", &node.id);
    if node.kind == Kind::Choice {
        shape = shape.with("isMarkerVisible", true);
    }
    shape.child(bounds)
}
