//! From a finding to its closed rectification, verified by people of other units.

use super::play::Play;

const UNIT: &str = "区教育局";
const REPORT: &str = "校园食品安全问题整改报告";

/// The inspector raises a finding and hands it over; the unit plans, rectifies and applies; inspector and coordinator
/// verify, the office closes; after the look-back it is confirmed.
pub async fn of_a_finding(play: &Play) {
    raise_and_hand_over(play).await;

    let paper = play.open("jiaoyu-drafter", REPORT).await;
    play.decide("submit", "").await;
    fill(play, &paper).await;
    play.submit(&paper).await;
    play.approve("jiaoyu-deputy", REPORT).await;
    play.approve("coordinator", REPORT).await;

    play.open("jiaoyu-drafter", REPORT).await;
    fill(play, &paper).await;
    play.submit(&paper).await;
    play.approve("jiaoyu-head", REPORT).await;

    // Whoever did it, and whoever belongs to the unit, cannot verify it.
    for who in ["jiaoyu-drafter", "jiaoyu-deputy", "jiaoyu-head"] {
        assert!(
            !play.waits_for(who, REPORT).await,
            "{who} is of the unit that rectified"
        );
        play.browser.goto(&paper).await;
        assert!(!play.browser.has("#form-approve").await, "{who} may not verify");
    }
    play.approve("inspector", REPORT).await;
    play.approve("coordinator2", REPORT).await;
    play.approve("office", REPORT).await;
    play.browser.goto("/findings").await;
    assert!(
        play.browser.text().await.contains("已销号"),
        "{}",
        play.browser.text().await
    );

    // Twenty working days later the supervision office looks again.
    play.world.set_clock("2026-03-12T09:00:00+08:00");
    play.approve("inspector2", REPORT).await;
    assert!(
        play.browser.text().await.contains("已确认"),
        "{}",
        play.browser.text().await
    );
}

async fn raise_and_hand_over(play: &Play) {
    let browser = &play.browser;
    browser.sign_in("inspector").await;
    browser.goto("/findings/new").await;
    let unit = browser.find("select[name=unit]").await;
    unit.select_by_label(UNIT).await.expect("the unit is offered");
    browser
        .fill("textarea[name=description]", "两所学校食堂未按规定留样。")
        .await;
    browser.fill("input[name=source]", "监督抽查").await;
    browser.fill("input[name=class]", "食品安全").await;
    browser.click("input[name=severity]").await;
    browser.fill("textarea[name=basis]", "2026年1月校园食品安全检查").await;
    let by = browser.find("input[name=demanded_by]").await;
    by.send_keys("03312026").await.expect("a date can be typed");
    browser.press("main form .actions button").await;
    browser.goto("/findings").await;
    browser.fill("input[name=title]", REPORT).await;
    browser.press("form[action='/findings/dispatch'] button.button").await;
}

async fn fill(play: &Play, paper: &str) {
    for page in ["head", "lines/1"] {
        play.browser.goto(&format!("{paper}/{page}")).await;
        if page != "head" && !play.browser.has(".item-editor").await && play.browser.has("button[value=add_item]").await
        {
            play.browser.press("button[value=add_item]").await;
        }
        play.fill_in("1").await;
        play.browser.press("form.editor button.button[value=list]").await;
        assert!(
            !play.browser.has(".error-summary").await,
            "{page}: {}",
            play.browser.text().await
        );
    }
}
