//! The whole year on the real notice: imported through the page, planned, reviewed, approved, rectified.

use super::play::Play;
use duban_tests::visitor::{Form, Page, Visitor};
use fantoccini::Locator;

/// A unit that leads one task and helps with two: short enough to be typed by hand.
const UNIT: &str = "区教育局";
/// The unit that coordinates.
const COORDINATOR: &str = "区市场监管局";

#[tokio::test]
async fn a_whole_year_with_scripts() {
    whole_year(true).await;
}

#[tokio::test]
async fn a_whole_year_without_scripts() {
    whole_year(false).await;
}

async fn whole_year(scripts: bool) {
    let Some(notice) = duban_tests::world::shared("notice/baodi-quality-2025.txt") else {
        return;
    };
    let play = Play::begin("2026-01-05T09:00:00+08:00", scripts).await;
    super::notice::import(&play, &notice).await;
    plan_of_a_unit(&play).await;
    plan_of_the_coordinator(&play).await;
    super::rectification::of_a_finding(&play).await;
    play.end().await;
}

/// Draft → deputy → 会签 → head → two coordinators → office → leader, with one return and direct resubmission.
async fn plan_of_a_unit(play: &Play) {
    let paper = play.open("jiaoyu-drafter", UNIT).await;
    assert_eq!(
        task_rows(play).await,
        4,
        "three tasks and the head: {}",
        play.browser.text().await
    );
    fill_whole_plan(play, &paper).await;
    play.submit(&paper).await;

    // It is theirs no more: they see no decision but to take it back.
    play.browser.goto(&paper).await;
    assert!(
        !play.browser.has("#form-approve").await,
        "a drafter may not approve their own plan"
    );
    assert!(
        play.browser.has("#form-withdraw").await,
        "{}",
        play.browser.text().await
    );
    let drafter = play.world.visitor("jiaoyu-drafter").await;
    forced_approval_is_forbidden(&drafter, &paper).await;
    let stranger = play.world.visitor("tiyu-drafter").await;
    assert_eq!(
        stranger.get(&paper).await.status,
        404,
        "a unit without a part in it sees nothing"
    );

    play.approve("jiaoyu-deputy", UNIT).await;
    for unit in ["fagai", "gongxin", "shijian"] {
        play.approve(&format!("{unit}-cosigner"), UNIT).await;
    }
    play.approve("cosigner", UNIT).await;
    assert!(!play.waits_for("head", UNIT).await, "one unit has not answered yet");
    // The last unit stays silent until the time limit: five working days.
    play.world.set_clock("2026-01-13T08:30:00+08:00");
    play.browser.sign_in("jiaoyu-head").await;
    play.until_it_says(&paper, "签发").await;
    play.approve("jiaoyu-head", UNIT).await;

    // One of two agrees, the other returns; the plan comes straight back to both.
    play.approve("coordinator", UNIT).await;
    assert!(!play.waits_for("coordinator", UNIT).await, "one person has one voice");
    play.open("coordinator2", UNIT).await;
    play.decide("return", "第一项任务缺少分季度安排，请补充。").await;
    play.open("jiaoyu-drafter", UNIT).await;
    assert!(
        play.browser.text().await.contains("缺少分季度安排"),
        "{}",
        play.browser.text().await
    );
    play.browser.goto(&format!("{paper}/lines/1")).await;
    play.browser
        .fill("textarea[name=q1]", "一季度完成摸底调研，形成任务清单。")
        .await;
    play.browser.press("form.editor button.button[value=list]").await;
    play.submit(&paper).await;
    for coordinator in ["coordinator", "coordinator2"] {
        play.open(coordinator, UNIT).await;
        assert!(
            play.browser.has("ins").await,
            "what changed is shown: {}",
            play.browser.text().await
        );
        play.decide("approve", "").await;
    }
    play.approve("office", UNIT).await;
    play.approve("leader", UNIT).await;
    assert!(
        play.browser.text().await.contains("已批准"),
        "{}",
        play.browser.text().await
    );
}

/// The coordinator's own plan is reviewed by the office instead.
async fn plan_of_the_coordinator(play: &Play) {
    let paper = play.open("shijian-drafter", COORDINATOR).await;
    // A plan of two dozen lines: the lines are filled in over plain HTTP, the decisions made in the browser.
    let drafter = play.world.visitor("shijian-drafter").await;
    fill_over_http(&drafter, &paper).await;
    play.submit(&paper).await;
    play.approve("shijian-deputy", COORDINATOR).await;
    play.approve("cosigner", COORDINATOR).await;
    play.world.set_clock("2026-01-27T08:30:00+08:00");
    play.browser.sign_in("shijian-head").await;
    play.until_it_says(&paper, "签发").await;
    play.approve("shijian-head", COORDINATOR).await;
    for coordinator in ["coordinator", "coordinator2", "coordinator3"] {
        assert!(
            !play.waits_for(coordinator, COORDINATOR).await,
            "{coordinator} is of the plan's own unit"
        );
    }
    play.approve("office", COORDINATOR).await;
    play.approve("leader", COORDINATOR).await;
    assert!(
        play.browser.text().await.contains("已批准"),
        "{}",
        play.browser.text().await
    );
}

async fn task_rows(play: &Play) -> usize {
    let rows = play.browser.client.find_all(Locator::Css(".task-list-item")).await;
    rows.expect("rows").len()
}

async fn fill_whole_plan(play: &Play, paper: &str) {
    play.browser.goto(paper).await;
    let links = play
        .browser
        .client
        .find_all(Locator::Css(".task-list-title a"))
        .await
        .expect("links");
    let mut pages = Vec::new();
    for link in links {
        pages.push(link.attr("href").await.expect("an attribute").expect("an address"));
    }
    for page in pages {
        play.browser.goto(&page).await;
        play.fill_in("1000").await;
        play.browser.press("form.editor button.button[value=list]").await;
        assert!(
            !play.browser.has(".error-summary").await,
            "{page}: {}",
            play.browser.text().await
        );
    }
}

/// What a page does not offer, the engine refuses when it is sent all the same.
async fn forced_approval_is_forbidden(drafter: &Visitor, paper: &str) {
    let page = drafter.get(paper).await;
    let mut form: Form = page.form("/withdrawal");
    form.action = form.action.replace("withdrawal", "approval");
    let answer: Page = drafter.send(form).await;
    assert_eq!(answer.status, 403, "{}", answer.text());
}

async fn fill_over_http(drafter: &Visitor, paper: &str) {
    let list = drafter.get(paper).await;
    let mut pages = list.links(&format!("{paper}/lines/"));
    pages.push(format!("{paper}/head"));
    pages.dedup();
    for path in pages {
        let mut form = drafter.get(&path).await.form(&path);
        for (name, value) in &mut form.fields {
            let key = name.rsplit('-').next().unwrap_or_default();
            if value.trim().is_empty() {
                *value = match key {
                    "due_on" | "reason" => "",
                    "dealt_on" => "2026-01-12",
                    "rhythm" => "quarterly",
                    "base" | "target" => "100",
                    "contact" => "022-12345678",
                    _ => "按季度组织推进，年底前完成。",
                }
                .to_owned();
            }
        }
        let answer = drafter.send(form.with("do", "list")).await;
        assert!(
            answer.status.is_success(),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
    }
}
