//! A notice names a body that nobody knows yet: it becomes a unit with the confirmation, and with nothing else.

use duban_tests::visitor::Form;
use duban_tests::world::World;
use reqwest::StatusCode;

const NOTICE: &str = "关于印发《清洁取暖工作方案》的通知\n区政府办公室\n2025年12月1日\n\n一、任务\n\
    1.改造供热管网。到2026年，改造管网12公里。（区住房建设委牵头，区财政局配合）\n\
    2.做好宣传。（区煤改电办、区民政局负责）\n";

/// The field of the one name that is still open.
fn open_name(form: &Form) -> String {
    let mut open = form
        .fields
        .iter()
        .filter(|(name, value)| name.starts_with("name-") && value.is_empty());
    let (name, _) = open.next().expect("an open name");
    assert!(open.next().is_none(), "one name is open");
    name.clone()
}

#[tokio::test]
async fn a_name_that_no_unit_goes_by_becomes_a_unit_with_the_confirmation() {
    let world = World::demo("2026-01-05T09:00:00+08:00").await;
    let office = world.visitor("office").await;
    let start = office.get("/admin/notices/new").await.form("/admin/notices/new");
    let page = office.send(start.with("text", NOTICE)).await;
    let form = page.form("/admin/notices");
    let open = open_name(&form);
    let (unit, kind) = (open.replace("name-", "unit-"), open.replace("name-", "kind-"));
    assert_eq!(form.value(&unit), "区煤改电办", "its name is proposed");

    // A name that is taken is no new unit; everything typed is still there, and nothing was made.
    let form = form.with(&open, "new").with(&kind, "peoples_organisation");
    let taken = office.send(form.with(&unit, "区财政局")).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", taken.text());
    let form = taken.form("/admin/notices");
    assert_eq!((form.value(&open), form.value(&unit)), ("new", "区财政局"));
    let sysadmin = world.visitor("sysadmin").await;
    assert!(!sysadmin.get("/admin/people?part=units").await.says("煤改电"));

    let form = form.with(&unit, "区煤改电工作办公室");
    let opened = office.send(form.clone()).await;
    assert!(opened.path.starts_with("/campaigns/"), "{}", opened.text());
    assert!(opened.says("区煤改电工作办公室"), "it owes a plan: {}", opened.text());
    let again = office.send(form).await;
    assert_eq!(again.path, opened.path, "sent twice, done once");
    let units = sysadmin.get("/admin/people?part=units").await;
    assert!(
        units.says("区煤改电工作办公室") && units.says("区煤改电办"),
        "{}",
        units.text()
    );
    let alerts = sysadmin.get("/alerts").await.text();
    assert_eq!(
        alerts.matches("文件提到的区煤改电工作办公室已新建为单位").count(),
        1,
        "{alerts}"
    );

    // The next notice knows it; its amendment may name another one.
    let campaign = opened.path.split('?').next().unwrap_or_default().to_owned();
    let start = office
        .get(&format!("{campaign}/amendment"))
        .await
        .form("/amendment/reading");
    let second = NOTICE.replace("区民政局负责", "区民政局、区热源保障中心负责");
    let page = office.send(start.with("text", &second)).await;
    let form = page.form(&format!("{campaign}/amendment"));
    let open = open_name(&form);
    // What it gets is shown before it is there.
    let mut again = form.clone().with(&open, "new");
    again.action = format!("{campaign}/amendment/comparison");
    let compared = office.send(again).await;
    assert!(
        compared.says("区热源保障中心") && compared.says("新单位") && compared.says("新建计划"),
        "{}",
        compared.text()
    );
    let amended = office.send(form.with(&open, "new")).await;
    assert_eq!(amended.status, StatusCode::OK, "{}", amended.text());
    assert!(
        amended.says("区热源保障中心") && amended.says("文件有 2 个版本"),
        "{}",
        amended.text()
    );
}
