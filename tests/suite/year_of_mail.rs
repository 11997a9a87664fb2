//! A campaign of 54 units, played through a year day by day: every mail that leaves, to whom, when and why, against a
//! list that a person has read.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use duban_core::calendar::Calendar;
use duban_core::id::{CampaignId, CommandId, DocumentId, PersonId, UnitId};
use duban_core::org::{Role, UnitKind};
use duban_core::workflow::Act;
use duban_service::Service;
use duban_service::clock::ManualClock;
use duban_service::command::Request;
use duban_service::outbox::{MailContent, Tried};
use duban_store::{Connection, Store, instance, person, reminder};
use duban_tests::district::{approve, filled, send_back, submit};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

/// A year of 54 units.
struct Year {
    service: Service,
    clock: Arc<ManualClock>,
    calendar: Calendar,
    _folder: tempfile::TempDir,
    /// Names of people by number: post and unit.
    names: BTreeMap<PersonId, String>,
    /// The first working day on which each draft may be submitted.
    ready: BTreeMap<DocumentId, NaiveDate>,
    returned: BTreeSet<DocumentId>,
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("day")
}

fn at(day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    day.and_hms_opt(hour, minute, 0).expect("time").and_utc() - TimeDelta::hours(8)
}

impl Year {
    async fn begin() -> Self {
        // In memory where there is such a place: a thousand mails are thousands of transactions that wait for a disk.
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let folder = folder.expect("folder");
        let store = Store::connect(&format!("sqlite:{}/y.db", folder.path().display()))
            .await
            .expect("connect");
        duban_migrations::run(store.schema()).await.expect("migrate");
        let clock = Arc::new(ManualClock::new(at(day("2026-01-05"), 9, 0)));
        let definitions = duban_workflows::Registry::shipped().expect("definitions");
        let service = Service::new(store, clock.clone(), definitions);
        duban_seeds::base::load(&service).await.expect("base");
        duban_seeds::demo::load_people(&service).await.expect("people");
        let org = service.organisation().await.expect("organisation");
        let mut names = BTreeMap::new();
        for post in org.posts.iter() {
            names.insert(
                post.person,
                format!("{} {}", org.unit_name(post.unit), post.role.code()),
            );
        }
        let calendar = service.calendar().await.expect("calendar");
        let mut year = Self {
            service,
            clock,
            calendar,
            _folder: folder,
            names,
            ready: BTreeMap::new(),
            returned: BTreeSet::new(),
        };
        let owing: Vec<UnitId> = org
            .units
            .values()
            .filter(|unit| unit.kind != UnitKind::Government && unit.name != "区审计局")
            .map(|unit| unit.id)
            .collect();
        assert_eq!(owing.len(), 54);
        let named = |name: &str| org.units.values().find(|unit| unit.name == name).expect("unit").id;
        let parties = ["区市场监管局", "区政府办公室", "区政府领导", "区政府督查室"].map(named);
        year.open(&owing, parties).await;
        for (n, unit) in owing.iter().enumerate() {
            let drafter = org.holders(*unit, Role::Drafter, day("2026-01-05"))[0];
            let id = year.plan(drafter, *unit).await;
            // Two in three in good time, some in the last days, some late, one very late.
            let due = day("2026-03-20");
            let ready = match n % 18 {
                0..=11 => year.calendar.minus(due, 3 + u32::try_from(n % 12).expect("small") * 2),
                12..=14 => year.calendar.minus(due, 1),
                15 | 16 => year.calendar.plus(due, u32::try_from(n % 3).expect("small") + 1),
                _ => year.calendar.plus(due, if n == 53 { 16 } else { 6 }),
            };
            year.ready.insert(id, ready);
        }
        year
    }

    /// A notice with 27 tasks, each led by one unit and supported by the next.
    async fn open(&self, owing: &[UnitId], parties: [UnitId; 4]) {
        let mut statements = vec![
            "INSERT INTO notice (title, text, hash, imported_by, imported_at) \
             VALUES ('年度行动方案', '', 'h', 1, '2026-01-05 00:00:00+00:00')"
                .to_owned(),
        ];
        for number in 1..=27_usize {
            statements.push(format!(
                "INSERT INTO task (notice_id, number, section, title, text) VALUES (1, {number}, '一', '任务{number}', '')"
            ));
            for (position, unit) in [owing[number * 2 - 2], owing[number * 2 - 1]].iter().enumerate() {
                let role = if position == 0 { "lead" } else { "support" };
                statements.push(format!(
                    "INSERT INTO assignment (task_id, unit_id, role, confirmed_lead, position) \
                     VALUES ({number}, {unit}, '{role}', {}, {position})",
                    position == 0
                ));
            }
        }
        let [coordinator, office, leadership, inspection] = parties;
        statements.push(format!(
            "INSERT INTO campaign (notice_id, year, title, coordinator_unit, office_unit, leadership_unit, \
             inspection_unit, plan_due, opened_by, opened_at) VALUES (1, 2026, '年度部署', {coordinator}, {office}, \
             {leadership}, {inspection}, '2026-03-20', 1, '2026-01-05 00:00:00+00:00')"
        ));
        for statement in statements {
            let done = self.service.store().schema().execute_unprepared(&statement).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    async fn plan(&self, drafter: PersonId, unit: UnitId) -> DocumentId {
        let caller = self.service.impersonate_by_number(drafter).await.expect("drafter");
        let id = self.service.new_plan(&caller, CampaignId(1), unit).await.expect("plan");
        let (case, frame) = self.service.open_document(&caller, id).await.expect("open");
        let body = self
            .service
            .working(&caller, &case, &frame)
            .await
            .expect("read")
            .expect("own");
        let content = filled("annual_plan", body.content);
        let saved = self.service.save_content(&caller, id, body.edit_version, content).await;
        saved.expect("save");
        id
    }

    /// The morning's mails: who gets what, for which reasons.
    async fn morning(&self, today: NaiveDate, list: &mut String) -> BTreeMap<PersonId, usize> {
        self.clock.set(at(today, 8, 30));
        self.service.tick().await.expect("tick");
        let mut reached: BTreeMap<PersonId, usize> = BTreeMap::new();
        let mut lines = Vec::new();
        loop {
            let claims = self.service.claim_mails(50).await.expect("claim");
            if claims.is_empty() {
                break;
            }
            for claim in claims {
                let Some(mail) = self.service.prepare_mail(&claim).await.expect("prepare") else {
                    continue;
                };
                let who = &self.names[&mail.to.person];
                match &mail.content {
                    MailContent::Digest(digest) => {
                        *reached.entry(mail.to.person).or_default() += 1;
                        let told = |lines: &[duban_service::digest::DigestLine]| {
                            let mut why: BTreeMap<String, usize> = BTreeMap::new();
                            for line in lines {
                                let when = match (line.late, line.left) {
                                    (0, Some(left)) => format!("{left} left"),
                                    (0, None) => "new".to_owned(),
                                    (late, _) => format!("{late} late"),
                                };
                                *why.entry(format!("{} {when}", line.watch.code())).or_default() += 1;
                            }
                            let why: Vec<String> = why.into_iter().map(|(why, n)| format!("{n} {why}")).collect();
                            why.join(", ")
                        };
                        let mut text = format!("  {who}:");
                        if !digest.own.is_empty() {
                            write!(text, " {}", told(&digest.own)).expect("write");
                        }
                        if !digest.others.is_empty() {
                            write!(text, " | others: {}", told(&digest.others)).expect("write");
                        }
                        lines.push(text);
                    }
                    MailContent::Told(news) => lines.push(format!("  {who}: told {}", news.topic)),
                    MailContent::Urge(_) => lines.push(format!("  {who}: asked by hand")),
                }
                let sent = Tried::Sent("x@y.example".to_owned());
                assert!(
                    self.service
                        .finish_mail(&claim, Some(&mail), sent)
                        .await
                        .expect("finish")
                );
            }
        }
        if !lines.is_empty() {
            lines.sort();
            writeln!(list, "{today}\n{}", lines.join("\n")).expect("write");
        }
        reached
    }

    /// What people do in the course of a day: whoever's turn it is acts after one to four working days.
    async fn work(&mut self, today: NaiveDate) {
        self.clock.set(at(today, 10, 0));
        let seats = reminder::open_seats(self.service.store().read()).await.expect("seats");
        let org = self.service.organisation().await.expect("organisation");
        let mut acted = BTreeSet::new();
        for seat in seats {
            let paper = seat.paper.id;
            let opened = seat.opened_at.with_timezone(&self.service.zone()).date_naive();
            let number = u32::try_from(paper.0).expect("small") * 7 + seat.seat.0 * 3;
            let wait = 1 + number % 4;
            let draft = seat.role == Role::Drafter && seat.unit == seat.paper.unit;
            // One countersigner in five stays silent.
            let silent = seat.role == Role::Cosigner && number.is_multiple_of(5);
            let early = match self.ready.get(&paper) {
                Some(ready) if draft && seat.seat.0 == 1 => today < *ready,
                _ => today < self.calendar.plus(opened, wait),
            };
            if early || silent || !acted.insert((paper, seat.unit)) {
                continue;
            }
            let returns = seat.role == Role::Coordinator && paper.0 % 6 == 0 && self.returned.insert(paper);
            let act = match () {
                () if draft => submit(),
                () if returns => send_back(),
                () => approve(),
            };
            let holders = org.holders(seat.unit, seat.role, today);
            for holder in holders.into_iter().filter(|holder| !seat.barred.contains(holder)) {
                if self.act(holder, paper, act.clone()).await {
                    break;
                }
            }
        }
        self.clock.set(at(today, 23, 0));
        self.service.time_outs().await.expect("time-outs");
    }

    async fn act(&self, who: PersonId, paper: DocumentId, act: Act) -> bool {
        let caller = self.service.impersonate_by_number(who).await.expect("person");
        let found = instance::find(self.service.store().read(), paper).await.expect("read");
        let request = Request {
            id: CommandId(uuid::Uuid::new_v4()),
            expected: found.expect("instance").version,
            seat: None,
            act,
        };
        self.service.command(&caller, paper, request).await.is_ok()
    }
}

#[tokio::test]
async fn a_year_of_54_units_sends_what_a_person_would_call_reasonable() {
    let mut year = Year::begin().await;
    let mut list = String::from(
        "# Every mail of a played year: the day, then who gets one, with the number of matters and why. Read by hand.\n",
    );
    let (mut mails, mut busiest, mut quiet) = (0, 0, 0);
    let mut of_person: BTreeMap<PersonId, usize> = BTreeMap::new();
    let mut today = day("2026-01-06");
    while today < day("2027-01-05") {
        let reached = year.morning(today, &mut list).await;
        let working = year.calendar.is_working(today);
        assert!(working || reached.is_empty(), "{today} is a day off");
        quiet += usize::from(working && reached.is_empty());
        busiest = busiest.max(reached.values().copied().max().unwrap_or(0));
        mails += reached.values().sum::<usize>();
        for (person, n) in reached {
            *of_person.entry(person).or_default() += n;
        }
        // After the last paper is decided nothing is left to do but to listen for mails.
        if working && today < day("2026-07-01") {
            year.work(today).await;
        }
        today = today.succ_opt().expect("next day");
    }
    assert_eq!(busiest, 1, "nobody gets two reminder mails on one day");
    let most = of_person.iter().max_by_key(|(_, n)| **n).expect("somebody");
    writeln!(
        list,
        "# {mails} digests to {} people; the busiest, {}, had {} in the year; {quiet} working days without any",
        of_person.len(),
        year.names[most.0],
        most.1
    )
    .expect("write");
    let open = reminder::open_seats(year.service.store().read()).await.expect("seats");
    assert!(open.is_empty(), "every plan is decided: {open:?}");
    let people = person::accounts(year.service.store().read(), &[*most.0])
        .await
        .expect("account");
    assert_eq!(people.len(), 1);
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/year_of_mail.txt");
    if std::env::var_os("DUBAN_TEST_ACCEPT").is_some() {
        std::fs::write(&file, &list).expect("write");
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    let first = list.lines().zip(reviewed.lines()).find(|(new, old)| new != old);
    assert!(
        list == reviewed,
        "the mails of the year have changed ({first:?}); read them, then run with DUBAN_TEST_ACCEPT=1"
    );
}
