//! A small district in a database: six units, a person for every role, a notice with three tasks and an open
//! campaign; time moved by hand. For tests that speak to the service and not to a page.

use chrono::{DateTime, Utc};
use duban_core::document::content::{Content, Fields, Place};
use duban_core::document::field::{Kind, Part, document_type};
use duban_core::document::validate;
use duban_core::id::{CampaignId, CommandId, DocumentId, UnitId, Version};
use duban_core::org::{Role, UnitKind};
use duban_core::workflow::Act;
use duban_service::clock::ManualClock;
use duban_service::command::Request;
use duban_service::foundation::{DemoPerson, Foundation, NewUnit};
use duban_service::{Caller, Service};
use duban_store::{Connection, Store};
use std::sync::Arc;

/// The password of everybody.
pub const PASSWORD: &str = "District-2026";

/// The district.
pub struct District {
    /// All use cases.
    pub service: Service,
    /// The clock, at 2026-01-05 09:00 in Shanghai to begin with.
    pub clock: Arc<ManualClock>,
    /// The campaign.
    pub campaign: CampaignId,
}

/// Names of the units with their kinds; the people of a unit sign in as `<role>.<number of the unit>`.
const UNITS: [(&str, UnitKind); 7] = [
    ("区统筹局", UnitKind::Department),
    ("区教育局", UnitKind::Department),
    ("区人社局", UnitKind::Department),
    ("某海关", UnitKind::Vertical),
    ("区政府办公室", UnitKind::Government),
    ("区领导", UnitKind::Government),
    ("区督查室", UnitKind::Government),
];

impl District {
    /// Builds the district in the database at `url`, which is empty.
    pub async fn build(url: &str) -> Self {
        let store = Store::connect(url).await.expect("connect");
        duban_migrations::run(store.schema()).await.expect("migrate");
        let now: DateTime<Utc> = "2026-01-05T01:00:00Z".parse().expect("instant");
        let clock = Arc::new(ManualClock::new(now));
        let definitions = duban_workflows::Registry::shipped().expect("definitions");
        let service = Service::new(store, clock.clone(), definitions);
        let from = "2025-01-01".parse().expect("date");
        let units = UNITS.map(|(name, kind)| NewUnit {
            name: name.to_owned(),
            kind,
            aliases: Vec::new(),
            valid_from: from,
            valid_until: None,
        });
        let foundation = Foundation {
            units: units.into(),
            from,
            ..Foundation::default()
        };
        service.lay_foundation(&foundation).await.expect("units");
        service.populate_demo(&people(), PASSWORD, from).await.expect("people");
        let campaign = open_campaign(service.store()).await;
        // Tests here count the mails of papers; what those who steer hear besides has tests of its own.
        let paused = serde_json::json!(["calendar-gap", "campaign-due"]);
        let tx = service.store().write().await.expect("write");
        let set = duban_store::setting::set(&*tx, "reminders.paused", paused).await;
        set.expect("paused");
        tx.commit().await.expect("commit");
        Self {
            service,
            clock,
            campaign,
        }
    }

    /// The person who signs in with this name, as they are now.
    pub async fn person(&self, username: &str) -> Caller {
        let found = self.service.impersonate_locally(username).await;
        found.unwrap_or_else(|error| panic!("{username}: {error}"))
    }

    /// A plan of this unit (by its number), made by its drafter and filled in so that it may be submitted.
    pub async fn filled_plan(&self, unit: i64) -> DocumentId {
        let drafter = self.person(&format!("drafter.{unit}")).await;
        let id = self
            .service
            .new_plan(&drafter, self.campaign, UnitId(unit))
            .await
            .expect("new plan");
        let (case, frame) = self.service.open_document(&drafter, id).await.expect("open");
        let working = self.service.working(&drafter, &case, &frame).await;
        let body = working.expect("read").expect("own");
        let content = filled("annual_plan", body.content);
        self.service
            .save_content(&drafter, id, body.edit_version, content)
            .await
            .expect("save");
        id
    }

    /// The version of a document's instance; 0 when there is no such document.
    pub async fn version(&self, id: DocumentId) -> Version {
        let found = duban_store::instance::find(self.service.store().read(), id).await;
        found.expect("read").map_or(Version(0), |instance| instance.version)
    }

    /// Lets somebody act on a document as it is now.
    pub async fn act(&self, username: &str, id: DocumentId, act: Act) -> duban_service::Result<String> {
        let caller = self.person(username).await;
        let request = Request {
            id: CommandId(uuid::Uuid::new_v4()),
            expected: self.version(id).await,
            seat: None,
            act,
        };
        self.service
            .command(&caller, id, request)
            .await
            .map(|outcome| outcome.stage)
    }
}

/// Agreement without a note.
pub fn approve() -> Act {
    Act::Approve { note: String::new() }
}

/// Submission without a note.
pub fn submit() -> Act {
    Act::Submit { note: String::new() }
}

/// A return with a reason, to the usual stage.
pub fn send_back() -> Act {
    Act::Return {
        to: None,
        reason: "请补充季度安排".to_owned(),
        marks: Vec::new(),
    }
}

fn people() -> Vec<DemoPerson> {
    let mut people = Vec::new();
    let mut add = |unit: usize, suffix: &str, role: Role| {
        let code = role.code();
        people.push(DemoPerson {
            username: format!("{code}.{}{suffix}", unit + 1),
            name: format!("{}{code}{suffix}", UNITS[unit].0),
            email: format!("{code}.{}{suffix}@district.example", unit + 1),
            posts: vec![(UNITS[unit].0.to_owned(), role)],
        });
    };
    for unit in 0..4 {
        for role in [Role::Drafter, Role::Deputy, Role::Head, Role::Cosigner] {
            add(unit, "", role);
        }
    }
    add(0, "a", Role::Coordinator);
    add(0, "b", Role::Coordinator);
    add(4, "", Role::Office);
    add(5, "", Role::Leader);
    add(6, "", Role::Inspector);
    add(6, "", Role::Observer);
    add(4, "", Role::Sysadmin);
    add(4, "", Role::Secadmin);
    add(4, "", Role::Auditor);
    people
}

/// A notice with three tasks, written straight into the tables: reading notices has tests of its own.
async fn open_campaign(store: &Store) -> CampaignId {
    let at = "'2026-01-02 00:00:00+00:00'";
    let mut statements = vec![format!(
        "INSERT INTO notice (title, text, hash, imported_by, imported_at) VALUES ('年度行动方案', '', 'h', 1, {at})"
    )];
    // (task, [(unit, role)]): the coordinator leads one, the school office leads one, all share the third.
    let tasks: [(&str, &[(i64, &str)]); 3] = [
        ("完善统筹机制", &[(1, "lead"), (2, "support")]),
        ("提升办学质量", &[(2, "lead"), (3, "support")]),
        ("便利通关服务", &[(4, "lead"), (1, "support"), (3, "support")]),
    ];
    for (index, (title, parts)) in tasks.iter().enumerate() {
        let number = index + 1;
        statements.push(format!(
            "INSERT INTO task (notice_id, number, section, title, text) VALUES (1, {number}, '一', '{title}', '{title}')"
        ));
        for (position, (unit, role)) in parts.iter().enumerate() {
            let leads = *role == "lead";
            statements.push(format!(
                "INSERT INTO assignment (task_id, unit_id, role, confirmed_lead, position) \
                 VALUES ({number}, {unit}, '{role}', {leads}, {position})"
            ));
        }
    }
    statements.push(format!(
        "INSERT INTO campaign (notice_id, year, title, coordinator_unit, office_unit, leadership_unit, inspection_unit, \
         plan_due, opened_by, opened_at) VALUES (1, 2026, '年度部署', 1, 5, 6, 7, '2026-03-20', 1, {at})"
    ));
    for statement in statements {
        let done = store.schema().execute_unprepared(&statement).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    CampaignId(1)
}

/// The content with something plausible in every field that keeps it from being submitted.
pub fn filled(kind: &str, mut content: Content) -> Content {
    let kind = document_type(kind).expect("document type");
    for line in &mut content.lines {
        line.fields
            .entry("due_on".to_owned())
            .or_insert_with(|| "2026-11-30".to_owned());
    }
    for _ in 0..8 {
        let problems = validate::content(kind, &content, &kind.groups());
        if problems.is_empty() {
            break;
        }
        for problem in problems {
            let Some(key) = problem.place.field.clone() else {
                continue;
            };
            let part = match (problem.place.line, problem.place.item) {
                (None, _) => Part::Head,
                (Some(_), None) => Part::Line,
                (Some(_), Some(_)) => Part::Item,
            };
            let Some(spec) = kind.field(part, &key) else { continue };
            let text = match &spec.kind {
                Kind::Text | Kind::LongText => "按季度推进，年底前完成".to_owned(),
                Kind::Date => "2026-11-30".to_owned(),
                Kind::Decimal => "100".to_owned(),
                Kind::Choice(options) => options.first().cloned().unwrap_or_default(),
                Kind::Integer => "1".to_owned(),
                Kind::YesNo => "yes".to_owned(),
                Kind::Unit => "区政府办公室".to_owned(),
                Kind::Person => "张三".to_owned(),
                Kind::Contact => "022-12345678".to_owned(),
            };
            if let Some(fields) = fields_at(&mut content, &problem.place) {
                fields.insert(key, text);
            }
        }
    }
    content
}

fn fields_at<'a>(content: &'a mut Content, place: &Place) -> Option<&'a mut Fields> {
    let Some(line) = place.line else {
        return Some(&mut content.head);
    };
    let line = content.lines.iter_mut().find(|candidate| candidate.id == line)?;
    match place.item {
        None => Some(&mut line.fields),
        Some(item) => line
            .items
            .iter_mut()
            .find(|candidate| candidate.id == item)
            .map(|item| &mut item.fields),
    }
}
