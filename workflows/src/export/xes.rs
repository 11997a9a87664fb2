//! XES (IEEE 1849-2016): histories of documents as a log, one trace for each document. The names of the events are
//! the labels of the transitions of the definition's net, so that the log can be replayed on it. The elements are in no
//! namespace, as in the schema of the standard.

use super::xml::{Xml, xml};
use chrono::{DateTime, SecondsFormat, Utc};

/// One document's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What names the document in the log.
    pub name: String,
    /// The definition that it follows, as in `annual-plan`.
    pub definition: String,
    /// The version of the definition.
    pub version: u32,
    /// Its events, oldest first.
    pub events: Vec<Entry>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The label of the transition.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, where it was a person.
    pub resource: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// In which unit.
    pub group: Option<String>,
    /// For whom, when on a delegation.
    pub on_behalf_of: Option<String>,
    /// The number of the event among those of its document.
    pub seq: u32,
}

/// The standard extensions that the log uses: name, prefix, address.
const EXTENSIONS: [(&str, &str, &str); 4] = [
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
];

/// The log as a file. `name` names it.
pub fn xes(name: &str, traces: &[Trace]) -> String {
    let extensions = EXTENSIONS.map(|(name, prefix, uri)| {
        let extension = xml("extension").with("name", name);
        extension.with("prefix", prefix).with("uri", uri)
    });
    // Every trace and event carries at least these.
    let of_traces = xml("global").with("scope", "trace").child(string("concept:name", "-"));
    let of_events = xml("global").with("scope", "event").children([
        string("concept:name", "-"),
        string("lifecycle:transition", "complete"),
        date("time:timestamp", DateTime::UNIX_EPOCH),
    ]);
    let classifier = xml("classifier").with("name", "Step").with("keys", "concept:name");
    xml("log")
        .with("xes.version", "1849.2016")
        .with("xes.features", "")
        .children(extensions)
        .children([of_traces, of_events, classifier])
        .child(string("concept:name", name))
        .child(string("lifecycle:model", "standard"))
        .children(traces.iter().map(trace))
        .to_file()
}

fn trace(trace: &Trace) -> Xml {
    xml("trace")
        .child(string("concept:name", &trace.name))
        .child(string("duban:definition", &trace.definition))
        .child(int("duban:version", trace.version))
        .children(trace.events.iter().map(event))
}

fn event(entry: &Entry) -> Xml {
    let optional = [
        ("org:resource", &entry.resource),
        ("org:role", &entry.role),
        ("org:group", &entry.group),
        ("duban:on_behalf_of", &entry.on_behalf_of),
    ];
    let optional = optional
        .into_iter()
        .filter_map(|(key, value)| Some(string(key, value.as_ref()?)));
    xml("event")
        .child(string("concept:name", &entry.name))
        .child(string("lifecycle:transition", "complete"))
        .child(date("time:timestamp", entry.at))
        .children(optional)
        .child(int("duban:seq", entry.seq))
}

fn string(key: &str, value: &str) -> Xml {
    xml("string").with("key", key).with("value", value)
}

fn int(key: &str, value: u32) -> Xml {
    xml("int").with("key", key).with("value", value)
}

fn date(key: &str, at: DateTime<Utc>) -> Xml {
    xml("date")
        .with("key", key)
        .with("value", at.to_rfc3339_opts(SecondsFormat::Millis, true))
}
