//! A notice comes in as offices send it: as DOCX and as PDF, made by LibreOffice, corrected and confirmed in a browser.

use duban_core::id::{CampaignId, NoticeId};
use duban_store::notice::{Figure, Task};
use duban_store::{Store, campaign, notice};
use duban_tests::browser::Browser;
use duban_tests::office;
use duban_tests::world::{World, root, shared};
use fantoccini::Locator;
use std::path::Path;

/// What the page is corrected to: the lead that was only proposed, and a name that was only guessed.
const CALLED: &str = "本级食品生产企业监督检查覆盖率";

/// Uploads a file, corrects two doubts, confirms for a year; gives the campaign.
async fn import(browser: &Browser, file: &Path, year: &str) -> CampaignId {
    browser.goto("/admin/notices/new").await;
    let upload = browser.find("input[type=file]").await;
    upload
        .send_keys(&file.display().to_string())
        .await
        .expect("a file can be chosen");
    browser.press("main form .actions button").await;
    assert!(browser.has(".import-task").await, "{}", browser.text().await);
    // The text stands beside what was read in it.
    let place = |css: &'static str| async move {
        let element = browser.find(css).await;
        element.rectangle().await.expect("a place on the page")
    };
    let ((left, top, width, _), (right, beside, ..)) = (place(".import-text").await, place("form.import").await);
    assert!(
        left + width <= right && (top - beside).abs() < 1.0,
        "side by side at 1366"
    );

    let lead = browser.find("select[name='lead-0']").await;
    lead.select_by_index(1).await.expect("a second unit is named");
    let doubted = ".import [name^='called-']";
    let names = browser
        .client
        .find_all(Locator::Css(doubted))
        .await
        .expect("indicators");
    let name = names.last().expect("an indicator");
    name.clear().await.expect("a field");
    name.send_keys(CALLED).await.expect("it can be corrected");

    for (field, unit) in [
        ("coordinator", "区市场监管局"),
        ("office", "区政府办公室"),
        ("leadership", "区政府领导"),
        ("inspection", "区政府督查室"),
    ] {
        let select = browser.find(&format!("select[name='{field}']")).await;
        select.select_by_label(unit).await.expect("the unit is offered");
    }
    browser.fill("input[name=year]", year).await;
    browser.press(".import .decision-bar button.button").await;
    let path = browser.path().await;
    let id = path.split('?').next().and_then(|path| path.strip_prefix("/campaigns/"));
    let Some(id) = id.and_then(|id| id.parse().ok()) else {
        panic!("{path}: {}", browser.text().await);
    };
    CampaignId(id)
}

/// What a campaign says, without ids.
async fn written(store: &Store, id: CampaignId) -> (Vec<Task>, Vec<Figure>) {
    let found = campaign::find(store.read(), id).await.unwrap().expect("the campaign");
    let mut tasks = notice::tasks(store.read(), found.notice).await.unwrap();
    let mut figures = notice::figures(store.read(), found.notice).await.unwrap();
    for figure in &mut figures {
        let at = figure.task.and_then(|id| tasks.iter().position(|task| task.id == id));
        figure.task = at.map(|at| duban_core::id::TaskId(i64::try_from(at).unwrap()));
        figure.id = duban_core::id::IndicatorId(0);
    }
    for task in &mut tasks {
        task.id = duban_core::id::TaskId(0);
        task.notice = NoticeId(0);
        // Where lines end is the paper's affair: a page is narrower than a line of text.
        task.text.retain(|c| !c.is_whitespace());
        task.title.retain(|c| !c.is_whitespace());
    }
    (tasks, figures)
}

#[tokio::test]
async fn a_notice_from_word_and_from_pdf_opens_the_same_campaign_as_its_text() {
    let text = shared("notice/baodi-quality-2025.txt").unwrap_or_else(|| {
        std::fs::read_to_string(root().join("seeds/demo/notice.txt")).expect("the notice of the demo")
    });
    let world = World::empty("2026-01-05T09:00:00+08:00").await;
    let file = world.folder().join("notice.txt");
    std::fs::write(&file, &text).expect("the notice can be kept");
    let (docx, pdf) = office::documents(&file);
    let browser = Browser::open(&world.url(), false).await;
    browser.size(1366, 768).await;
    browser.sign_in("office").await;
    let store = Store::connect(&format!("sqlite://{}", world.database().display()))
        .await
        .unwrap();
    let mut campaigns = Vec::new();
    for (file, year) in [(&file, "2026"), (&docx, "2027"), (&pdf, "2028")] {
        let id = import(&browser, file, year).await;
        campaigns.push(written(&store, id).await);
    }
    browser.close().await;
    let (tasks, figures) = &campaigns[0];
    assert!(
        tasks.len() > 10 && figures.len() > 5,
        "{} tasks, {} figures",
        tasks.len(),
        figures.len()
    );
    assert_eq!(tasks[0].lead(), Some(tasks[0].units[1].unit), "the lead was corrected");
    assert_eq!(figures.iter().filter(|figure| figure.name == CALLED).count(), 1);
    for (other, kind) in campaigns[1..].iter().zip(["docx", "pdf"]) {
        assert_eq!(&other.0, tasks, "{kind}");
        assert_eq!(&other.1, figures, "{kind}");
    }
}
