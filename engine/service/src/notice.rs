//! From a notice's text to a running campaign: reading, matching names against units and rosters, and the one act of
//! confirmation that writes everything.
//!
//! Nothing is kept between reading and confirming: the confirmation carries the text and is read again, and reading
//! gives the same answer for the same text.

use crate::Service;
use crate::audit::Deed;
use crate::case::Frame;
use crate::document::NewDocument;
use crate::error::{Error, FieldProblem, Result};
use crate::session::{Caller, Scope};
use chrono::{Datelike, NaiveDate};
use duban_core::document::annual_plan::{self, Comparison};
use duban_core::id::{CampaignId, CommandId, UnitId};
use duban_core::notice::{self, Comparator, Notice};
use duban_core::org::{Role, Roster, Unit, UnitKind};
use duban_core::reason::Reason;
use duban_store::campaign::{Campaign, Owing};
use duban_store::instance::Answered;
use duban_store::notice::{NewAssignment, NewIndicator, NewNotice, NewTask};
use duban_store::{Connection, Write, asked, campaign, instance, notice as rows, party, unit};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The years a campaign may be for.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;
/// The longest title, in characters.
const TITLE: usize = 200;
/// Why a unit of the government itself takes part without a plan of its own.
pub const OWES_NO_PLAN: &str = "owes_no_plan";

/// A notice as read, with its names matched against the organisation of today.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What was read.
    pub notice: Notice,
    /// Every distinct name in the order of the text.
    pub names: Vec<FoundName>,
    /// The units there are today, by number.
    pub units: BTreeMap<UnitId, Unit>,
    /// The rosters there are, by number.
    pub rosters: BTreeMap<i64, Roster>,
    /// The campaign that was opened over the same text, and its year, if any was.
    pub opened: Option<(CampaignId, i32)>,
    /// What a campaign over it would most likely have.
    pub proposed: Proposed,
}

/// What the import page proposes for the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The year: this one, from November on the next.
    pub year: i32,
    /// The unit whose people coordinate.
    pub coordinator: Option<UnitId>,
    /// The unit of the office's people.
    pub office: Option<UnitId>,
    /// The unit of the leaders.
    pub leadership: Option<UnitId>,
    /// The unit of the inspectors.
    pub inspection: Option<UnitId>,
    /// Twenty working days from today.
    pub plan_due: NaiveDate,
}

/// A name as it stands in a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundName {
    /// The name.
    pub name: String,
    /// It stands for several units.
    pub collective: bool,
    /// Positions of the tasks that name it.
    pub tasks: Vec<usize>,
    /// What goes by that name today.
    pub matched: Option<Target>,
    /// Units whose names come nearest, when nothing goes by it.
    pub nearest: Vec<UnitId>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One unit.
    Unit(UnitId),
    /// The members of a roster on the day of confirmation.
    Roster(i64),
}

/// What a person says about a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It stands for this. `remember`: from now on the unit also goes by this name.
    Means {
        /// What it stands for.
        target: Target,
        /// Keep it as another name of the unit.
        remember: bool,
    },
    /// It is left out, for a reason.
    LeftOut {
        /// Why.
        reason: String,
    },
}

/// A confirmed notice: what a campaign is opened with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The text that was read.
    pub text: String,
    /// The title of the notice, corrected where needed.
    pub title: String,
    /// Who issued it.
    pub issuer: Option<String>,
    /// Its document number.
    pub number: Option<String>,
    /// The day it was issued.
    pub dated: Option<NaiveDate>,
    /// What each name stands for; every name of the reading has to be here.
    pub names: BTreeMap<String, Resolution>,
    /// The name that leads each task, by position; a task that is missing here has no single lead.
    pub leads: BTreeMap<usize, String>,
    /// Positions of the indicators that are taken over.
    pub indicators: BTreeSet<usize>,
    /// The campaign.
    pub campaign: NewCampaign,
}

/// The campaign to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCampaign {
    /// The year.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// The title of each plan; `{unit}` and `{year}` are put in.
    pub plan_title: String,
    /// The unit that coordinates it.
    pub coordinator: UnitId,
    /// The government's office.
    pub office: UnitId,
    /// The leadership.
    pub leadership: UnitId,
    /// The supervision office.
    pub inspection: UnitId,
    /// The last day for every unit to submit its plan.
    pub plan_due: NaiveDate,
}

impl Service {
    /// Reads a notice and matches its names. Writes nothing. For the government's office, which registers notices.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn read_notice(&self, caller: &Caller, text: &str) -> Result<Reading> {
        registrar_only(caller)?;
        self.match_notice(self.store().read(), text).await
    }

    async fn match_notice(&self, db: &impl Connection, text: &str) -> Result<Reading> {
        let notice = notice::read(&notice::lines(text));
        let frame = self.frame(db).await?;
        let today = frame.at.day;
        let mut units = frame.org.units.clone();
        units.retain(|_, unit| unit.exists_on(today));
        let rosters = unit::rosters(db).await?;
        let same = rows::of_hash(db, &hash(text)).await?;
        let mut opened = None;
        for id in same {
            if let Some(found) = campaign::of_notice(db, id).await? {
                opened = Some((found.id, found.year));
            }
        }
        Ok(Reading {
            names: names(&notice, &units, &rosters),
            notice,
            units,
            rosters,
            opened,
            proposed: proposed(&frame),
        })
    }

    /// Confirms a notice and opens its campaign: notice, tasks, assignments, indicators, and for every unit a plan that
    /// is filled in from them and on its way, all in one transaction. The same command again gives the same campaign.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the office; [`Error::Invalid`] for what is missing or wrong, fields named
    /// as in the import page; [`Error::Refused`] with `campaign_exists` when the text has a campaign in that year.
    pub async fn open_campaign(&self, caller: &Caller, command: CommandId, import: Import) -> Result<CampaignId> {
        registrar_only(caller)?;
        if caller.scope < Scope::Act {
            return Err(Error::forbidden("token_reads_only"));
        }
        let asked = serde_json::to_vec(&import).map_err(Error::internal)?;
        let fingerprint = hex::encode(Sha256::digest(&asked));
        let tx = self.write().await?;
        if let Some(before) = instance::answered(&*tx, command).await? {
            if before.person != Some(caller.person) || before.fingerprint != fingerprint {
                return Err(Error::refused("command_reused"));
            }
            return serde_json::from_value(before.answer).map_err(Error::internal);
        }
        let frame = self.frame(&*tx).await?;
        let reading = self.match_notice(&*tx, &import.text).await?;
        check(&reading, &import, frame.at.day)?;
        let same = rows::of_hash(&*tx, &hash(&import.text)).await?;
        if let Some(id) = campaign::of_notices(&*tx, &same, import.campaign.year).await? {
            return Err(Error::Refused(
                Reason::new("campaign_exists").with("campaign", id.to_string()).into(),
            ));
        }
        let id = self.write_campaign(&tx, caller, &frame, &reading, &import).await?;
        let answer = Answered {
            person: Some(caller.person),
            fingerprint,
            answer: serde_json::to_value(id).map_err(Error::internal)?,
        };
        instance::keep_answer(&*tx, command, answer, frame.at.now).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn write_campaign(
        &self,
        tx: &Write,
        caller: &Caller,
        frame: &Frame,
        reading: &Reading,
        import: &Import,
    ) -> Result<CampaignId> {
        self.remember_names(tx, caller, reading, import).await?;
        let written = written(reading, import, frame.at.day);
        let mut owing: BTreeMap<UnitId, Owing> = BTreeMap::new();
        for one in written.iter().flat_map(|task| &task.units) {
            let kind = reading.units.get(&one.unit).map(|unit| unit.kind);
            let exempt = (kind == Some(UnitKind::Government)).then(|| OWES_NO_PLAN.to_owned());
            let entry = owing.entry(one.unit).or_insert(Owing {
                unit: one.unit,
                via_roster: one.via_roster,
                exempt,
            });
            // A unit that is also named by itself does not take part through a roster alone.
            if one.via_roster.is_none() {
                entry.via_roster = None;
            }
        }
        let new = NewNotice {
            title: import.title.trim().to_owned(),
            issuer: import.issuer.clone(),
            number: import.number.clone(),
            dated: import.dated,
            text: import.text.clone(),
            hash: hash(&import.text),
            by: caller.person,
            at: frame.at.now,
            indicators: figures(reading, &import.indicators),
            tasks: written,
        };
        let tasks = new.tasks.len();
        let notice = rows::add(&**tx, new).await?;
        let deed = Deed::new("notice.import", "notice", notice)
            .with("title", &import.title)
            .with("tasks", tasks)
            .with("hash", hash(&import.text));
        self.record(&**tx, Some(caller), deed).await?;
        let planned = &import.campaign;
        let id = campaign::add(
            &**tx,
            Campaign {
                id: CampaignId(0),
                notice,
                year: planned.year,
                title: planned.title.trim().to_owned(),
                coordinator: planned.coordinator,
                office: planned.office,
                leadership: planned.leadership,
                inspection: planned.inspection,
                plan_due: planned.plan_due,
                opened_by: caller.person,
                opened_at: frame.at.now,
            },
        )
        .await?;
        let owing: Vec<Owing> = owing.into_values().collect();
        campaign::add_units(&**tx, id, &owing).await?;
        let deed = Deed::new("campaign.open", "campaign", id)
            .with("year", planned.year)
            .with("units", owing.len());
        self.record(&**tx, Some(caller), deed).await?;
        self.open_plans(tx, frame, (id, planned), &owing).await?;
        Ok(id)
    }

    /// A plan for every unit that owes one.
    async fn open_plans(
        &self,
        tx: &Write,
        frame: &Frame,
        (id, planned): (CampaignId, &NewCampaign),
        owing: &[Owing],
    ) -> Result<()> {
        let fixed = party::of_campaign(&**tx, Some(id)).await?;
        for one in owing.iter().filter(|one| one.exempt.is_none()) {
            let wanted = asked::asked(&**tx, id, one.unit).await?;
            let title = planned
                .plan_title
                .replace("{unit}", &frame.org.unit_name(one.unit))
                .replace("{year}", &planned.year.to_string());
            let new = NewDocument {
                document_type: annual_plan::TYPE.code,
                campaign: Some(id),
                unit: one.unit,
                title,
                content: annual_plan::prefill(&wanted, &[]),
                due_on: Some(planned.plan_due),
                revises: None,
            };
            // A campaign makes them, not the person who opens it: nobody is the author of an untouched plan.
            self.create_document(tx, None, (frame, fixed.as_ref()), new).await?;
        }
        Ok(())
    }

    /// Keeps new names of units where the person asked for it.
    async fn remember_names(&self, tx: &Write, caller: &Caller, reading: &Reading, import: &Import) -> Result<()> {
        for (name, resolution) in &import.names {
            let Resolution::Means {
                target: Target::Unit(unit),
                remember: true,
            } = resolution
            else {
                continue;
            };
            if reading.units.get(unit).is_some_and(|found| found.is_called(name)) {
                continue;
            }
            unit::add_alias(&**tx, *unit, name).await?;
            let deed = Deed::new("unit.alias", "unit", unit).with("name", name);
            self.record(&**tx, Some(caller), deed).await?;
        }
        Ok(())
    }
}

fn proposed(frame: &Frame) -> Proposed {
    let today = frame.at.day;
    let unit_of = |role: Role| {
        let post = frame
            .org
            .posts
            .iter()
            .find(|post| post.role == role && post.holds_on(today));
        post.map(|post| post.unit)
    };
    Proposed {
        year: today.year() + i32::from(today.month() >= 11),
        coordinator: unit_of(Role::Coordinator),
        office: unit_of(Role::Office),
        leadership: unit_of(Role::Leader),
        inspection: unit_of(Role::Inspector),
        plan_due: frame.calendar.plus(today, 20),
    }
}

fn registrar_only(caller: &Caller) -> Result<()> {
    if caller.has(Role::Office) {
        Ok(())
    } else {
        Err(Error::forbidden("office_registers"))
    }
}

/// The text with plain line ends and without margins: browsers send CR LF, files have LF.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

/// SHA-256 of the plain text, hexadecimal: the same notice has the same one however it came.
fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(plain(text).as_bytes()))
}

/// Every distinct name of a notice with what goes by it.
fn names(notice: &Notice, units: &BTreeMap<UnitId, Unit>, rosters: &BTreeMap<i64, Roster>) -> Vec<FoundName> {
    let mut found: Vec<FoundName> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, task) in notice.tasks.iter().enumerate() {
        for named in &task.units {
            let at = *known.entry(&named.name).or_insert_with(|| {
                found.push(FoundName {
                    name: named.name.clone(),
                    collective: named.collective,
                    tasks: Vec::new(),
                    matched: target(&named.name, units, rosters),
                    nearest: Vec::new(),
                });
                found.len() - 1
            });
            found[at].tasks.push(position);
        }
    }
    for one in found.iter_mut().filter(|one| one.matched.is_none()) {
        one.nearest = nearest(&one.name, units);
    }
    found
}

fn target(name: &str, units: &BTreeMap<UnitId, Unit>, rosters: &BTreeMap<i64, Roster>) -> Option<Target> {
    let unit = units.values().find(|unit| unit.name == name);
    let unit = unit.or_else(|| units.values().find(|unit| unit.is_called(name)));
    let roster = || {
        rosters
            .iter()
            .find(|(_, roster)| roster.name == name)
            .map(|(id, _)| *id)
    };
    unit.map(|unit| Target::Unit(unit.id))
        .or_else(|| roster().map(Target::Roster))
}

/// Up to three units that share most characters with a name, none that shares less than half of them.
fn nearest(name: &str, units: &BTreeMap<UnitId, Unit>) -> Vec<UnitId> {
    let of: BTreeSet<char> = name.chars().collect();
    let likeness = |other: &str| {
        let other: BTreeSet<char> = other.chars().collect();
        let shared = of.intersection(&other).count();
        shared * 200 / (of.len() + other.len()).max(1)
    };
    let mut scored: Vec<(usize, UnitId)> = units
        .values()
        .map(|unit| {
            let names = std::iter::once(&unit.name).chain(&unit.aliases);
            (names.map(|name| likeness(name)).max().unwrap_or(0), unit.id)
        })
        .filter(|(score, _)| *score >= 50)
        .collect();
    scored.sort_by_key(|(score, id)| (std::cmp::Reverse(*score), *id));
    scored.into_iter().take(3).map(|(_, id)| id).collect()
}

/// Everything that is missing or wrong in a confirmation, by the fields of the import page.
fn check(reading: &Reading, import: &Import, today: NaiveDate) -> Result<()> {
    let mut problems = Vec::new();
    let mut wrong = |field: String, reason: Reason| {
        problems.push(FieldProblem {
            field,
            place: None,
            reason,
        });
    };
    if reading.notice.tasks.is_empty() {
        wrong("text".to_owned(), Reason::new("no_tasks"));
    }
    for (field, text) in [
        ("title", &import.title),
        ("campaign_title", &import.campaign.title),
        ("plan_title", &import.campaign.plan_title),
    ] {
        if text.trim().is_empty() {
            wrong(field.to_owned(), Reason::new("required"));
        } else if text.chars().count() > TITLE {
            wrong(field.to_owned(), Reason::new("too_long").with("max", TITLE.to_string()));
        }
    }
    let planned = &import.campaign;
    if !YEARS.contains(&planned.year) {
        wrong("year".to_owned(), Reason::new("out_of_range"));
    }
    if planned.plan_due < today {
        wrong("plan_due".to_owned(), Reason::new("date_past"));
    }
    for (field, unit) in [
        ("coordinator", planned.coordinator),
        ("office", planned.office),
        ("leadership", planned.leadership),
        ("inspection", planned.inspection),
    ] {
        if !reading.units.contains_key(&unit) {
            wrong(field.to_owned(), Reason::new("required"));
        }
    }
    for (at, found) in reading.names.iter().enumerate() {
        let problem = match import.names.get(&found.name) {
            None => Some("name_unresolved"),
            Some(Resolution::LeftOut { reason }) if reason.trim().is_empty() => Some("leave_out_reason"),
            Some(Resolution::LeftOut { .. }) => None,
            Some(Resolution::Means { target, .. }) => match target {
                Target::Unit(id) if reading.units.contains_key(id) => None,
                Target::Roster(id)
                    if reading
                        .rosters
                        .get(id)
                        .is_some_and(|roster| !roster.members_on(today).is_empty()) =>
                {
                    None
                }
                Target::Unit(_) => Some("unit_unknown"),
                Target::Roster(_) => Some("roster_empty"),
            },
        };
        if let Some(code) = problem {
            wrong(format!("name-{at}"), Reason::new(code).with("name", found.name.clone()));
        }
    }
    for (at, task) in reading.notice.tasks.iter().enumerate() {
        if let Some(lead) = import.leads.get(&at) {
            // A name that is still open has its own problem; only one that is no single unit cannot lead.
            let single = !matches!(
                import.names.get(lead),
                Some(
                    Resolution::LeftOut { .. }
                        | Resolution::Means {
                            target: Target::Roster(_),
                            ..
                        }
                )
            );
            if !task.units.iter().any(|unit| unit.name == *lead) || !single {
                let reason = Reason::new("lead_unknown").with("number", task.number.clone());
                wrong(format!("lead-{at}"), reason);
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

/// The tasks as they are written: numbers made unique, names replaced by units, rosters by their members on `today`.
fn written(reading: &Reading, import: &Import, today: NaiveDate) -> Vec<NewTask> {
    let tasks = &reading.notice.tasks;
    let numbers: Vec<Option<i32>> = tasks.iter().map(|task| task.number.parse().ok()).collect();
    let distinct: BTreeSet<i32> = numbers.iter().flatten().copied().collect();
    // Numbers that begin anew under each heading, or are no plain numbers, give way to the position.
    let as_read = distinct.len() == tasks.len();
    let mut found = Vec::with_capacity(tasks.len());
    for ((at, task), position) in tasks.iter().enumerate().zip(1..) {
        let lead = import.leads.get(&at);
        let mut units: Vec<NewAssignment> = Vec::new();
        let mut taken: BTreeMap<UnitId, usize> = BTreeMap::new();
        let mut add = |unit: UnitId, named: &notice::Named, via: Option<i64>| {
            let leads = via.is_none() && lead == Some(&named.name);
            let role = match (leads, named.role) {
                (true, _) => "lead",
                (false, notice::Role::Support) => "support",
                (false, notice::Role::Lead | notice::Role::Co) => "co",
            };
            let new = NewAssignment {
                unit,
                role,
                leads,
                via_roster: via,
                place: serde_json::to_value(named.place).ok(),
            };
            match taken.get(&unit) {
                None => {
                    taken.insert(unit, units.len());
                    units.push(new);
                }
                // Named by itself and as a member, or by two names: the nearer and heavier mention counts.
                Some(at) if (units[*at].via_roster.is_some() && via.is_none()) || leads => units[*at] = new,
                Some(_) => {}
            }
        };
        for named in &task.units {
            match import.names.get(&named.name) {
                Some(Resolution::Means {
                    target: Target::Unit(unit),
                    ..
                }) => add(*unit, named, None),
                Some(Resolution::Means {
                    target: Target::Roster(id),
                    ..
                }) => {
                    let members = reading.rosters.get(id).map(|roster| roster.members_on(today));
                    for unit in members.unwrap_or_default() {
                        add(unit, named, Some(*id));
                    }
                }
                Some(Resolution::LeftOut { .. }) | None => {}
            }
        }
        found.push(NewTask {
            number: if as_read {
                numbers[at].unwrap_or(position)
            } else {
                position
            },
            section: task.section.clone().unwrap_or_default(),
            title: task.title.clone(),
            text: task.text.clone(),
            deadline: task.deadline.as_ref().map(|deadline| deadline.text.clone()),
            due_on: task.deadline.as_ref().and_then(|deadline| deadline.date),
            place: serde_json::to_value(task.place).ok(),
            units,
        });
    }
    found
}

/// The chosen indicators, each tied to the task whose text it stands in.
fn figures(reading: &Reading, chosen: &BTreeSet<usize>) -> Vec<NewIndicator> {
    let tasks = &reading.notice.tasks;
    reading
        .notice
        .indicators
        .iter()
        .enumerate()
        .filter(|(at, _)| chosen.contains(at))
        .map(|(_, one)| {
            let task = one.task.as_ref().and_then(|_| {
                tasks
                    .iter()
                    .position(|task| task.place.line <= one.place.line && one.place.line <= task.place.end_line)
            });
            NewIndicator {
                task,
                name: one.name.clone(),
                comparator: comparison(one.comparator).code(),
                value: one.value.to_string(),
                measure: one.unit.clone(),
                year: one.year,
                text: one.sentence_start.clone(),
                place: serde_json::to_value(one.place).ok(),
            }
        })
        .collect()
}

fn comparison(read: Comparator) -> Comparison {
    match read {
        Comparator::Above => Comparison::Above,
        Comparator::AtLeast => Comparison::AtLeast,
        Comparator::Equal => Comparison::Equal,
        Comparator::About => Comparison::About,
        Comparator::AtMost => Comparison::AtMost,
        Comparator::Below => Comparison::Below,
    }
}
