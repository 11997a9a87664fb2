//! PNML (ISO/IEC 15909-2) of a workflow net, as a place/transition net with its initial and final marking.

use super::xml::{Xml, xml};
use duban_core::workflow::net::Net;

/// The grammar of the file.
const GRAMMAR: &str = "http://www.pnml.org/version-2009/grammar/pnml";
/// The kind of net.
const PT_NET: &str = "http://www.pnml.org/version-2009/grammar/ptnet";

/// The net as a file. `id` names it. Silent transitions are marked as tools of process mining expect.
pub fn pnml(net: &Net, id: &str) -> String {
    let places = net.places.iter().enumerate().map(|(index, name)| {
        let place = xml("place").with("id", format!("p{index}")).child(named(name));
        if index == net.source {
            place.child(xml("initialMarking").child(xml("text").text(1)))
        } else {
            place
        }
    });
    let transitions = net.transitions.iter().enumerate().map(|(index, transition)| {
        let name = transition.label.as_ref().unwrap_or(&transition.name);
        let element = xml("transition").with("id", format!("t{index}")).child(named(name));
        if transition.label.is_some() {
            return element;
        }
        element.child(
            xml("toolspecific")
                .with("tool", "ProM")
                .with("version", "6.4")
                .with("activity", "$invisible$")
                .with("localNodeID", format!("t{index}")),
        )
    });
    let arcs = net.transitions.iter().enumerate().flat_map(|(index, transition)| {
        let takes = weighed(&transition.takes);
        let takes = takes
            .into_iter()
            .map(move |(p, n)| (format!("p{p}"), format!("t{index}"), n));
        let gives = weighed(&transition.gives).into_iter();
        takes.chain(gives.map(move |(p, n)| (format!("t{index}"), format!("p{p}"), n)))
    });
    let arcs = arcs.enumerate().map(|(number, (from, to, weight))| {
        let arc = xml("arc")
            .with("id", format!("a{number}"))
            .with("source", from)
            .with("target", to);
        let many = (weight > 1).then(|| xml("inscription").child(xml("text").text(weight)));
        arc.children(many)
    });
    let page = xml("page")
        .with("id", "page")
        .children(places.chain(transitions).chain(arcs));
    let marking = xml("marking").child(
        xml("place")
            .with("idref", format!("p{}", net.sink))
            .child(xml("text").text(1)),
    );
    let net = xml("net")
        .with("id", id)
        .with("type", PT_NET)
        .child(named(id))
        .child(page)
        .child(xml("finalmarkings").child(marking));
    xml("pnml").with("xmlns", GRAMMAR).child(net).to_file()
}

fn named(name: &str) -> Xml {
    xml("name").child(xml("text").text(name))
}

/// Each place once, with how often it is named.
fn weighed(places: &[usize]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for place in places {
        match found.iter_mut().find(|(known, _)| known == place) {
            Some((_, weight)) => *weight += 1,
            None => found.push((*place, 1)),
        }
    }
    found
}
