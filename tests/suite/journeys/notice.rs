//! The real notice, imported through the page by the office.

use super::play::Play;
use fantoccini::Locator;

/// Uploads the notice, looks at what was found, confirms, and finds every unit with a plan to write.
pub async fn import(play: &Play, text: &str) {
    let file = play.world.folder().join("notice.txt");
    std::fs::write(&file, text).expect("the notice can be kept");
    let browser = &play.browser;
    browser.sign_in("office").await;
    browser.goto("/admin/notices/new").await;
    let upload = browser.find("input[type=file]").await;
    upload
        .send_keys(&file.display().to_string())
        .await
        .expect("a file can be chosen");
    browser.press("main form .actions button").await;

    let tasks = browser
        .client
        .find_all(Locator::Css(".import-task"))
        .await
        .expect("tasks");
    assert_eq!(tasks.len(), 26, "{}", browser.text().await);
    let units = [
        ("coordinator", "区市场监管局"),
        ("office", "区政府办公室"),
        ("leadership", "区政府领导"),
        ("inspection", "区政府督查室"),
    ];
    for (field, unit) in units {
        let select = browser.find(&format!("select[name^='{field}']")).await;
        select.select_by_label(unit).await.expect("the unit is offered");
    }
    browser.fill("input[name=year]", "2026").await;
    let due = browser.find("input[name=plan_due]").await;
    due.send_keys("01302026").await.expect("a date can be typed");
    browser.press(".import .decision-bar button.button").await;

    assert!(
        browser.path().await.starts_with("/campaigns/"),
        "{}",
        browser.text().await
    );
    let text = browser.text().await;
    assert!(text.contains("54"), "28 named units and 26 of the roster: {text}");
    for unit in ["区教育局", "蓟州海关", "海滨街道", "京津中关村科技城"] {
        assert!(text.contains(unit), "{unit} owes a plan: {text}");
    }
}
