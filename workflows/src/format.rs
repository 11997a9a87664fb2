//! The file format of definitions: TOML in, a [`Definition`] and the line of each of its parts out.

use duban_core::org::Role;
use duban_core::reason::Reason;
use duban_core::workflow::verify::{Problem, Spot};
use duban_core::workflow::{
    Abstain, ActKind, Definition, Duty, End, Fact, Guard, Join, Labels, OnReject, OnTimeout, Order, Outcome, Policy,
    Reopen, Resume, Route, SeatRule, Siblings, Split, Stage, StageId, StageKind, Text,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// A problem of a definition file with the line it is on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Located {
    /// Line of the file, counted from 1.
    pub line: usize,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: Problem,
}

/// A definition as read, not yet verified.
#[derive(Clone, Debug)]
pub struct Source {
    /// The definition.
    pub definition: Definition,
    /// Where each of its parts is in the file, counted from 1.
    pub lines: BTreeMap<Spot, usize>,
}

impl Source {
    /// The line a problem is on; 1 when its part has none of its own.
    pub fn locate(&self, problem: Problem) -> Located {
        let own = self.lines.get(&problem.spot);
        let of_stage = || self.lines.get(&Spot::Stage(problem.spot.stage()?.clone()));
        let line = own.or_else(of_stage).copied().unwrap_or(1);
        Located { line, problem }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    version: u32,
    document_type: String,
    start: StageId,
    title: Text,
    description: Text,
    #[serde(default, rename = "stage")]
    stages: Vec<StageFile>,
    #[serde(default, rename = "split")]
    splits: Vec<SplitFile>,
    #[serde(default, rename = "join")]
    joins: Vec<JoinFile>,
    #[serde(default, rename = "end")]
    ends: Vec<EndFile>,
    #[serde(default, rename = "duty")]
    duties: Vec<Spanned<DutyFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageFile {
    id: Spanned<StageId>,
    kind: StageKind,
    title: Text,
    description: Text,
    #[serde(default)]
    seats: Vec<Spanned<SeatFile>>,
    #[serde(default)]
    distinct: bool,
    #[serde(default)]
    policy: Policy,
    abstain: Option<Abstain>,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    change: bool,
    #[serde(default)]
    on_reject: OnReject,
    fail: Option<StageId>,
    on_empty: Option<String>,
    limit: Option<u32>,
    #[serde(default)]
    on_timeout: OnTimeout,
    wait: Option<u32>,
    #[serde(default)]
    next: Vec<Spanned<RouteFile>>,
    #[serde(default)]
    returns: Vec<StageId>,
    #[serde(default)]
    siblings: Siblings,
    #[serde(default)]
    resume: Resume,
    #[serde(default)]
    reopen: Reopen,
    #[serde(default)]
    reevaluate: bool,
    #[serde(default)]
    edits: Vec<String>,
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    withdraw: bool,
    until: Option<StageId>,
    allow: Option<Vec<ActKind>>,
    #[serde(default)]
    on_enter: Vec<String>,
    #[serde(default)]
    labels: Labels,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SplitFile {
    id: Spanned<StageId>,
    title: Text,
    to: Vec<StageId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JoinFile {
    id: Spanned<StageId>,
    title: Text,
    of: StageId,
    #[serde(default)]
    next: Vec<Spanned<RouteFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndFile {
    id: Spanned<StageId>,
    title: Text,
    description: Text,
    #[serde(default)]
    outcome: Outcome,
    #[serde(default)]
    on_enter: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeatFile {
    role: String,
    party: String,
    #[serde(default)]
    fallback: Vec<String>,
    #[serde(default = "one")]
    count: u32,
    #[serde(default)]
    each: bool,
    #[serde(default = "one")]
    weight: u32,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteFile {
    when: Option<GuardFile>,
    to: StageId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuardFile {
    fact: Option<String>,
    is: Option<Fact>,
    at_least: Option<i64>,
    at_most: Option<i64>,
    all: Option<Vec<GuardFile>>,
    any: Option<Vec<GuardFile>>,
    not: Option<Box<GuardFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DutyFile {
    rule: String,
    party: Option<String>,
    stages: Vec<StageId>,
}

/// Reads a definition file.
///
/// # Errors
/// What is wrong with the file itself: `syntax` (not TOML, or not of this shape; the argument `message` is the
/// parser's own, in English), `unknown_role`, `bad_guard`, `bad_duty`. What the definition says is not judged here.
pub fn read(text: &str) -> Result<Source, Vec<Located>> {
    let file: File = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let reason = Reason::new("syntax").with("message", error.message());
        vec![Located {
            line: line_of(text, offset),
            problem: Problem {
                reason,
                spot: Spot::Definition,
            },
        }]
    })?;
    let mut reader = Reader {
        text,
        lines: BTreeMap::new(),
        problems: Vec::new(),
    };
    let stages = file.stages.into_iter().map(|stage| reader.stage(stage)).collect();
    let splits = file.splits.into_iter().map(|split| reader.split(split)).collect();
    let joins = file.joins.into_iter().map(|join| reader.join(join)).collect();
    let ends = file.ends.into_iter().map(|end| reader.end(end)).collect();
    let duties = file.duties.into_iter().enumerate();
    let duties = duties.filter_map(|(index, duty)| reader.duty(index, duty)).collect();
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    Ok(Source {
        definition: Definition {
            id: file.id,
            version: file.version,
            title: file.title,
            description: file.description,
            document_type: file.document_type,
            start: file.start,
            stages,
            splits,
            joins,
            ends,
            duties,
        },
        lines: reader.lines,
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

struct Reader<'t> {
    text: &'t str,
    lines: BTreeMap<Spot, usize>,
    problems: Vec<Located>,
}

impl Reader<'_> {
    fn at(&mut self, spot: Spot, offset: usize) {
        let line = line_of(self.text, offset);
        // The first of two parts with one name keeps the line; the check names the double.
        self.lines.entry(spot).or_insert(line);
    }

    fn problem(&mut self, spot: Spot, offset: usize, reason: Reason) {
        self.problems.push(Located {
            line: line_of(self.text, offset),
            problem: Problem { reason, spot },
        });
    }

    fn stage(&mut self, file: StageFile) -> Stage {
        let offset = file.id.span().start;
        let id = file.id.into_inner();
        self.at(Spot::Stage(id.clone()), offset);
        let seats = file.seats.into_iter().enumerate();
        let seats = seats
            .filter_map(|(index, seat)| self.seat(Spot::Seat(id.clone(), index), seat))
            .collect();
        let next = self.routes(&id, file.next);
        // "block" is what happens anyway; it may be said.
        let on_empty = file.on_empty.filter(|party| party != "block");
        Stage {
            id,
            kind: file.kind,
            title: file.title,
            description: file.description,
            seats,
            distinct: file.distinct,
            policy: file.policy,
            abstain: file.abstain,
            order: file.order,
            change: file.change,
            on_reject: file.on_reject,
            fail: file.fail,
            on_empty,
            limit: file.limit,
            on_timeout: file.on_timeout,
            wait: file.wait,
            next,
            returns: file.returns,
            siblings: file.siblings,
            resume: file.resume,
            reopen: file.reopen,
            reevaluate: file.reevaluate,
            edits: file.edits,
            signs: file.signs,
            withdraw: file.withdraw,
            until: file.until,
            allow: file.allow,
            on_enter: file.on_enter,
            labels: file.labels,
        }
    }

    fn split(&mut self, file: SplitFile) -> Split {
        let offset = file.id.span().start;
        let id = file.id.into_inner();
        self.at(Spot::Split(id.clone()), offset);
        Split {
            id,
            title: file.title,
            to: file.to,
        }
    }

    fn join(&mut self, file: JoinFile) -> Join {
        let offset = file.id.span().start;
        let id = file.id.into_inner();
        self.at(Spot::Join(id.clone()), offset);
        let next = self.routes(&id, file.next);
        Join {
            id,
            title: file.title,
            of: file.of,
            next,
        }
    }

    fn routes(&mut self, of: &StageId, routes: Vec<Spanned<RouteFile>>) -> Vec<Route> {
        let routes = routes.into_iter().enumerate();
        routes
            .filter_map(|(index, route)| self.route(Spot::Route(of.clone(), index), route))
            .collect()
    }

    fn end(&mut self, file: EndFile) -> End {
        let offset = file.id.span().start;
        let id = file.id.into_inner();
        self.at(Spot::End(id.clone()), offset);
        End {
            id,
            title: file.title,
            description: file.description,
            outcome: file.outcome,
            on_enter: file.on_enter,
        }
    }

    fn seat(&mut self, spot: Spot, file: Spanned<SeatFile>) -> Option<SeatRule> {
        let offset = file.span().start;
        let file = file.into_inner();
        self.at(spot.clone(), offset);
        let mut role = |code: &str| {
            let found = Role::from_code(code);
            if found.is_none() {
                let reason = Reason::new("unknown_role").with("role", code);
                self.problem(spot.clone(), offset, reason);
            }
            found
        };
        let own = role(&file.role);
        let fallback: Vec<_> = file.fallback.iter().filter_map(|code| role(code)).collect();
        Some(SeatRule {
            role: own?,
            party: file.party,
            fallback,
            count: file.count,
            each: file.each,
            weight: file.weight,
        })
    }

    fn route(&mut self, spot: Spot, file: Spanned<RouteFile>) -> Option<Route> {
        let offset = file.span().start;
        let file = file.into_inner();
        self.at(spot.clone(), offset);
        let when = match file.when.map(guard) {
            None => None,
            Some(Some(guard)) => Some(guard),
            Some(None) => {
                self.problem(spot, offset, Reason::new("bad_guard"));
                return None;
            }
        };
        Some(Route { when, to: file.to })
    }

    fn duty(&mut self, index: usize, file: Spanned<DutyFile>) -> Option<Duty> {
        let offset = file.span().start;
        let file = file.into_inner();
        self.at(Spot::Duty(index), offset);
        let stages = file.stages;
        match (file.rule.as_str(), file.party) {
            ("not_of_unit", Some(party)) => Some(Duty::NotOfUnit { party, stages }),
            ("different", None) => Some(Duty::Different { stages }),
            (rule, _) => {
                let reason = Reason::new("bad_duty").with("rule", rule);
                self.problem(Spot::Duty(index), offset, reason);
                None
            }
        }
    }
}

/// A guard says one thing: a comparison of one fact, `all`, `any` or `not`. None when it says more or less.
fn guard(file: GuardFile) -> Option<Guard> {
    match file {
        GuardFile {
            fact: Some(fact),
            is,
            at_least,
            at_most,
            all: None,
            any: None,
            not: None,
        } => match (is, at_least, at_most) {
            (Some(value), None, None) => Some(Guard::Is { fact, value }),
            (None, Some(value), None) => Some(Guard::AtLeast { fact, value }),
            (None, None, Some(value)) => Some(Guard::AtMost { fact, value }),
            _ => None,
        },
        GuardFile {
            fact: None,
            is: None,
            at_least: None,
            at_most: None,
            all,
            any,
            not,
        } => match (all, any, not) {
            (Some(parts), None, None) => parts.into_iter().map(guard).collect::<Option<_>>().map(Guard::All),
            (None, Some(parts), None) => parts.into_iter().map(guard).collect::<Option<_>>().map(Guard::Any),
            (None, None, Some(part)) => guard(*part).map(|part| Guard::Not(Box::new(part))),
            _ => None,
        },
        _ => None,
    }
}
