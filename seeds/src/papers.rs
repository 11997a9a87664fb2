//! The demo district's past: a campaign opened from the notice, and plans in every state, each brought there by the
//! people of the demo through the same use cases as everybody's, on a clock that is moved by hand.

use crate::demo::{self, PeopleFile};
use crate::filling;
use crate::findings::{self, FindingsFile};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Utc};
use duban_core::calendar::Calendar;
use duban_core::id::{CampaignId, CommandId, DocumentId, UnitId, Version};
use duban_core::org::{Organisation, Role};
use duban_core::workflow::{Act, Mark};
use duban_service::clock::ManualClock;
use duban_service::command::Request;
use duban_service::notice::{Import, NewCampaign, Resolution};
use duban_service::{Caller, Error, Service};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many working days before the first start the campaign was opened.
const OPENED: u32 = 30;
/// How many working days after the first start the plans are due.
const DUE: u32 = 4;

/// `demo/papers.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PapersFile {
    /// By task number: what a plan says it will do.
    pub(crate) measures: BTreeMap<String, String>,
    plan: Vec<Played>,
}

/// One plan that has gone some way.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Played {
    unit: String,
    until: Until,
    days: u32,
    /// The office sent it back once, and it came straight back to it.
    #[serde(default)]
    returned: bool,
}

/// Where a plan of the demo lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    /// Half filled in.
    Drafting,
    /// Filled in, not submitted.
    Ready,
    Deputy,
    Cosign,
    Head,
    Reported,
    Coordinator,
    /// One of the two coordinators has agreed.
    CoordinatorHalf,
    /// A coordinator has sent it back to the drafter.
    Returned,
    Office,
    Leader,
    Approved,
}

pub(crate) fn file() -> Result<PapersFile, Error> {
    crate::read("demo/papers.toml", include_str!("../demo/papers.toml"))
}

/// Plays the past, unless there is a campaign already.
///
/// # Errors
/// What a use case refused: then the seed files do not fit the rules any more, which a test finds.
pub async fn load(service: &Service) -> Result<(), Error> {
    let office = service.impersonate_locally("office").await?;
    if !service.campaigns(&office, None, 1).await?.is_empty() {
        return Ok(());
    }
    let now = service.moment();
    let clock = Arc::new(ManualClock::new(now.now));
    let findings = findings::file()?;
    let past = Play {
        service: service.with_clock(clock.clone()),
        clock,
        people: demo::people_file()?,
        file: file()?,
        findings,
        reports: Mutex::default(),
        calendar: service.calendar().await?,
        org: service.organisation().await?,
        today: now.day,
        now: now.now,
        versions: Mutex::default(),
    };
    past.run().await
}

pub(crate) struct Play {
    pub(crate) service: Service,
    clock: Arc<ManualClock>,
    people: PeopleFile,
    file: PapersFile,
    pub(crate) findings: FindingsFile,
    /// The reports handed over so far, by their place in the file.
    pub(crate) reports: Mutex<BTreeMap<usize, DocumentId>>,
    pub(crate) calendar: Calendar,
    org: Organisation,
    pub(crate) today: NaiveDate,
    now: DateTime<Utc>,
    /// The versions that the last acts gave, so that a paper need not be read before every act.
    versions: Mutex<BTreeMap<DocumentId, Version>>,
}

/// What happens to a plan at one moment of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Write,
    Submit,
    Deputy,
    /// The n-th countersigner agrees.
    Cosign(usize),
    /// The time limit of the countersigning has passed.
    Silence,
    Head,
    Coordinator(usize),
    SendBack,
    Office,
    ReturnByOffice,
    Rework,
    Leader,
}

/// Something that happens in the past: to a plan, or to the findings of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scene {
    /// The n-th plan of the file.
    Plan(usize, Step),
    /// The n-th report of the file.
    Report(usize, findings::Step),
}

impl Play {
    async fn run(&self) -> Result<(), Error> {
        let campaign = self.open().await?;
        let office = self.service.impersonate_locally("office").await?;
        let board = self.service.campaign_board(&office, campaign).await?;
        let papers: BTreeMap<UnitId, DocumentId> = board
            .units
            .iter()
            .filter_map(|row| Some((row.unit, row.document?)))
            .collect();
        let mut script: Vec<(DateTime<Utc>, Scene)> = Vec::new();
        for (n, played) in self.file.plan.iter().enumerate() {
            self.script(n, played, &mut script);
        }
        for (n, report) in self.findings.report.iter().enumerate() {
            let quarter = i64::try_from(n).unwrap_or(0);
            let steps = findings::steps(report).into_iter();
            script.extend(steps.map(|(days, step)| (self.at(days, quarter), Scene::Report(n, step))));
        }
        script.sort();
        for (at, scene) in script {
            self.clock.set(at.min(self.now));
            let done = self.happen(&papers, scene).await;
            done.map_err(|e| Error::Internal(format!("demo: {scene:?}: {e}")))?;
        }
        Ok(())
    }

    async fn happen(&self, papers: &BTreeMap<UnitId, DocumentId>, scene: Scene) -> Result<(), Error> {
        match scene {
            Scene::Plan(n, step) => {
                let played = self.file.plan.get(n).ok_or(Error::NotFound)?;
                let unit = self.unit(&played.unit)?;
                let paper = papers.get(&unit).copied().ok_or(Error::NotFound)?;
                self.step(played, unit, paper, step).await
            }
            Scene::Report(n, step) => self.report_step(n, step).await,
        }
    }

    pub(crate) fn unit(&self, name: &str) -> Result<UnitId, Error> {
        let found = self.org.units.values().find(|unit| unit.name == name);
        found
            .map(|unit| unit.id)
            .ok_or_else(|| Error::Internal(format!("demo: no unit {name}")))
    }

    /// A quarter of an hour of a working day so many working days before today, where the government sits.
    fn at(&self, days: u32, quarter: i64) -> DateTime<Utc> {
        let day = self.calendar.minus(self.today, days);
        let nine = day.and_hms_opt(9, 0, 0).unwrap_or_default();
        let local = self.service.zone().from_local_datetime(&nine).earliest();
        local.map_or(self.now, |local| local.with_timezone(&Utc)) + TimeDelta::minutes(15 * quarter)
    }

    async fn open(&self) -> Result<CampaignId, Error> {
        self.clock.set(self.at(OPENED, 2));
        let office = self.service.impersonate_locally("office").await?;
        let text = include_str!("../demo/notice.txt");
        let reading = self.service.read_notice(&office, text).await?;
        let names = reading.names.iter().filter_map(|found| {
            let target = found.matched?;
            let means = Resolution::Means {
                target,
                remember: false,
            };
            Some((found.name.clone(), means))
        });
        let year = self.today.year();
        let import = Import {
            due: BTreeMap::new(),
            values: BTreeMap::new(),
            called: BTreeMap::new(),
            text: text.to_owned(),
            title: reading.notice.title.clone().unwrap_or_default(),
            issuer: reading.notice.issuer.clone(),
            number: reading.notice.doc_number.clone(),
            dated: reading.notice.issued_on,
            names: names.collect(),
            leads: filling::first_named(&reading.notice),
            indicators: (0..reading.notice.indicators.len()).collect::<BTreeSet<_>>(),
            campaign: NewCampaign {
                year,
                title: format!("{year}{}", self.people.campaign_title),
                plan_title: self.people.plan_title.clone(),
                coordinator: self.unit(&self.people.coordinator_unit)?,
                office: self.unit(&self.people.office_unit)?,
                leadership: self.unit(&self.people.leadership_unit)?,
                inspection: self.unit(&self.people.inspection_unit)?,
                plan_due: self.calendar.plus(self.today, DUE),
            },
        };
        self.service.open_campaign(&office, fresh(), import).await
    }

    /// Puts the steps of a plan at their times. Reviews take a day each; the countersigning lasts until its limit has
    /// passed, and the clockwork notices that early the next morning.
    fn script(&self, n: usize, played: &Played, script: &mut Vec<(DateTime<Utc>, Scene)>) {
        let quarter = i64::try_from(n % 24).unwrap_or(0);
        let mut add = |days: u32, step: Step| script.push((self.at(days, quarter), Scene::Plan(n, step)));
        let day = |after: u32| played.days.saturating_sub(after);
        let until = played.until;
        add(day(0) + 1, Step::Write);
        if until <= Until::Ready {
            return;
        }
        add(day(0), Step::Submit);
        if until <= Until::Deputy {
            return;
        }
        add(day(1), Step::Deputy);
        for signer in 0..3 {
            add(day(2), Step::Cosign(signer));
        }
        if until <= Until::Cosign {
            return;
        }
        add(day(8), Step::Silence);
        if until <= Until::Head {
            return;
        }
        add(day(9), Step::Head);
        if until == Until::Reported || until == Until::Coordinator {
            return;
        }
        let own = played.unit == self.people.coordinator_unit;
        if !own {
            add(day(10), Step::Coordinator(0));
            if until == Until::CoordinatorHalf {
                return;
            }
            if until == Until::Returned {
                add(day(11), Step::SendBack);
                return;
            }
            add(day(11), Step::Coordinator(1));
        }
        if until <= Until::Office {
            return;
        }
        if played.returned {
            add(day(12), Step::ReturnByOffice);
            add(day(13), Step::Rework);
        }
        add(day(14), Step::Office);
        if until <= Until::Leader {
            return;
        }
        add(day(15), Step::Leader);
    }

    async fn step(&self, played: &Played, unit: UnitId, paper: DocumentId, step: Step) -> Result<(), Error> {
        let agree = || Act::Approve { note: String::new() };
        let submit = || Act::Submit { note: String::new() };
        let own = |role| self.holder(unit, role);
        match step {
            Step::Write => {
                self.write(&own(Role::Drafter).await?, paper, played.until == Until::Drafting)
                    .await
            }
            Step::Submit => self.act(&own(Role::Drafter).await?, paper, submit()).await,
            Step::Deputy => self.act(&own(Role::Deputy).await?, paper, agree()).await,
            Step::Cosign(n) => self.cosign(unit, paper, n).await,
            Step::Silence => {
                self.versions().clear();
                self.service.time_outs().await.map(|_| ())
            }
            Step::Head => self.act(&own(Role::Head).await?, paper, agree()).await,
            Step::Coordinator(n) => {
                let username = ["coordinator", "coordinator2"]
                    .get(n)
                    .copied()
                    .unwrap_or("coordinator3");
                self.act(&self.service.impersonate_locally(username).await?, paper, agree())
                    .await
            }
            Step::SendBack => {
                let who = self.service.impersonate_locally("coordinator2").await?;
                self.send_back(&who, paper, &self.people.return_by_coordinator).await
            }
            Step::ReturnByOffice => {
                let who = self.service.impersonate_locally("office").await?;
                self.send_back(&who, paper, &self.people.return_by_office).await
            }
            Step::Rework => {
                let drafter = own(Role::Drafter).await?;
                self.rework(&drafter, paper).await?;
                self.act(&drafter, paper, submit()).await
            }
            Step::Office => {
                self.act(&self.service.impersonate_locally("office").await?, paper, agree())
                    .await
            }
            Step::Leader => {
                self.act(&self.service.impersonate_locally("leader").await?, paper, agree())
                    .await
            }
        }
    }

    /// The caller who holds this role in the unit.
    pub(crate) async fn holder(&self, unit: UnitId, role: Role) -> Result<Caller, Error> {
        let person = self
            .org
            .holders(unit, role, self.today)
            .first()
            .copied()
            .ok_or(Error::NotFound)?;
        self.service.impersonate_by_number(person).await
    }

    pub(crate) async fn act(&self, caller: &Caller, paper: DocumentId, act: Act) -> Result<(), Error> {
        let known = self.versions().get(&paper).copied();
        let expected = match known {
            Some(version) => version,
            None => self.service.open_document(caller, paper).await?.0.instance.version,
        };
        let request = Request {
            id: fresh(),
            expected,
            seat: None,
            act,
        };
        let outcome = self.service.command(caller, paper, request).await?;
        self.versions().insert(paper, outcome.version);
        Ok(())
    }

    fn versions(&self) -> MutexGuard<'_, BTreeMap<DocumentId, Version>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send_back(&self, caller: &Caller, paper: DocumentId, reason: &str) -> Result<(), Error> {
        let read = self.service.paper(caller, paper).await?;
        let newest = read.revisions.last().ok_or(Error::NotFound)?.no;
        let (_, content) = self.service.revision(caller, paper, newest).await?;
        let place = filling::place_of(&content, "standard");
        let marks = place.map(|place| Mark {
            place,
            text: self.people.mark.clone(),
        });
        let act = Act::Return {
            to: None,
            reason: reason.to_owned(),
            marks: marks.into_iter().collect(),
        };
        self.act(caller, paper, act).await
    }

    /// The n-th of the units that are asked agrees.
    async fn cosign(&self, unit: UnitId, paper: DocumentId, n: usize) -> Result<(), Error> {
        let owner = self.holder(unit, Role::Drafter).await?;
        let (case, _) = self.service.open_document(&owner, paper).await?;
        let asked = case.instance.open_seats().get(n * 2).copied();
        let Some(asked) = asked.map(|seat| (seat.unit, seat.role)) else {
            return Ok(());
        };
        let signer = self.holder(asked.0, asked.1).await?;
        self.act(&signer, paper, Act::Approve { note: String::new() }).await
    }

    async fn write(&self, drafter: &Caller, paper: DocumentId, half: bool) -> Result<(), Error> {
        let read = self.service.paper(drafter, paper).await?;
        let Some(working) = read.working else {
            return Err(Error::NotFound);
        };
        let writer = filling::Writer {
            people: &self.people,
            papers: &self.file,
            unit: &self.org.unit_name(read.unit),
            year: self.today.year(),
            drafter: &drafter.name,
            day: self.service.moment().day,
        };
        let content = writer.fill(working.content, half);
        self.service
            .save_content(drafter, paper, working.edit_version, content)
            .await
            .map(|_| ())
    }

    async fn rework(&self, drafter: &Caller, paper: DocumentId) -> Result<(), Error> {
        let read = self.service.paper(drafter, paper).await?;
        let Some(working) = read.working else {
            return Err(Error::NotFound);
        };
        let content = filling::reworked(working.content, &self.people.reworked_standard);
        self.service
            .save_content(drafter, paper, working.edit_version, content)
            .await
            .map(|_| ())
    }
}

fn fresh() -> CommandId {
    CommandId(uuid::Uuid::now_v7())
}
