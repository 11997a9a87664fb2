//! The notice of a running campaign comes in a second version: what it changes is shown, what it does to plans too, and
//! nothing happens before the confirmation.

use duban_tests::visitor::{Page, Visitor};
use duban_tests::world::{World, root};
use reqwest::StatusCode;

const AT: &str = "2026-03-02T09:00:00+08:00";
/// A task in which the drafter's unit has a part and has written, and one in which it has not.
const WRITTEN: &str = "提升企业质量管理水平";
const UNTOUCHED: &str = "塑造知名质量品牌";
const NEW: &str = "建立质量监测站点";

fn demo_notice() -> String {
    std::fs::read_to_string(root().join("seeds/demo/notice.txt")).expect("the demo's notice")
}

/// Two tasks dropped, one added, a unit taken out of another, a figure raised.
fn second_version() -> String {
    let text = demo_notice();
    let raised = text
        .replace("280家", "300家")
        .replace("区教育局、区科技局、", "区教育局、");
    assert_ne!(raised, text);
    let kept = raised
        .lines()
        .filter(|line| !line.contains(&format!("{WRITTEN}。")) && !line.contains(&format!("{UNTOUCHED}。")));
    let added = format!(
        "99.{NEW}。布设质量监测站点，到2026年底前建成站点30个。（区市场监管局、区工业和信息化局、区体育局按职责分工负责）"
    );
    let mut lines: Vec<&str> = kept.collect();
    let at = lines
        .iter()
        .position(|line| line.contains("培育质量卓越产业集群"))
        .expect("a task");
    lines.insert(at, &added);
    lines.join("\n")
}

async fn read(office: &Visitor, text: &str) -> Page {
    let start = office
        .get("/campaigns/1/amendment")
        .await
        .form("/campaigns/1/amendment/reading");
    let page = office.send(start.with("text", text)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page
}

async fn plan_of(visitor: &Visitor) -> String {
    let links = visitor.get("/inbox").await.links("/documents/");
    let plan = links
        .iter()
        .find(|link| link.split('/').count() == 3 && !link.contains("new"));
    plan.unwrap_or_else(|| panic!("{links:?}")).clone()
}

/// The same command sent again changes nothing; a page from before is compared anew; the same text is no amendment.
#[tokio::test]
async fn a_second_version_is_shown_and_taken_over_and_plans_lose_nothing() {
    let world = World::demo(AT).await;
    let office = world.visitor("office").await;
    let drafter = world.visitor("drafter").await;
    let plan = plan_of(&drafter).await;
    let before = drafter.get(&plan).await;
    assert!(before.says(WRITTEN) && before.says(UNTOUCHED) && !before.says(NEW));
    let seal = async || {
        let page = office.get("/documents/2/revisions/2").await.text();
        let (_, rest) = page.split_once("内容校验值 ").expect("a seal");
        (rest[..64].to_owned(), page.contains("指标 3/3"))
    };
    let (sealed, _) = seal().await;

    // What is in force changes nothing.
    let same = read(&office, &demo_notice()).await;
    assert!(same.says("任务没有变化"), "{}", same.text());
    let refused = office.send(same.form("/campaigns/1/amendment")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.says("与现行版本没有区别"), "{}", refused.text());

    // What changes stands there, with what becomes of plans; nothing is written.
    let page = read(&office, &second_version()).await;
    for words in [
        "新增 99. 建立质量监测站点",
        "取消 18.",
        "取消 19.",
        "区科技局：共同负责 → 不承担",
        "不低于 300家",
    ] {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    assert!(
        page.says("填写中的计划随之更新") && page.says("已定的计划不改动"),
        "{}",
        page.text()
    );
    assert!(!drafter.get(&plan).await.says(NEW), "nothing before the confirmation");
    let late = read(&office, &second_version().replace("30个", "40个")).await;

    let form = page.form("/campaigns/1/amendment");
    let done = office.send(form.clone()).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert!(
        done.says("已采用新版本") && done.says("文件有 2 个版本"),
        "{}",
        done.text()
    );
    let again = office.send(form).await;
    assert!(
        again.says("文件有 2 个版本"),
        "the same command again: {}",
        again.text()
    );

    // The plan in the making follows: the new task is there, the untouched one is gone, what was written stays.
    let after = drafter.get(&plan).await;
    assert!(after.says(NEW) && !after.says(UNTOUCHED), "{}", after.text());
    assert!(
        after.says(WRITTEN),
        "what was written is the unit's own now: {}",
        after.text()
    );
    assert_eq!(
        seal().await,
        (sealed, false),
        "a final plan is not changed, and shows that it falls short of the new figure"
    );
    for (username, words) in [
        ("drafter", "所依据的文件有新版本"),
        ("jiaoyu-drafter", "所依据的文件有新版本"),
    ] {
        let alerts = world.visitor(username).await.get("/alerts").await;
        assert_eq!(alerts.text().matches(words).count(), 1, "{username}: {}", alerts.text());
    }

    // The graph knows who had which part until when.
    let now = office.get("/graph").await;
    assert!(now.says(NEW) && !now.says(UNTOUCHED), "{}", now.text());
    let then = office.get("/graph?on=2026-03-01").await;
    assert!(!then.says(NEW) && then.says(UNTOUCHED), "{}", then.text());

    // Both versions are kept, with what the second changed.
    let second = drafter.get("/campaigns/1/versions/2").await;
    assert!(second.says("取消 19. 塑造知名质量品牌"), "{}", second.text());
    let first = drafter.get("/campaigns/1/versions/1").await;
    assert!(
        first.says("最初导入的版本") && first.says(UNTOUCHED),
        "{}",
        first.text()
    );
    assert_eq!(
        drafter.get("/campaigns/1/versions/3").await.status,
        StatusCode::NOT_FOUND
    );

    // A page from before the confirmation does not overwrite it: it comes back compared with what is in force.
    let stale = office.send(late.form("/campaigns/1/amendment")).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.says("其他人刚刚采用了另一个新版本"), "{}", stale.text());
    assert!(stale.says("等于 40个") && !stale.says("取消 19."), "{}", stale.text());
    let third = office.send(stale.form("/campaigns/1/amendment")).await;
    assert!(third.says("文件有 3 个版本"), "{}", third.text());
}
