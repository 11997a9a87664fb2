//! Reminders: the tick that makes them, what the next ones will be, and the words of a digest.
//!
//! Who is due is decided by [`duban_core::reminder::due`] alone. Here the clocks that run are gathered, and the answer
//! is filed: an occurrence each, unique by its key, and one digest a person a working morning, unique by its
//! Message-ID. Ticking twice is harmless.

use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::outbox::{self, Addressee, Letter, see_reminders};
use crate::{Caller, Service};
use chrono::{Days, NaiveDate, NaiveDateTime};
use duban_core::calendar::Calendar;
use duban_core::clock::{Light, Progress, light};
use duban_core::id::{CampaignId, DocumentId, FindingId, PersonId, UnitId};
use duban_core::org::{Moment, Organisation, Role};
use duban_core::reminder::{
    Delivery, Occurrence, OpenClock, Recipient, Rule, Situation, Watch, due, next_runs, still_due,
};
use duban_core::workflow::{StageId, StageKind};
use duban_store::outbox::{self as mails, NewMail};
use duban_store::reminder::{self as rows, OpenFinding, OpenSeat, Paper};
use duban_store::{Write, graph, person, setting};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const PAUSED: &str = "reminders.paused";
const MUTED: &str = "reminders.muted";
/// How many days ahead the administrator's page looks.
pub const AHEAD: u64 = 14;

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// New occurrences.
    pub occurrences: usize,
    /// New mails.
    pub mails: usize,
}

/// Everything that reminders look at, read once.
struct World {
    seats: Vec<OpenSeat>,
    findings: Vec<OpenFinding>,
    clocks: Vec<OpenClock>,
    organisation: Organisation,
    calendar: Calendar,
    weights: BTreeMap<UnitId, u64>,
    muted: BTreeSet<(String, PersonId)>,
    now: NaiveDateTime,
}

impl World {
    fn situation(&self) -> Situation<'_> {
        Situation {
            clocks: &self.clocks,
            calendar: &self.calendar,
            now: self.now,
            weights: &self.weights,
            muted: &self.muted,
        }
    }

    fn paper(&self, id: DocumentId) -> Option<&Paper> {
        self.seats.iter().map(|seat| &seat.paper).find(|paper| paper.id == id)
    }
}

/// A rule with what an administrator decided about it.
#[derive(Clone, Debug, Serialize)]
pub struct RuleState {
    /// The rule.
    pub rule: Rule,
    /// True while it reminds nobody.
    pub paused: bool,
}

/// One mail that would go out if nobody acts.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedMail {
    /// To whom.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address, if they have one.
    pub address: Option<String>,
    /// How many lines it would have.
    pub lines: usize,
    /// How many of them are escalations: told to somebody because others have not acted.
    pub escalations: usize,
}

/// The mails of one moment.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedRun {
    /// When, local civil time.
    pub at: NaiveDateTime,
    /// To whom, the ones with most lines first.
    pub mails: Vec<PlannedMail>,
}

/// A line of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DigestLine {
    /// How urgent it is.
    pub light: Light,
    /// What kind of clock it is about.
    pub watch: Watch,
    /// As what the reader is told: because they can act, or because somebody else does not.
    pub to: Recipient,
    /// The unit whose turn it is.
    pub unit: String,
    /// The paper's title, or the finding's description.
    pub title: String,
    /// The stage it is in, as people call it; empty for a finding without a report.
    pub stage: String,
    /// The last day, when there is one.
    pub due_on: Option<NaiveDate>,
    /// Working days left until then; none without a last day, 0 on it and after it.
    pub left: Option<i64>,
    /// Working days late; 0 while it is not.
    pub late: i64,
    /// True when the last day lies in a year whose calendar is not known yet.
    pub provisional: bool,
    /// Who could act, by name; for lines that the reader gets as an escalation.
    pub who: Vec<String>,
    /// The paper, if there is one.
    pub document: Option<DocumentId>,
    /// The finding, if it is about one.
    pub finding: Option<FindingId>,
    /// The occurrence's key.
    #[serde(skip)]
    pub key: String,
}

/// The one mail of a working morning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DigestView {
    /// The morning.
    pub day: NaiveDate,
    /// What the reader can do something about, the most urgent first.
    pub own: Vec<DigestLine>,
    /// What others have not done and the reader answers for.
    pub others: Vec<DigestLine>,
}

impl DigestView {
    /// True when there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.others.is_empty()
    }

    /// The occurrences it tells.
    pub(crate) fn keys(&self) -> BTreeSet<String> {
        let lines = self.own.iter().chain(&self.others);
        lines.map(|line| line.key.clone()).collect()
    }

    /// How many lines are late.
    pub fn late(&self) -> usize {
        self.own.iter().chain(&self.others).filter(|line| line.late > 0).count()
    }
}

impl Service {
    /// Asks who is due and files the answer. Harmless to repeat.
    pub async fn tick(&self) -> Result<Ticked> {
        let at = self.moment();
        let rules = self.active_rules().await?;
        let world = self.world(at).await?;
        let found = due(&rules, &world.situation());
        let keys: Vec<String> = found.iter().map(|o| o.key.clone()).collect();
        let known = rows::known(self.store().read(), &keys).await?;
        let new: Vec<Occurrence> = found.into_iter().filter(|o| !known.contains(&o.key)).collect();
        if new.is_empty() {
            return Ok(Ticked::default());
        }
        let tx = self.write().await?;
        let ticked = self.file(&tx, at, new).await?;
        tx.commit().await?;
        Ok(ticked)
    }

    /// Files new occurrences: singles one mail each, the rest into their person's digest of the day. Whoever had a
    /// digest today hears of the rest tomorrow.
    async fn file(&self, tx: &Write, at: Moment, new: Vec<Occurrence>) -> Result<Ticked> {
        let site = outbox::site(&**tx).await?;
        let mut ticked = Ticked::default();
        let mut bundles: BTreeMap<(PersonId, String), Vec<Occurrence>> = BTreeMap::new();
        for occurrence in new {
            let name = match occurrence.delivery {
                Delivery::Digest => format!("digest.{}.{}", at.day.format("%Y%m%d"), occurrence.person),
                Delivery::Single => format!("single.{}", occurrence.key.replace('/', ".")),
            };
            bundles.entry((occurrence.person, name)).or_default().push(occurrence);
        }
        for ((to, name), mut occurrences) in bundles {
            let digest = occurrences.iter().all(|o| o.delivery == Delivery::Digest);
            let older = if digest {
                mails::idle(&**tx, outbox::DIGEST, to, at.now).await?
            } else {
                Vec::new()
            };
            let message_id = format!("{name}@{site}");
            if older.iter().any(|mail| mail.message_id == message_id) {
                continue;
            }
            for mail in &older {
                if let Letter::Digest {
                    occurrences: undelivered,
                    ..
                } = outbox::letter(mail)?
                {
                    for old in undelivered {
                        if !occurrences.iter().any(|o| o.clock == old.clock && o.rule == old.rule) {
                            occurrences.push(old);
                        }
                    }
                }
            }
            let letter = Letter::Digest {
                day: at.day,
                occurrences: occurrences.clone(),
            };
            let mail = NewMail {
                kind: outbox::DIGEST,
                person: to,
                payload: outbox::payload(&letter)?,
                message_id: message_id.clone(),
            };
            let Some(id) = mails::add(&**tx, &mail, at.now).await? else {
                continue;
            };
            ticked.mails += 1;
            for mail in &older {
                rows::reassign(&**tx, mail.id, id).await?;
                mails::supersede(&**tx, mail.id, &message_id).await?;
            }
            for occurrence in &occurrences {
                let due_at = self.instant(occurrence.due_at);
                if rows::add(&**tx, occurrence, due_at, id, at.now).await? {
                    ticked.occurrences += 1;
                }
            }
        }
        Ok(ticked)
    }

    /// The words of a digest for these occurrences as things are now; lines about what is done already are left out,
    /// and of several about one clock the latest rung stays.
    pub(crate) async fn digest(&self, to: &Addressee, occurrences: &[Occurrence], at: Moment) -> Result<DigestView> {
        let world = self.world(at).await?;
        Ok(self.digest_in(&world, to, occurrences, at.day))
    }

    fn digest_in(&self, world: &World, to: &Addressee, occurrences: &[Occurrence], day: NaiveDate) -> DigestView {
        let mut view = DigestView {
            day,
            own: Vec::new(),
            others: Vec::new(),
        };
        let mut told = BTreeSet::new();
        for occurrence in occurrences {
            let clock = world.clocks.iter().find(|clock| clock.key() == occurrence.clock);
            let Some(clock) = clock.filter(|_| still_due(occurrence, &world.clocks)) else {
                continue;
            };
            if !told.insert(occurrence.clock.clone()) {
                continue;
            }
            let line = self.line(world, to, occurrence, clock, day);
            if occurrence.to == Recipient::CanAct {
                view.own.push(line);
            } else {
                view.others.push(line);
            }
        }
        // Within a colour the order of the occurrences stays: who holds up most comes first.
        view.own
            .sort_by_key(|line| (line.light, line.due_on.unwrap_or(NaiveDate::MAX)));
        view.others.sort_by_key(|line| line.light);
        view
    }

    fn line(
        &self,
        world: &World,
        to: &Addressee,
        occurrence: &Occurrence,
        clock: &OpenClock,
        day: NaiveDate,
    ) -> DigestLine {
        let calendar = &world.calendar;
        let paper = clock.document.and_then(|id| world.paper(id));
        let finding = clock.finding.and_then(|id| world.findings.iter().find(|f| f.id == id));
        let stage = paper.and_then(|paper| {
            let stage = paper.stage.as_ref()?;
            Some(self.stage_title(paper, stage, &to.locale))
        });
        let title = match (paper, finding) {
            (Some(paper), _) => paper.title.clone(),
            (None, Some(finding)) => finding.description.clone(),
            (None, None) => String::new(),
        };
        let due_on = clock.due_on.map(|due| calendar.on_or_after(due));
        let left = due_on.map(|due| calendar.between(day, due));
        let who = if occurrence.to == Recipient::CanAct {
            Vec::new()
        } else {
            let people = clock.people.get(&Recipient::CanAct).into_iter().flatten();
            people.map(|person| world.organisation.person_name(*person)).collect()
        };
        DigestLine {
            light: light(Progress::Open, clock.due_on, day, calendar),
            watch: clock.watch,
            to: occurrence.to,
            unit: world.organisation.unit_name(clock.unit),
            title,
            stage: stage.unwrap_or_default(),
            due_on: clock.due_on,
            left: left.map(|left| left.max(0)),
            late: left.map_or(0, |left| (-left).max(0)),
            provisional: clock.due_on.is_some_and(|due| calendar.is_provisional(due)),
            who,
            document: clock.document,
            finding: clock.finding,
            key: occurrence.key.clone(),
        }
    }

    /// The rules with what was decided about them.
    pub async fn reminder_rules(&self, caller: &Caller) -> Result<Vec<RuleState>> {
        see_reminders(caller)?;
        self.rules().await
    }

    /// Which mails would go out in the next [`AHEAD`] days if nobody acts.
    pub async fn next_mails(&self, caller: &Caller) -> Result<Vec<PlannedRun>> {
        see_reminders(caller)?;
        let at = self.moment();
        let until = at.day.checked_add_days(Days::new(AHEAD)).unwrap_or(at.day);
        let world = self.world(at).await?;
        let planned = next_runs(&self.active_rules().await?, &world.situation(), until);
        let mut runs: BTreeMap<NaiveDateTime, BTreeMap<PersonId, (usize, usize)>> = BTreeMap::new();
        for occurrence in planned {
            let person = runs.entry(occurrence.due_at).or_default();
            let (lines, escalations) = person.entry(occurrence.person).or_default();
            *lines += 1;
            *escalations += usize::from(occurrence.to != Recipient::CanAct);
        }
        let people: BTreeSet<PersonId> = runs.values().flat_map(|run| run.keys().copied()).collect();
        let ids: Vec<PersonId> = people.into_iter().collect();
        let accounts = person::accounts(self.store().read(), &ids).await?;
        let address: BTreeMap<PersonId, Option<String>> = accounts
            .into_iter()
            .map(|account| (account.person.id, account.email))
            .collect();
        Ok(runs
            .into_iter()
            .map(|(at, people)| {
                let mut mails: Vec<PlannedMail> = people
                    .into_iter()
                    .map(|(person, (lines, escalations))| PlannedMail {
                        person,
                        name: world.organisation.person_name(person),
                        address: address.get(&person).cloned().flatten(),
                        lines,
                        escalations,
                    })
                    .collect();
                mails.sort_by_key(|mail| (std::cmp::Reverse(mail.lines), mail.person));
                PlannedRun { at, mails }
            })
            .collect())
    }

    /// The digest that a person would get at the local time `when` if nobody acts until then. None when they would
    /// get none.
    pub async fn preview_digest(
        &self,
        caller: &Caller,
        to: PersonId,
        when: NaiveDateTime,
    ) -> Result<Option<(Addressee, DigestView)>> {
        see_reminders(caller)?;
        let at = self.moment();
        let world = self.world(at).await?;
        let planned = next_runs(&self.active_rules().await?, &world.situation(), when.date());
        let theirs: Vec<Occurrence> = planned
            .into_iter()
            .filter(|o| o.person == to && o.due_at == when)
            .collect();
        let account = person::account(self.store().read(), to).await?.ok_or(Error::NotFound)?;
        let to = Addressee {
            person: to,
            name: account.person.name,
            address: account.email,
            locale: account.locale,
        };
        let view = self.digest_in(&world, &to, &theirs, when.date());
        Ok((!view.is_empty()).then_some((to, view)))
    }

    /// Pauses a rule, or lets it run again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for those who may not see reminders, [`Error::NotFound`] for an unknown rule.
    pub async fn pause_rule(&self, caller: &Caller, rule: &str, paused: bool) -> Result<()> {
        see_reminders(caller)?;
        if !self.rules().await?.iter().any(|state| state.rule.id == rule) {
            return Err(Error::NotFound);
        }
        let tx = self.write().await?;
        let mut ids: BTreeSet<String> = read(setting::get(&*tx, PAUSED).await?)?;
        let changed = if paused {
            ids.insert(rule.to_owned())
        } else {
            ids.remove(rule)
        };
        if changed {
            setting::set(&*tx, PAUSED, serde_json::to_value(&ids).map_err(Error::internal)?).await?;
            let verb = if paused { "reminder.pause" } else { "reminder.resume" };
            self.record(&*tx, Some(caller), Deed::new(verb, "reminder_rule", rule))
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The rules that a person may switch off for themselves, each with whether they have.
    pub async fn own_reminders(&self, caller: &Caller) -> Result<Vec<(Rule, bool)>> {
        let muted: BTreeSet<(String, PersonId)> = read(setting::get(self.store().read(), MUTED).await?)?;
        let rules = self.rules().await?.into_iter().map(|state| state.rule);
        Ok(rules
            .filter(|rule| rule.mutable)
            .map(|rule| {
                let off = muted.contains(&(rule.id.clone(), caller.person));
                (rule, off)
            })
            .collect())
    }

    /// Switches a rule off for oneself, or on again.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a rule that does not exist or may not be switched off.
    pub async fn mute_rule(&self, caller: &Caller, rule: &str, off: bool) -> Result<()> {
        let known = self.rules().await?;
        if !known.iter().any(|state| state.rule.id == rule && state.rule.mutable) {
            return Err(Error::NotFound);
        }
        let tx = self.write().await?;
        let mut muted: BTreeSet<(String, PersonId)> = read(setting::get(&*tx, MUTED).await?)?;
        let pair = (rule.to_owned(), caller.person);
        let changed = if off { muted.insert(pair) } else { muted.remove(&pair) };
        if changed {
            setting::set(&*tx, MUTED, serde_json::to_value(&muted).map_err(Error::internal)?).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn rules(&self) -> Result<Vec<RuleState>> {
        let paused: BTreeSet<String> = read(setting::get(self.store().read(), PAUSED).await?)?;
        let rules = duban_workflows::reminders::shipped().map_err(Error::internal)?;
        Ok(rules
            .into_iter()
            .map(|rule| RuleState {
                paused: paused.contains(&rule.id),
                rule,
            })
            .collect())
    }

    async fn active_rules(&self) -> Result<Vec<Rule>> {
        let rules = self.rules().await?.into_iter();
        Ok(rules.filter(|state| !state.paused).map(|state| state.rule).collect())
    }

    async fn world(&self, at: Moment) -> Result<World> {
        let db = self.store().read();
        let seats = rows::open_seats(db).await?;
        let findings = rows::open_findings(db).await?;
        let organisation = person::organisation(db).await?;
        let leaderships = graph::leaderships(db).await?;
        let mut clocks: Vec<OpenClock> = Vec::with_capacity(seats.len() + findings.len());
        for seat in &seats {
            clocks.push(self.seat_clock(seat, &organisation, &leaderships, at));
        }
        for finding in &findings {
            clocks.push(self.finding_clock(finding, &organisation, &leaderships, at));
        }
        let campaigns: BTreeSet<CampaignId> = seats.iter().filter_map(|seat| seat.paper.campaign).collect();
        let mut weights: BTreeMap<UnitId, u64> = BTreeMap::new();
        for campaign in campaigns {
            for (unit, weight) in self.graph_weights(campaign).await? {
                let entry = weights.entry(unit).or_default();
                *entry = (*entry).max(weight);
            }
        }
        Ok(World {
            seats,
            findings,
            clocks,
            organisation,
            calendar: setting::calendar(db).await?,
            weights,
            muted: read(setting::get(db, MUTED).await?)?,
            now: self.local(at),
        })
    }

    /// Local civil time at a moment.
    pub(crate) fn local(&self, at: Moment) -> NaiveDateTime {
        at.now.with_timezone(&self.zone()).naive_local()
    }

    /// A seat of a work stage is the unit's clock; one of a review stage is a reviewer's.
    fn seat_clock(
        &self,
        seat: &OpenSeat,
        organisation: &Organisation,
        leaderships: &BTreeMap<CampaignId, UnitId>,
        at: Moment,
    ) -> OpenClock {
        let paper = &seat.paper;
        let definition = self.definitions().get(&paper.definition, paper.definition_version);
        let stage = definition
            .as_deref()
            .and_then(|definition| definition.stage(&seat.stage));
        let draft = stage.is_some_and(|stage| stage.kind == StageKind::Work);
        let can_act = can_act(seat, organisation, at);
        let mut people = escalation(organisation, seat.unit, paper.campaign, leaderships, at.day);
        people.insert(Recipient::CanAct, can_act);
        OpenClock {
            watch: if draft { Watch::Draft } else { Watch::Seat },
            document: Some(paper.id),
            finding: None,
            turn: seat.seat.0,
            document_type: paper.document_type.clone(),
            unit: seat.unit,
            opened_at: seat.opened_at.with_timezone(&self.zone()).naive_local(),
            due_on: seat.due_on.or(if draft { paper.due_on } else { None }),
            people,
        }
    }

    fn finding_clock(
        &self,
        finding: &OpenFinding,
        organisation: &Organisation,
        leaderships: &BTreeMap<CampaignId, UnitId>,
        at: Moment,
    ) -> OpenClock {
        let mut people = escalation(organisation, finding.unit, finding.campaign, leaderships, at.day);
        let drafters = organisation.holders(finding.unit, Role::Drafter, at.day);
        people.insert(Recipient::CanAct, drafters.into_iter().collect());
        OpenClock {
            watch: Watch::Finding,
            document: None,
            finding: Some(finding.id),
            turn: 0,
            document_type: String::new(),
            unit: finding.unit,
            opened_at: finding.raised_at.with_timezone(&self.zone()).naive_local(),
            due_on: Some(finding.demanded_by),
            people,
        }
    }

    /// What people call a stage of the paper's own workflow; its name where the workflow is not loaded.
    pub(crate) fn stage_title(&self, paper: &Paper, stage: &StageId, locale: &str) -> String {
        let definition = self.definitions().get(&paper.definition, paper.definition_version);
        let title = definition.as_deref().and_then(|definition| definition.title_of(stage));
        title.map_or_else(|| stage.0.clone(), |title| title.get(locale).to_owned())
    }
}

/// Everybody who can act on a seat now: holders of the post and those to whom one of them lent it, without the barred
/// (neither who acts nor for whom).
fn can_act(seat: &OpenSeat, organisation: &Organisation, at: Moment) -> BTreeSet<PersonId> {
    let posts = organisation
        .posts
        .iter()
        .filter(|post| post.unit == seat.unit && post.role == seat.role);
    let candidates: BTreeSet<PersonId> = posts
        .flat_map(|post| {
            let loans = organisation.delegations.iter().filter(move |loan| loan.post == post.id);
            std::iter::once(post.person).chain(loans.map(|loan| loan.delegate))
        })
        .filter(|person| !seat.barred.contains(person))
        .collect();
    candidates
        .into_iter()
        .filter(|person| {
            organisation
                .capacities(*person, seat.unit, seat.role, at, &seat.paper.document_type)
                .iter()
                .any(|actor| {
                    actor
                        .on_behalf_of
                        .is_none_or(|(_, lender)| !seat.barred.contains(&lender))
                })
        })
        .collect()
}

/// Whom the ladder climbs to: deputy and head of the unit whose turn it is, the leader in charge of the campaign.
fn escalation(
    organisation: &Organisation,
    unit: UnitId,
    campaign: Option<CampaignId>,
    leaderships: &BTreeMap<CampaignId, UnitId>,
    day: NaiveDate,
) -> BTreeMap<Recipient, BTreeSet<PersonId>> {
    let holders = |unit, role| {
        organisation
            .holders(unit, role, day)
            .into_iter()
            .collect::<BTreeSet<_>>()
    };
    let leaders = campaign
        .and_then(|campaign| leaderships.get(&campaign))
        .map(|unit| holders(*unit, Role::Leader))
        .unwrap_or_default();
    BTreeMap::from([
        (Recipient::Deputy, holders(unit, Role::Deputy)),
        (Recipient::Head, holders(unit, Role::Head)),
        (Recipient::Leader, leaders),
    ])
}

/// A set kept as a setting; empty when it was never set.
fn read<T: serde::de::DeserializeOwned + Default>(value: Option<serde_json::Value>) -> Result<T> {
    value.map_or_else(
        || Ok(T::default()),
        |value| serde_json::from_value(value).map_err(Error::internal),
    )
}
