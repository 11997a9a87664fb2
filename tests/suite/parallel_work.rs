//! Two units write in one paper at the same time, each in its own fields: what the one has not filled in does not hold
//! up the other, and neither writes where it has no business.

use duban_tests::visitor::Visitor;
use duban_tests::world::World;
use reqwest::StatusCode;

const DEFINITION: &str = r#"
id = "two-parts"
version = 1
document_type = "form"
start = "ask"
starters = ["drafter"]
title = { zh = "经费人员测算", en = "Money and people" }
description = { zh = "两个部门同时测算。", en = "Two units reckon at once." }

[[field]]
key = "topic"
kind = "text"
required = true
label = { zh = "测算事项", en = "Topic" }

[[field]]
key = "money"
kind = "text"
group = "money"
required = true
label = { zh = "所需经费", en = "Money" }

[[field]]
key = "staff"
kind = "text"
group = "staff"
required = true
label = { zh = "所需人员", en = "Staff" }

[[stage]]
id = "ask"
kind = "work"
title = { zh = "提出", en = "Asking" }
description = { zh = "写明事项。", en = "Say what it is about." }
seats = [{ role = "drafter", party = "initiator" }]
edits = ["form"]
next = [{ to = "both" }]

[[split]]
id = "both"
title = { zh = "同时测算", en = "At once" }
to = ["money", "staff"]

[[stage]]
id = "money"
kind = "work"
title = { zh = "测算经费", en = "Money" }
description = { zh = "填写经费。", en = "Fill in the money." }
seats = [{ role = "drafter", party = "unit:区财政局" }]
edits = ["money"]
next = [{ to = "together" }]

[[stage]]
id = "staff"
kind = "work"
title = { zh = "测算人员", en = "Staff" }
description = { zh = "填写人员。", en = "Fill in the staff." }
seats = [{ role = "drafter", party = "unit:区司法局" }]
edits = ["staff"]
next = [{ to = "together" }]

[[join]]
id = "together"
title = { zh = "汇合", en = "Together" }
of = "both"
next = [{ to = "done" }]

[[end]]
id = "done"
title = { zh = "测算完成", en = "Done" }
description = { zh = "测算完成。", en = "Done." }
"#;

/// The fields of the head that a person may type in.
async fn fields(visitor: &Visitor, paper: &str) -> Vec<String> {
    let page = visitor.get(&format!("{paper}/head")).await;
    let keys = ["topic", "money", "staff"].into_iter();
    let open = keys.filter(|key| page.status == StatusCode::OK && page.body.contains(&format!("id=\"field-{key}\"")));
    open.map(str::to_owned).collect()
}

async fn write(visitor: &Visitor, paper: &str, key: &str, words: &str) {
    let form = visitor.get(&format!("{paper}/head")).await.form("/head");
    let saved = visitor.send(form.with(key, words)).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
}

async fn submit(visitor: &Visitor, paper: &str) {
    let form = visitor.get(&format!("{paper}/check")).await.form("/submission");
    let done = visitor.send(form.with("statement", "yes")).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
}

#[tokio::test]
async fn two_units_write_in_one_paper_at_the_same_time_each_in_its_own_fields() {
    let mut world = World::prepared("2026-03-02T09:00:00+08:00", &[]);
    let folder = world.folder().join("data").join("definitions");
    std::fs::create_dir_all(&folder).expect("definitions folder");
    std::fs::write(folder.join("two-parts.v1.toml"), DEFINITION).expect("written");
    world.start().await;
    let admin = world.visitor("sysadmin").await;
    let form = admin.get("/workflows").await.form("/publication");
    assert_eq!(admin.send(form).await.status, StatusCode::OK);

    let asker = world.visitor("jiaoyu-drafter").await;
    let form = asker
        .get("/documents/new?definition=two-parts")
        .await
        .form("/documents");
    let started = asker.send(form.with("title", "质量专项测算")).await;
    assert_eq!(started.status, StatusCode::OK, "{}", started.text());
    let links = started.links("/documents/");
    let head = links
        .iter()
        .find(|link| link.ends_with("/head"))
        .expect("a form to fill in");
    let paper = head.trim_end_matches("/head").to_owned();
    assert_eq!(fields(&asker, &paper).await, ["topic"]);
    write(&asker, &paper, "topic", "质量奖励").await;

    let [money, staff] = [
        world.visitor("caizheng-drafter").await,
        world.visitor("sifa-drafter").await,
    ];
    assert_eq!(money.get(&paper).await.status, StatusCode::NOT_FOUND, "not theirs yet");
    submit(&asker, &paper).await;

    assert_eq!(fields(&money, &paper).await, ["money"]);
    assert_eq!(fields(&staff, &paper).await, ["staff"]);
    assert!(fields(&asker, &paper).await.is_empty());
    // The one unit is done while the other has written nothing yet.
    write(&money, &paper, "money", "一百万元").await;
    submit(&money, &paper).await;
    assert!(fields(&money, &paper).await.is_empty());
    let check = staff.get(&format!("{paper}/check")).await;
    assert!(
        check.says("所需人员"),
        "its own field is still missing: {}",
        check.text()
    );
    write(&staff, &paper, "staff", "三人").await;
    submit(&staff, &paper).await;

    let read = asker.get(&paper).await;
    assert!(
        read.says("测算完成") && read.says("一百万元") && read.says("三人"),
        "{}",
        read.text()
    );
}
