//! The acts beside agreeing and returning, through the forms of the decision bar: whoever has a paper before them adds
//! signers, hands it over, lends it, gives copies; whoever waits for it asks for hurry; the office lets it stand still.

use duban_tests::api::Client;
use duban_tests::visitor::{Page, Visitor};
use duban_tests::world::World;
use reqwest::StatusCode;

const AT: &str = "2026-03-02T09:00:00+08:00";
/// A unit of the demo whose plan lies with its deputy.
const UNIT: &str = "区司法局";

/// How a form names the post of this person.
async fn post_of(world: &World, username: &str) -> String {
    let client = Client::sign_in(&world.url(), username, "read").await;
    let (_, _, me) = client.get("/api/v1/me").await;
    let post = &me["posts"][0];
    let role = post["role"].as_str().expect("a role");
    format!("{}:{role}:{}", post["unit"], me["id"])
}

async fn name_of(world: &World, username: &str) -> String {
    let client = Client::sign_in(&world.url(), username, "read").await;
    let (_, _, me) = client.get("/api/v1/me").await;
    me["name"].as_str().expect("a name").to_owned()
}

async fn paper_of(visitor: &Visitor) -> String {
    let inbox = visitor.get("/inbox").await;
    let papers = inbox.links("/documents/");
    let paper = papers
        .iter()
        .find(|path| path.split('/').count() == 3 && !path.starts_with("/documents/new"));
    paper
        .unwrap_or_else(|| panic!("nothing to do: {}", inbox.text()))
        .split(['?', '#'])
        .next()
        .expect("a path")
        .to_owned()
}

/// Whether the paper waits for them: their inbox leads to it.
async fn waits(visitor: &Visitor, paper: &str) -> bool {
    let links = visitor.get("/inbox").await.links("/documents/");
    links.iter().any(|link| link.split(['?', '#']).next() == Some(paper))
}

fn done(page: &Page, words: &str) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.says(words), "{words}: {}", page.text());
}

#[tokio::test]
async fn signers_are_added_and_removed_and_seats_move_and_come_back() {
    let world = World::demo(AT).await;
    let deputy = world.visitor("deputy2").await;
    let paper = paper_of(&deputy).await;
    assert!(deputy.get(&paper).await.says(UNIT));

    // Nobody chosen: the form comes back with the reason and what was typed.
    let form = deputy.get(&paper).await.form("/signer-before");
    let refused = deputy.send(form.with("text", "请核对引用的依据")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(refused.says("请选择一个人"), "{}", refused.text());
    assert_eq!(refused.form("/signer-before").value("text"), "请核对引用的依据");

    // A name that nobody has, and a unit, in which several could be meant.
    let form = refused.form("/signer-before");
    let nobody = deputy.send(form.with("whom", "查无此人")).await;
    assert!(nobody.says("没有符合“查无此人”的人"), "{}", nobody.text());
    let several = deputy.send(nobody.form("/signer-before").with("whom", "司法局")).await;
    assert_eq!(several.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(several.says("请从下面选择"), "{}", several.text());
    let signer = post_of(&world, "sifa-cosigner").await;
    assert!(several.body.contains(&format!("name=\"to\" value=\"{signer}\"")));
    assert_eq!(several.form("/signer-before").value("whom"), "司法局");
    assert_eq!(several.form("/signer-before").value("text"), "请核对引用的依据");

    // Whoever wrote the plan signs nothing in it.
    let author = name_of(&world, "sifa-drafter").await;
    let form = deputy.get(&paper).await.form("/signer-before");
    let barred = deputy.send(form.with("whom", &author)).await;
    assert_eq!(barred.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", barred.text());

    // Added before: the signer is asked first, then removed again.
    let form = several.form("/signer-before");
    done(&deputy.send(form.with("to", &signer)).await, "已加签");
    let asked = world.visitor("sifa-cosigner").await;
    assert_eq!(paper_of(&asked).await, paper);
    assert!(asked.get(&paper).await.has_form("/approval"));
    assert!(
        !asked.get(&paper).await.has_form("/signer-before"),
        "who was added adds nobody"
    );
    let form = deputy.get(&paper).await.form("/signer-removal");
    done(&deputy.send(form.with("text", "已当面核对")).await, "已减签");
    assert!(!asked.get(&paper).await.has_form("/approval"));

    // Lent for an opinion: nobody answers until it is back.
    let form = deputy.get(&paper).await.form("/loan");
    done(&deputy.send(form.with("to", &signer)).await, "已委派");
    assert!(!deputy.get(&paper).await.has_form("/approval"), "it is lent");
    assert!(waits(&asked, &paper).await && !waits(&deputy, &paper).await);
    let form = asked.get(&paper).await.form("/loan-return");
    done(&asked.send(form.with("text", "依据无误")).await, "已交回");
    let back = deputy.get(&paper).await;
    assert!(back.says("依据无误") && back.has_form("/approval"), "{}", back.text());
    assert!(waits(&deputy, &paper).await && !waits(&asked, &paper).await);

    // Handed over for good: it is theirs, and the deputy's no more.
    let form = deputy.get(&paper).await.form("/transfer");
    let moved = deputy.send(form.with("to", &signer).with("text", "本人出差")).await;
    done(&moved, "已转办");
    assert!(!deputy.get(&paper).await.has_form("/approval"));
    assert!(asked.get(&paper).await.has_form("/approval"));
    assert!(waits(&asked, &paper).await && !waits(&deputy, &paper).await);
}

#[tokio::test]
async fn copies_are_read_hurry_is_asked_for_once_and_a_suspended_paper_stands_still() {
    let world = World::demo(AT).await;
    let deputy = world.visitor("deputy2").await;
    let paper = paper_of(&deputy).await;

    // A copy lets a stranger read, and no more.
    let stranger = world.visitor("tiyu-head").await;
    assert_eq!(stranger.get(&paper).await.status, StatusCode::NOT_FOUND);
    let names = [name_of(&world, "tiyu-head").await, name_of(&world, "tiyu-deputy").await];
    let form = deputy.get(&paper).await.form("/copies");
    let copied = deputy.send(form.with("whom", &names.join("、"))).await;
    done(&copied, "已抄送");
    assert_eq!(
        world.visitor("tiyu-deputy").await.get(&paper).await.status,
        StatusCode::OK
    );
    let copies = stranger.get("/inbox?box=cc").await;
    assert!(
        copies.links(&paper).iter().any(|link| link.starts_with(&paper)),
        "{}",
        copies.text()
    );
    let read = stranger.get(&paper).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.text());
    for act in ["/approval", "/return", "/copies", "/transfer"] {
        assert!(!read.has_form(act), "{act}");
    }

    // The unit asks for hurry, once a working day.
    let drafter = world.visitor("sifa-drafter").await;
    let form = drafter.get(&paper).await.form("/urging");
    done(&drafter.send(form.with("text", "")).await, "已催办");
    assert!(!drafter.get(&paper).await.has_form(&format!("{paper}/urging")));
    // The next morning everybody signs in anew.
    world.set_clock("2026-03-03T09:00:00+08:00");
    let drafter = world.visitor("sifa-drafter").await;
    let deputy = world.visitor("deputy2").await;
    assert!(drafter.get(&paper).await.has_form(&format!("{paper}/urging")));

    // Suspended: nobody acts; then it goes on.
    let office = world.visitor("office").await;
    let form = office.get(&paper).await.form("/suspension");
    done(&office.send(form.with("text", "等待上级文件")).await, "已挂起");
    assert!(!deputy.get(&paper).await.has_form("/approval"));
    let form = office.get(&paper).await.form("/resumption");
    done(&office.send(form).await, "已恢复");
    assert!(deputy.get(&paper).await.has_form("/approval"));
}
