//! Papers whose form and way are nothing but files in the definitions folder: the examples, published, started, filled
//! in and carried to their end through the pages by people of the demo district.

use super::play::Play;
use duban_tests::browser::Browser;
use duban_tests::world::{World, root};
use fantoccini::Locator;

/// The unit whose people start the papers.
const UNIT: &str = "jiaoyu";

/// A district whose definitions folder holds the examples, all of them published by the system administrator.
async fn district() -> Play {
    let mut world = World::prepared("2026-03-02T09:00:00+08:00", &[]);
    let folder = world.folder().join("data").join("definitions");
    std::fs::create_dir_all(&folder).expect("definitions folder");
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("workflows").join("examples")).expect("examples") {
        let from = entry.expect("an example").path();
        std::fs::copy(&from, folder.join(from.file_name().expect("a name"))).expect("copied");
        count += 1;
    }
    assert!(count >= 5, "five examples");
    world.start().await;
    let browser = Browser::open(&world.url(), true).await;
    let play = Play { world, browser };
    // What is only in the folder is a draft: nobody can start it.
    play.browser.sign_in(&drafter()).await;
    play.browser.goto("/documents/new").await;
    assert!(
        !play.browser.has(".columns .panel").await,
        "{}",
        play.browser.text().await
    );
    play.browser.sign_in("sysadmin").await;
    for _ in 0..count {
        play.browser.goto("/workflows").await;
        play.browser.press("form[action$='/publication'] button").await;
    }
    assert!(
        !play.browser.has("form[action$='/publication']").await,
        "all are published"
    );
    play
}

fn drafter() -> String {
    format!("{UNIT}-drafter")
}

/// What is typed into one field.
enum Value<'a> {
    Text(&'a str),
    /// Month, day and year without marks, as the browser's date box takes them.
    Date(&'a str),
    Choice(&'a str),
}

use Value::{Choice, Date, Text};

/// Starts a paper with this definition and fills in its form; gives its path.
async fn start(play: &Play, definition: &str, title: &str, fields: &[(&str, Value<'_>)]) -> String {
    play.browser.sign_in(&drafter()).await;
    play.browser.goto("/documents/new").await;
    play.browser
        .press(&format!("a[href='/documents/new?definition={definition}']"))
        .await;
    play.browser.fill("#field-title", title).await;
    play.browser.press("form[action='/documents'] button").await;
    let path = play.browser.path().await;
    let path = path.split('?').next().unwrap_or_default().to_owned();
    assert!(path.starts_with("/documents/"), "{path}: {}", play.browser.text().await);
    write(play, &path, fields).await;
    path
}

/// Fills in fields of the head and saves.
async fn write(play: &Play, paper: &str, fields: &[(&str, Value<'_>)]) {
    play.browser.goto(&format!("{paper}/head")).await;
    type_in(play, fields).await;
    play.browser.press("form.editor .actions button[value=stay]").await;
}

async fn type_in(play: &Play, fields: &[(&str, Value<'_>)]) {
    for (key, value) in fields {
        let css = format!("#field-{key}");
        match value {
            Text(text) => play.browser.fill(&css, text).await,
            Date(keys) => {
                let field = play.browser.find(&css).await;
                field.send_keys(keys).await.expect("a date can be typed");
            }
            Choice(code) => {
                let field = play.browser.find(&css).await;
                field.select_by_value(code).await.expect("something to choose");
            }
        }
    }
}

async fn says(play: &Play, paper: &str, words: &str) {
    play.browser.goto(paper).await;
    let text = play.browser.text().await;
    assert!(text.contains(words), "{paper} does not say {words}: {text}");
}

/// Signs in, opens the paper, votes.
async fn vote(play: &Play, who: &str, title: &str, act: &str, words: &str) {
    play.open(who, title).await;
    play.decide(act, words).await;
}

#[tokio::test]
async fn five_definitions_run_through_the_pages_without_any_code_of_their_own() {
    let play = district().await;
    leave(&play).await;
    purchases(&play).await;
    votes(&play).await;
    joint_reviews(&play).await;
    long_way(&play).await;
    play.end().await;
}

/// Both ways of a choice over a whole number, and a group of fields that one stage does not see.
async fn leave(play: &Play) {
    let fields = |days: &'static str| {
        vec![
            ("kind", Choice("annual")),
            ("from", Date("03092026")),
            ("days", Text(days)),
            ("reason", Text("探亲")),
            ("deputy", Text("张明")),
        ]
    };
    let short = start(play, "leave-request", "短假", &fields("3")).await;
    play.browser.goto("/inbox?box=mine").await;
    assert!(play.browser.text().await.contains("短假"), "one's own papers");
    play.submit(&short).await;
    play.approve(&format!("{UNIT}-deputy"), "短假").await;
    says(play, &short, "已准假").await;

    let long = start(play, "leave-request", "长假", &fields("0")).await;
    // Too few days, and a sick leave without its diagnosis: the check names both.
    write(play, &long, &[("kind", Choice("sick"))]).await;
    play.browser.goto(&format!("{long}/check")).await;
    let text = play.browser.text().await;
    assert!(
        text.contains("“天数”超出允许的范围") && text.contains("病情说明"),
        "{text}"
    );
    assert!(!play.browser.has("#field-statement").await, "it cannot be submitted");
    write(play, &long, &[("days", Text("10")), ("diagnosis", Text("骨折需静养"))]).await;
    play.submit(&long).await;
    play.open(&format!("{UNIT}-head"), "长假").await;
    assert!(
        play.browser.text().await.contains("骨折需静养"),
        "the unit's head sees it"
    );
    play.decide("approve", "").await;
    play.open("office", "长假").await;
    let text = play.browser.text().await;
    assert!(
        text.contains("探亲") && !text.contains("骨折"),
        "the office does not: {text}"
    );
    play.browser.goto(&format!("{long}/revisions/1")).await;
    assert!(!play.browser.text().await.contains("骨折"), "nor in the revision");
    play.open("office", "长假").await;
    let button = Locator::XPath("//form[@id='form-approve']/preceding-sibling::summary");
    let button = play.browser.client.find(button).await.expect("its button");
    assert_eq!(
        button.text().await.expect("a text").trim(),
        "备案",
        "the stage's own word"
    );
    play.decide("approve", "").await;
    says(play, &long, "已准假").await;
}

/// A choice inside a choice: by kind, by amount (to the cent), and by a field that may be empty.
async fn purchases(play: &Play) {
    for (title, kind, amount, urgent, way) in [
        ("买纸", "goods", "49999.99", "", &["deputy"][..]),
        ("买车", "goods", "50000", "", &["deputy", "head"]),
        ("咨询", "service", "199999.99", "", &["deputy"]),
        ("运维", "service", "1000000", "", &["deputy", "head", "finance"]),
        ("抢修", "service", "1000000", "yes", &["deputy", "head"]),
        ("修路", "works", "1", "", &["deputy", "head", "office"]),
    ] {
        let mut fields = vec![("kind", Choice(kind)), ("amount", Text(amount))];
        if !urgent.is_empty() {
            fields.extend([("urgent", Choice(urgent)), ("needed_by", Date("03202026"))]);
        }
        let paper = start(play, "nested-choice", title, &fields).await;
        play.browser.goto(&paper).await;
        play.browser.press("form.add-line button").await;
        type_in(play, &[("item", Text(title)), ("count", Text("1"))]).await;
        play.browser.press("form.editor .actions button[value=list]").await;
        play.submit(&paper).await;
        for stage in way {
            let who = match *stage {
                "finance" => "caizheng-head".to_owned(),
                "office" => "office".to_owned(),
                role => format!("{UNIT}-{role}"),
            };
            play.approve(&who, title).await;
        }
        says(play, &paper, "同意采购").await;
    }
}

/// Two of three carry it, an abstention among them; one for and one abstention do not.
async fn votes(play: &Play) {
    let fields = [("proposal", Text("统一采购检测设备"))];
    let carried = start(play, "two-thirds-vote", "表决甲", &fields).await;
    play.submit(&carried).await;
    play.open("fagai-head", "表决甲").await;
    let text = play.browser.text().await;
    assert!(
        text.contains("反对计入票数，达不到时不通过。"),
        "what a no does is said before the vote: {text}"
    );
    vote(play, "fagai-head", "表决甲", "approve", "").await;
    vote(play, "caizheng-head", "表决甲", "abstain", "").await;
    vote(play, "keji-head", "表决甲", "approve", "").await;
    says(play, &carried, "表决通过").await;

    let lost = start(play, "two-thirds-vote", "表决乙", &fields).await;
    play.submit(&lost).await;
    vote(play, "keji-head", "表决乙", "abstain", "").await;
    vote(play, "fagai-head", "表决乙", "reject", "费用没有来源。").await;
    play.browser.sign_in(&drafter()).await;
    says(play, &lost, "表决未通过").await;
    assert!(
        !play.waits_for("caizheng-head", "表决乙").await,
        "nothing is left to vote on"
    );
}

/// Three branches in two orders; a return out of a branch takes the others with it.
async fn joint_reviews(play: &Play) {
    let fields = [
        ("subject", Text("管理办法")),
        ("content", Text("征求意见稿")),
        ("lawyer", Choice("区司法局")),
    ];
    let first = start(play, "joint-review", "会审甲", &fields).await;
    play.submit(&first).await;
    for who in ["office", "caizheng-head", "sifa-head"] {
        assert!(
            !play.waits_for(&format!("{UNIT}-head"), "会审甲").await,
            "not before all agree"
        );
        play.approve(who, "会审甲").await;
    }
    play.approve(&format!("{UNIT}-head"), "会审甲").await;
    says(play, &first, "已签发").await;

    let second = start(play, "joint-review", "会审乙", &fields).await;
    play.submit(&second).await;
    play.approve("sifa-head", "会审乙").await;
    play.open("caizheng-head", "会审乙").await;
    play.decide("return", "请补充经费来源。").await;
    assert!(
        !play.waits_for("office", "会审乙").await,
        "the other branch is gone too"
    );
    play.browser.sign_in(&drafter()).await;
    write(play, &second, &[("content", Text("征求意见稿，经费从部门预算列支"))]).await;
    play.submit(&second).await;
    for who in ["caizheng-head", "office", "sifa-head"] {
        if play.waits_for(who, "会审乙").await {
            play.approve(who, "会审乙").await;
        }
    }
    play.approve(&format!("{UNIT}-head"), "会审乙").await;
    says(play, &second, "已签发").await;
}

/// Returns from everywhere, straight back and through the way again, a second part that is written after the decision.
async fn long_way(play: &Play) {
    let title = "重大事项";
    let fields = [
        ("matter", Text("迁建检测中心")),
        ("partner", Choice("区科技局")),
        ("why", Text("场地不足")),
    ];
    let paper = start(play, "long-way", title, &fields).await;
    play.submit(&paper).await;
    let (deputy, head) = (format!("{UNIT}-deputy"), format!("{UNIT}-head"));
    let mut turn = 0;
    let mut send_back = async |who: &str, words: &str| {
        play.open(who, title).await;
        play.decide("return", words).await;
        play.browser.sign_in(&drafter()).await;
        turn += 1;
        let why = format!("场地不足，已第{turn}次补充");
        write(play, &paper, &[("why", Text(&why))]).await;
        play.submit(&paper).await;
    };
    send_back(&deputy, "理由太短。").await;
    play.approve(&deputy, title).await;
    send_back(&head, "请写面积。").await;
    play.approve(&head, title).await;
    send_back("keji-head", "请写设备。").await;
    play.approve("keji-head", title).await;
    // Finance wants the whole way again.
    send_back("caizheng-head", "请写经费。").await;
    for who in [deputy.as_str(), &head, "keji-head", "caizheng-head"] {
        play.approve(who, title).await;
    }
    play.approve("coordinator", title).await;
    send_back("coordinator2", "请写进度。").await;
    assert!(
        !play.waits_for("coordinator", title).await,
        "whoever agreed is not asked again"
    );
    play.approve("coordinator2", title).await;
    send_back("inspector", "请写责任人。").await;
    play.approve("inspector", title).await;
    send_back("office", "请写依据。").await;
    play.approve("office", title).await;
    send_back("leader", "请写风险。").await;
    play.approve("leader", title).await;
    play.browser.sign_in(&drafter()).await;
    play.browser.goto(&format!("{paper}/head")).await;
    let closed = play.browser.client.find(Locator::Css("#field-why")).await;
    assert!(closed.is_err(), "what was decided on is closed");
    type_in(play, &[("reply", Text("已完成选址"))]).await;
    play.browser.press("form.editor .actions button[value=stay]").await;
    play.submit(&paper).await;
    play.open("inspector", title).await;
    play.decide("return", "请附清单。").await;
    play.browser.sign_in(&drafter()).await;
    write(play, &paper, &[("reply", Text("已完成选址，清单附后"))]).await;
    play.submit(&paper).await;
    play.approve("inspector", title).await;
    says(play, &paper, "已办结").await;
}
