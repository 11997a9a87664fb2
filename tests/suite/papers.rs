//! The pages of a paper, played without scripts: writing, checking, deciding, and what each refusal looks like.

use duban_core::id::DocumentId;
use duban_tests::district::{District, PASSWORD, approve, submit};
use duban_tests::visitor::{Page, Visitor};
use duban_web::config::Layers;

/// A district with its pages served on a free port.
struct Site {
    district: District,
    url: String,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let district = District::build(&format!("sqlite://{}/d.db", folder.path().display())).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = listener.local_addr().expect("address").to_string();
        let flags = [("listen", Some(address.clone()))];
        let mut config = Layers::defaults().flags(flags).expect("flags").read().expect("config");
        config.hosts.push(address.clone());
        let app = duban_web::serve::app(config, district.service.clone()).expect("app");
        let router = duban_web::routes::router(&app);
        tokio::spawn(duban_web::listen::serve(listener, router, 64, std::future::pending()));
        Self {
            district,
            url: format!("http://{address}"),
            _folder: folder,
        }
    }

    async fn visitor(&self, username: &str) -> Visitor {
        let mut visitor = Visitor::new(&self.url);
        visitor.sign_in(username, PASSWORD).await;
        visitor
    }
}

/// The plan's page.
async fn plan(visitor: &Visitor, id: DocumentId) -> Page {
    visitor.get(&format!("/documents/{id}")).await
}

/// Presses the button of an act, with this text.
async fn press(visitor: &Visitor, id: DocumentId, act: &str, text: &str) -> Page {
    let form = plan(visitor, id).await.form(&format!("/documents/{id}/{act}"));
    visitor.send(form.with("text", text)).await
}

async fn submit_by_page(visitor: &Visitor, id: DocumentId) -> Page {
    let check = visitor.get(&format!("/documents/{id}/check")).await;
    visitor.send(check.form("/submission").with("statement", "yes")).await
}

#[tokio::test]
async fn a_plan_is_written_returned_with_marks_corrected_and_comes_straight_back() {
    let site = Site::open().await;
    let id = site.district.filled_plan(2).await;
    let drafter = site.visitor("drafter.2").await;

    let list = plan(&drafter, id).await;
    assert_eq!(list.status, 200);
    assert_eq!(
        list.all(".task-list-item").len(),
        3,
        "head and two tasks: {}",
        list.text()
    );
    let unstated = drafter.get(&format!("/documents/{id}/check")).await.form("/submission");
    let unstated = drafter.send(unstated.with("text", "请审核")).await;
    assert_eq!(unstated.status, 422);
    assert_eq!(unstated.form("/submission").value("text"), "请审核", "the note is kept");
    let sent = submit_by_page(&drafter, id).await;
    assert_eq!(
        (sent.status.as_u16(), sent.path.split('?').next()),
        (200, Some(&*format!("/documents/{id}")))
    );

    let deputy = site.visitor("deputy.2").await;
    assert_eq!(deputy.get("/inbox").await.all(".item").len(), 1);
    assert_eq!(press(&deputy, id, "approval", "同意").await.status, 200);
    for who in ["cosigner.3", "head.2"] {
        let visitor = site.visitor(who).await;
        assert_eq!(press(&visitor, id, "approval", "").await.status, 200, "{who}");
    }

    // A return without a reason comes back with its remark still there; with one it goes.
    let coordinator = site.visitor("coordinator.1a").await;
    let line = plan(&coordinator, id).await.all("section.line .line-title").len();
    assert!(line > 0);
    let form = plan(&coordinator, id).await.form(&format!("/documents/{id}/return"));
    let form = form.with("mark-1", "请写清次数").with("mark-1-field", "measures");
    let refused = coordinator.send(form.with("text", "  ")).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let again = refused.form(&format!("/documents/{id}/return"));
    assert_eq!(
        (again.value("mark-1"), again.value("mark-1-field")),
        ("请写清次数", "measures")
    );
    assert_eq!(coordinator.send(again.with("text", "第一项太笼统")).await.status, 200);

    // The drafter finds reason and remark where they belong.
    let list = plan(&drafter, id).await;
    assert!(list.says("第一项太笼统") && list.says("请写清次数"), "{}", list.text());
    let editor = drafter.get(&format!("/documents/{id}/lines/1")).await;
    assert!(
        editor
            .all(".field .remark")
            .iter()
            .any(|text| text.contains("请写清次数"))
    );
    let form = editor
        .form("/lines/1")
        .with("measures", "每季度检查一次")
        .with("do", "list");
    assert_eq!(drafter.send(form).await.path, format!("/documents/{id}?done=saved"));
    submit_by_page(&drafter, id).await;

    // Straight back to whom it came from, who sees the one change and nothing else open.
    let page = plan(&coordinator, id).await;
    assert!(page.has_form(&format!("/documents/{id}/approval")), "{}", page.text());
    assert_eq!(page.all("section.line").len(), 1, "{:?}", page.all("section.line"));
    assert_eq!(page.all("details.line").len(), 1);
    let change = page.all(".change-line").join("");
    assert!(change.contains("改 1 处") && change.contains("未动 1 项"), "{change}");
    let old = coordinator.get(&format!("/documents/{id}/revisions/1?compare=2")).await;
    assert_eq!(old.status, 200);
    assert!(!old.all("ins").is_empty() || !old.all("del").is_empty());
    for who in ["coordinator.1a", "coordinator.1b", "office.5", "leader.6"] {
        let visitor = site.visitor(who).await;
        assert_eq!(press(&visitor, id, "approval", "同意").await.status, 200, "{who}");
    }
    let over = plan(&drafter, id).await;
    assert!(
        over.forms().iter().all(|form| !form.action.contains("/documents/")),
        "nothing is left to do"
    );
    assert_eq!(drafter.get("/inbox?box=done").await.all(".item").len(), 1);
}

#[tokio::test]
async fn nobody_acts_on_their_own_paper_and_a_refusal_stands_beside_the_button() {
    let site = Site::open().await;
    let id = site.district.filled_plan(2).await;
    site.district.act("drafter.2", id, submit()).await.expect("submitted");
    let drafter = site.visitor("drafter.2").await;
    let page = plan(&drafter, id).await;
    assert!(!page.has_form(&format!("/documents/{id}/approval")), "not offered");
    // Pressed all the same, with the fields of the form that is offered.
    let mut form = page.form(&format!("/documents/{id}/withdrawal"));
    form.action = format!("/documents/{id}/approval");
    let refused = drafter.send(form.with("text", "我同意")).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    // What is submitted is not written in any more.
    let closed = drafter.get(&format!("/documents/{id}/lines/1")).await;
    assert_eq!(closed.status, 403);
    assert_eq!(press(&drafter, id, "withdrawal", "").await.status, 200);
    assert_eq!(drafter.get(&format!("/documents/{id}/lines/1")).await.status, 200);
}

#[tokio::test]
async fn a_paper_of_others_is_not_there_on_any_of_its_pages() {
    let site = Site::open().await;
    let id = site.district.filled_plan(2).await;
    for who in ["drafter.3", "office.5", "observer.7"] {
        let stranger = site.visitor(who).await;
        for page in ["", "/check", "/head", "/lines/1", "/revisions/1"] {
            let found = stranger.get(&format!("/documents/{id}{page}")).await;
            assert_eq!(found.status, 404, "{who} {page}");
        }
        let mut form = stranger.get("/help").await.form("/logout");
        form.action = format!("/documents/{id}/lines/1");
        assert_eq!(stranger.send(form.with("measures", "改")).await.status, 404, "{who}");
    }
    let drafter = site.visitor("drafter.2").await;
    for missing in [
        "/documents/999",
        "/documents/x",
        "/documents/1/lines/99",
        "/documents/1/revisions/7",
    ] {
        let status = drafter.get(missing).await.status.as_u16();
        assert!(matches!(status, 404 | 422 | 400), "{missing}: {status}");
    }
}

#[tokio::test]
async fn whoever_comes_second_gets_both_versions_and_keeps_what_was_typed() {
    let site = Site::open().await;
    let id = site.district.filled_plan(2).await;
    let (one, two) = (site.visitor("drafter.2").await, site.visitor("drafter.2").await);
    let (first, second) = (format!("/documents/{id}/lines/1"), format!("/documents/{id}/lines/2"));
    let (mine, other) = (
        one.get(&first).await.form("/lines/1"),
        two.get(&first).await.form("/lines/1"),
    );
    let elsewhere = two.get(&second).await.form("/lines/2");
    assert_eq!(one.send(mine.with("measures", "甲的写法")).await.status, 200);
    let conflict = two.send(other.with("measures", "乙的写法")).await;
    assert_eq!(conflict.status, 409);
    assert_eq!(conflict.form("/lines/1").value("measures"), "乙的写法");
    assert!(conflict.all(".theirs").join("").contains("甲的写法"));
    // Having seen both, the second one decides.
    assert_eq!(
        two.send(conflict.form("/lines/1").with("measures", "合在一起"))
            .await
            .status,
        200
    );
    assert_eq!(one.get(&first).await.form("/lines/1").value("measures"), "合在一起");
    // Two people in different lines do not notice each other.
    assert_eq!(two.send(elsewhere.with("measures", "另一项")).await.status, 200);
    assert_eq!(one.get(&first).await.form("/lines/1").value("measures"), "合在一起");
}

#[tokio::test]
async fn a_decision_on_a_page_that_is_out_of_date_is_asked_again_with_the_opinion_kept() {
    let site = Site::open().await;
    let id = site.district.filled_plan(2).await;
    site.district.act("drafter.2", id, submit()).await.expect("submitted");
    let deputy = site.visitor("deputy.2").await;
    let form = plan(&deputy, id).await.form(&format!("/documents/{id}/return"));
    let drafter = site.visitor("drafter.2").await;
    press(&drafter, id, "withdrawal", "还要改").await;
    submit_by_page(&drafter, id).await;
    let stale = deputy.send(form.with("text", "请补充举措")).await;
    assert_eq!(stale.status, 409);
    assert!(
        stale.says("撤回") && stale.says("还要改"),
        "who did what: {}",
        stale.text()
    );
    let again = stale.form(&format!("/documents/{id}/return"));
    assert_eq!(again.value("text"), "请补充举措");
    assert_eq!(deputy.send(again).await.status, 200);
    assert!(plan(&drafter, id).await.says("请补充举措"));
    // The same press again does nothing more.
    site.district
        .act("deputy.2", id, approve())
        .await
        .expect_err("it lies with the drafter");
}

#[tokio::test]
async fn own_lines_and_items_are_added_and_removed_by_buttons() {
    let site = Site::open().await;
    let id = site.district.filled_plan(2).await;
    let drafter = site.visitor("drafter.2").await;
    let added = drafter.send(plan(&drafter, id).await.form("/lines")).await;
    assert_eq!(added.status, 200, "{}", added.text());
    let here = added.path.split(['?', '#']).next().unwrap_or_default().to_owned();
    let item = drafter
        .send(added.form(&here).with("title", "自加一事").with("do", "add_item"))
        .await;
    assert_eq!(item.all(".item-editor").len(), 1);
    let button = item
        .forms()
        .into_iter()
        .find(|form| form.action == here)
        .expect("the editor");
    let number = button
        .fields
        .iter()
        .find_map(|(name, _)| name.strip_prefix('i')?.split('-').next()?.parse::<u32>().ok());
    let number = number.expect("an item's field");
    let gone = drafter.send(button.with("do", &format!("remove_item:{number}"))).await;
    assert!(gone.all(".item-editor").is_empty());
    assert!(drafter.get(&format!("/documents/{id}/check")).await.status == 200);
    let problems = drafter
        .get(&format!("/documents/{id}/check"))
        .await
        .all(".problem-list li")
        .len();
    assert!(problems > 0, "the new line is not filled in");
    let removal = drafter.get(&here).await.form(&format!("{here}/removal"));
    assert_eq!(drafter.send(removal).await.status, 200);
    assert_eq!(drafter.get(&here).await.status, 404);
    // What the notice asks for cannot be removed.
    let mut form = plan(&drafter, id).await.form("/lines");
    form.action = format!("/documents/{id}/lines/1/removal");
    assert_eq!(drafter.send(form).await.status, 422);
}
