//! From a notice to a running campaign, through the service on a real database file.

use chrono::{DateTime, Utc};
use duban_core::id::{CommandId, UnitId};
use duban_core::notice;
use duban_core::org::Role;
use duban_service::campaign::State;
use duban_service::clock::ManualClock;
use duban_service::notice::{Import, NewCampaign, Reading, Resolution, Target};
use duban_service::{Caller, Error, Service};
use duban_store::Store;
use duban_workflows::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The folder beside the repository with the real notice.
fn shared() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("DUBAN_SHARED") {
        return Some(PathBuf::from(named)).filter(|p| p.join("notice").is_dir());
    }
    let start = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    start
        .ancestors()
        .map(|a| a.join("shared"))
        .find(|p| p.join("notice").is_dir())
}

struct Ground {
    service: Service,
    office: Caller,
    _folder: tempfile::TempDir,
}

/// Base units and the people of the demo district, and nothing else.
async fn ground() -> Ground {
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite://{}/d.db", folder.path().display());
    let store = Store::connect(&url).await.expect("connect");
    duban_migrations::run(store.schema()).await.expect("schema");
    let at: DateTime<Utc> = "2026-01-05T01:00:00Z".parse().expect("instant");
    let clock = Arc::new(ManualClock::new(at));
    let service = Service::new(store, clock, Registry::shipped().expect("definitions"));
    duban_seeds::base::load(&service).await.expect("units");
    duban_seeds::demo::load_people(&service).await.expect("people");
    let office = service.impersonate_locally("office").await.expect("office");
    Ground {
        service,
        office,
        _folder: folder,
    }
}

fn unit(reading: &Reading, name: &str) -> UnitId {
    reading
        .units
        .values()
        .find(|unit| unit.is_called(name))
        .unwrap_or_else(|| panic!("no unit {name}"))
        .id
}

/// What a person confirms who finds nothing to change: every match as found, the first named leads.
fn import(text: &str, reading: &Reading) -> Import {
    let names = reading.names.iter().filter_map(|found| {
        let target = found.matched?;
        let means = Resolution::Means {
            target,
            remember: false,
        };
        Some((found.name.clone(), means))
    });
    let leads = reading.notice.tasks.iter().enumerate().filter_map(|(at, task)| {
        let stated = task.units.iter().find(|unit| unit.role == notice::Role::Lead);
        let first = stated.or_else(|| task.units.iter().find(|unit| unit.first && !unit.collective));
        first.map(|unit| (at, unit.name.clone()))
    });
    Import {
        due: BTreeMap::new(),
        values: BTreeMap::new(),
        called: BTreeMap::new(),
        text: text.to_owned(),
        title: reading.notice.title.clone().unwrap_or_else(|| "无题".to_owned()),
        issuer: reading.notice.issuer.clone(),
        number: reading.notice.doc_number.clone(),
        dated: reading.notice.issued_on,
        names: names.collect(),
        leads: leads.collect(),
        indicators: (0..reading.notice.indicators.len()).collect(),
        campaign: NewCampaign {
            year: 2026,
            title: "2026年度部署".to_owned(),
            plan_title: "{unit}{year}年度工作计划".to_owned(),
            coordinator: unit(reading, "区市场监管局"),
            office: unit(reading, "区政府办公室"),
            leadership: unit(reading, "区政府领导"),
            inspection: unit(reading, "区政府督查室"),
            plan_due: "2026-02-10".parse().expect("date"),
        },
    }
}

fn command() -> CommandId {
    CommandId(uuid::Uuid::now_v7())
}

/// A small notice of our own about units of the base seeds.
const SMALL: &str = "关于印发《清洁取暖工作方案》的通知\n区政府办公室\n2025年12月1日\n\n一、任务\n\
    1.改造供热管网。到2026年，改造管网12公里。（区住房建设委牵头，区财政局配合）\n\
    2.保障用煤质量。抽检合格率达到98%。（区市场监管局、区工信局和各街镇园区等按职责分工负责）\n\
    3.做好宣传。（区煤改电办、区民政局负责）\n";

#[tokio::test]
async fn the_real_notice_opens_a_campaign_for_fifty_four_units() {
    let Some(folder) = shared() else {
        let told = "the real notice is not here: set DUBAN_SHARED, or put the folder `shared` beside the repository";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{told}");
        eprintln!("skipped: {told}");
        return;
    };
    let text = std::fs::read_to_string(folder.join("notice/baodi-quality-2025.txt")).expect("the notice");
    let ground = ground().await;
    let reading = ground.service.read_notice(&ground.office, &text).await.expect("read");
    assert_eq!(reading.names.len(), 29, "28 units and a collective");
    let unknown: Vec<_> = reading.names.iter().filter(|n| n.matched.is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");

    let started = std::time::Instant::now();
    let id = ground
        .service
        .open_campaign(&ground.office, command(), import(&text, &reading))
        .await
        .expect("opened");
    eprintln!("opening took {:?}", started.elapsed());
    let board = ground.service.campaign_board(&ground.office, id).await.expect("board");
    assert_eq!(board.units.len(), 54);
    assert_eq!(board.units.iter().filter(|row| row.via.is_some()).count(), 26);
    assert_eq!(board.tasks.len(), 26);
    assert!(
        board
            .units
            .iter()
            .all(|row| row.state == State::NotStarted && row.document.is_some())
    );
    assert!(board.units.iter().all(|row| row.tasks > 0 && row.covered == 0));
    assert!(board.tasks.iter().all(|task| task.lead.is_some() && task.covered == 0));
    assert_eq!(board.tasks[0].lead.as_deref(), Some("区教育局"));

    // Its drafter finds a plan that is filled in: tasks, partners, figures.
    let drafter = ground.service.impersonate_locally("drafter").await.expect("drafter");
    let row = board
        .units
        .iter()
        .find(|row| row.name == "区工业和信息化局")
        .expect("a row");
    let (case, frame) = ground
        .service
        .open_document(&drafter, row.document.expect("a plan"))
        .await
        .expect("readable");
    let body = ground
        .service
        .working(&drafter, &case, &frame)
        .await
        .expect("body")
        .expect("body");
    assert_eq!(body.content.lines.len(), row.tasks);
    assert_eq!(body.edit_version, 1, "nobody has written in it");
    assert!(case.authors.is_empty(), "a campaign is nobody's draft");
    assert!(body.content.lines.iter().all(|line| line.source.is_some()));
    assert!(
        row.holders
            .iter()
            .any(|holder| holder.role == Role::Drafter && !holder.people.is_empty())
    );

    let state = ground.service.verify_audit().await.expect("audit");
    assert!(state.fault.is_none() && state.records > 54);
}

#[tokio::test]
async fn the_same_command_opens_once_and_another_over_the_same_text_is_refused() {
    let ground = ground().await;
    let service = &ground.service;
    let reading = service.read_notice(&ground.office, SMALL).await.expect("read");
    let mut import = import(SMALL, &reading);
    import.names.insert(
        "区煤改电办".to_owned(),
        Resolution::LeftOut {
            reason: "已撤销".to_owned(),
        },
    );
    // Whoever is left out leads nothing.
    import.leads.remove(&2);
    let once = command();
    let first = service
        .open_campaign(&ground.office, once, import.clone())
        .await
        .expect("opened");
    let again = service
        .open_campaign(&ground.office, once, import.clone())
        .await
        .expect("same");
    assert_eq!(first, again);
    let mut other = import.clone();
    other.campaign.year = 2027;
    let reused = service.open_campaign(&ground.office, once, other).await;
    assert!(matches!(reused, Err(Error::Refused(why)) if why.code() == "command_reused"));
    let twice = service.open_campaign(&ground.office, command(), import).await;
    assert!(matches!(twice, Err(Error::Refused(why)) if why.code() == "campaign_exists"));
    assert_eq!(
        service.campaigns(&ground.office, None, 10).await.expect("list").len(),
        1
    );

    let board = service.campaign_board(&ground.office, first).await.expect("board");
    let lead = |number| {
        board
            .tasks
            .iter()
            .find(|t| t.number == number)
            .and_then(|t| t.lead.clone())
    };
    assert_eq!(lead(1).as_deref(), Some("区住房建设委"));
    assert_eq!(lead(3), None, "the unit left out was the proposed lead");
    // Named by an alias, and as a member of the roster only once.
    let view = service
        .task_view(&ground.office, board.tasks[1].id)
        .await
        .expect("task");
    let units: BTreeSet<_> = view.parts.iter().map(|part| part.row.unit).collect();
    assert_eq!(units.len(), view.parts.len());
    assert!(view.parts.iter().any(|part| part.row.name == "区工业和信息化局"));
    assert_eq!(view.parts.len(), 28);
    let figures: Vec<_> = view
        .figures
        .iter()
        .map(|f| (f.value.as_str(), f.measure.as_str()))
        .collect();
    assert_eq!(figures, [("98", "%")]);
}

#[tokio::test]
async fn nothing_is_written_while_a_name_is_open_or_a_field_is_wrong() {
    let ground = ground().await;
    let service = &ground.service;
    let reading = service.read_notice(&ground.office, SMALL).await.expect("read");
    let open = reading
        .names
        .iter()
        .position(|n| n.name == "区煤改电办")
        .expect("found");
    assert!(reading.names[open].matched.is_none());
    let mut wrong = import(SMALL, &reading);
    wrong.campaign.plan_due = "2025-01-01".parse().expect("date");
    wrong.leads.insert(0, "区体育局".to_owned());
    let Err(Error::Invalid(problems)) = service.open_campaign(&ground.office, command(), wrong).await else {
        panic!("taken")
    };
    let fields: BTreeSet<_> = problems.iter().map(|p| p.field.as_str()).collect();
    assert_eq!(
        fields,
        BTreeSet::from([format!("name-{open}").as_str(), "plan_due", "lead-0"])
    );
    assert!(
        service
            .campaigns(&ground.office, None, 10)
            .await
            .expect("list")
            .is_empty()
    );

    // The name is taken as another name of a unit, and is known from then on.
    let mut right = import(SMALL, &reading);
    let target = Target::Unit(unit(&reading, "区发展改革委"));
    right
        .names
        .insert("区煤改电办".to_owned(), Resolution::Means { target, remember: true });
    service
        .open_campaign(&ground.office, command(), right)
        .await
        .expect("opened");
    let reading = service.read_notice(&ground.office, SMALL).await.expect("read");
    assert_eq!(reading.names[open].matched, Some(target));
    assert!(reading.opened.is_some());
}

#[tokio::test]
async fn only_the_office_registers_notices() {
    let ground = ground().await;
    for username in ["drafter", "coordinator", "sysadmin", "leader", "observer"] {
        let caller = ground.service.impersonate_locally(username).await.expect("person");
        let read = ground.service.read_notice(&caller, SMALL).await;
        assert!(matches!(read, Err(Error::Forbidden(_))), "{username}");
    }
    let reading = ground.service.read_notice(&ground.office, SMALL).await.expect("read");
    let coordinator = ground.service.impersonate_locally("coordinator").await.expect("person");
    let opened = ground
        .service
        .open_campaign(&coordinator, command(), import(SMALL, &reading))
        .await;
    assert!(matches!(opened, Err(Error::Forbidden(_))));
}
