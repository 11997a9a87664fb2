//! A notice comes in through the command line and through the page: what is good, and everything that is not.

use duban_tests::office;
use duban_tests::world::{World, binary, root};
use reqwest::StatusCode;
use std::path::Path;
use std::process::{Command, Output};

fn read(file: &Path, format: &str) -> Output {
    let mut command = Command::new(binary());
    command.args(["notice", "read"]).arg(file).args(["--format", format]);
    command.output().expect("the binary starts")
}

#[test]
fn the_command_line_reads_every_fixture_and_says_what_is_no_notice() {
    let folder = root().join("tests/notices");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("fixtures") {
        let path = entry.expect("entry").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        seen += 1;
        let output = read(&path, "json");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for field in [
            "title",
            "issuer",
            "doc_number",
            "issued_on",
            "tasks",
            "indicators",
            "diagnostics",
        ] {
            assert!(json.get(field).is_some(), "{}: {field}", path.display());
        }
        let none = json["tasks"].as_array().is_none_or(Vec::is_empty);
        assert_eq!(output.status.success(), !none, "{}", path.display());
    }
    assert!(seen >= 16, "{seen} fixtures");
    let table = read(&folder.join("01-lead-support-brackets.txt"), "table");
    let table = String::from_utf8(table.stdout).expect("text");
    assert!(
        table.contains("lead     区生态环境局") && table.contains("tasks: 4"),
        "{table}"
    );
}

#[test]
fn the_command_line_says_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().expect("folder");
    let large = vec![b'a'; 2_000_001];
    let cases: [(&str, Option<&[u8]>, &str); 6] = [
        ("missing.txt", None, "No such file"),
        ("none.txt", Some(&[0xff, 0xff, 0x80]), "UTF-8"),
        ("binary.txt", Some(b"abc\0def"), "UTF-8"),
        ("word.docx", Some(b"PK\x03\x04 rest"), "DOCX"),
        ("empty.txt", Some(b" \n"), "empty"),
        ("large.txt", Some(&large), "larger than 2 MB"),
    ];
    for (name, content, words) in cases {
        let path = folder.path().join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).expect("file");
        }
        let output = read(&path, "json");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{name}");
        assert!(output.stdout.is_empty(), "{name} prints no half answer");
        assert!(said.contains(words) && said.contains(name), "{name}: {said}");
    }
    let output = read(folder.path(), "table");
    assert!(!output.status.success());
}

#[test]
fn the_command_line_scores_every_fixture_and_writes_the_breakdown() {
    let folder = root().join("tests/notices");
    let out = tempfile::tempdir().expect("folder");
    let run = |args: &[&std::ffi::OsStr]| {
        let mut command = Command::new(binary());
        command.arg("notice").args(args).output().expect("the binary starts")
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("fixtures") {
        let text = entry.expect("entry").path();
        if text.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        seen += 1;
        let expected = text.with_extension("expected.json");
        let output = run(&[
            "score".as_ref(),
            text.as_ref(),
            expected.as_ref(),
            "--differences".as_ref(),
        ]);
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "{}", text.display());
        for kind in [
            "tasks",
            "titles",
            "sections",
            "units",
            "roles",
            "deadlines",
            "indicators",
        ] {
            let line = said.lines().find(|line| line.starts_with(kind)).expect("a line a kind");
            assert!(
                line.trim_end().ends_with("1.000   1.000"),
                "{}: {line}\n{said}",
                text.display()
            );
        }
    }
    assert!(seen >= 40, "{seen} fixtures");
    let notice = folder.join("01-lead-support-brackets.txt");
    for ending in ["docx", "xlsx"] {
        let table = out.path().join(format!("table.{ending}"));
        let output = run(&["export".as_ref(), notice.as_ref(), table.as_ref()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        // What went out comes in again, with the same units.
        let again = String::from_utf8(read(&table, "table").stdout).expect("text");
        assert!(again.contains("lead     区生态环境局"), "{ending}: {again}");
    }
    let wrong = run(&[
        "export".as_ref(),
        notice.as_ref(),
        out.path().join("table.doc").as_ref(),
    ]);
    assert!(!wrong.status.success());
}

#[test]
fn fixtures_printed_as_pdf_are_read_nearly_as_well_as_their_text() {
    let fixtures = root().join("tests/notices");
    let out = tempfile::tempdir().expect("folder");
    let texts: Vec<std::path::PathBuf> = std::fs::read_dir(&fixtures)
        .expect("fixtures")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    office::printed(&texts, out.path());
    for page in std::fs::read_dir(out.path()).expect("pages") {
        let page = page.expect("entry").path();
        if page.extension().is_some_and(|ending| ending == "html") {
            std::fs::remove_file(page).expect("a page");
        }
    }
    let mut command = Command::new(binary());
    command
        .args(["notice", "score"])
        .arg(out.path())
        .arg(&fixtures)
        .arg("--differences");
    let output = command.output().expect("the binary starts");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = said.lines().filter(|line| line.contains(".pdf ")).count();
    assert_eq!(read, texts.len(), "{said}");
    let shares = |name: &str| -> Vec<f64> {
        let line = said
            .lines()
            .find(|line| line.starts_with(name))
            .expect("a line a notice");
        line.split_whitespace()
            .skip(1)
            .map(|share| share.parse().expect("a share"))
            .collect()
    };
    // Units, roles, deadlines: precision and recall of each.
    let total = shares("total");
    assert!(total[..6].iter().all(|share| *share > 0.93), "{total:?}\n{said}");
    for ruled in ["08-table-tabs", "09-table-bars"] {
        assert!(shares(ruled)[..4].iter().all(|share| *share > 0.93), "{ruled}\n{said}");
    }
}

#[test]
fn a_folder_of_notices_is_scored_a_line_each_with_totals() {
    let folder = tempfile::tempdir().expect("folder");
    let fixtures = root().join("tests/notices");
    for name in ["01-lead-support-brackets", "08-table-tabs"] {
        for ending in ["txt", "expected.json"] {
            let file = fixtures.join(name).with_extension(ending);
            std::fs::copy(&file, folder.path().join(file.file_name().expect("a name"))).expect("a copy");
        }
    }
    let wrong = folder.path().join("08-table-tabs.txt");
    let text = std::fs::read_to_string(&wrong)
        .expect("text")
        .replace("区教育局", "区民政局");
    std::fs::write(&wrong, text).expect("a changed notice");
    let score = |folder: &Path| {
        let mut command = Command::new(binary());
        command
            .args(["notice", "score"])
            .arg(folder)
            .output()
            .expect("the binary starts")
    };
    let output = score(folder.path());
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert!(
        lines[1].starts_with("01-lead-support-brackets.txt") && lines[1].contains("1.000 1.000"),
        "{said}"
    );
    assert!(
        lines[2].starts_with("08-table-tabs.txt") && !lines[2].contains("txt  1.000"),
        "{said}"
    );
    assert!(
        lines[3].starts_with("total") && !lines[3].starts_with("total  1.000"),
        "{said}"
    );
    let empty = tempfile::tempdir().expect("folder");
    assert!(
        !score(empty.path()).status.success(),
        "a folder without readings by hand"
    );
}

#[tokio::test]
async fn a_table_in_a_document_is_imported_and_comes_out_of_the_page_again() {
    let world = World::demo("2026-01-05T09:00:00+08:00").await;
    let office = world.visitor("office").await;
    let folder = tempfile::tempdir().expect("folder");
    let (text, table) = (folder.path().join("notice.txt"), folder.path().join("table.docx"));
    std::fs::write(&text, NOTICE).expect("file");
    let mut command = Command::new(binary());
    let made = command
        .args(["notice", "export"])
        .arg(&text)
        .arg(&table)
        .output()
        .expect("the binary starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let bytes = std::fs::read(&table).expect("the table");
    let start = office.get("/admin/notices/new").await;
    let form = start.form("/admin/notices/new").with_file("file", "table.docx", &bytes);
    let page = office.send(form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let form = page.form("/admin/notices");
    assert_eq!(form.value("lead-0"), "区住房建设委");
    assert!(page.says("区煤改电办"), "{}", page.text());
}

/// A notice of our own about units of the demo district; one name is unknown.
const NOTICE: &str = "关于印发《清洁取暖工作方案》的通知\n区政府办公室\n2025年12月1日\n\n一、任务\n\
    1.改造供热管网。到2026年，改造管网12公里。（区住房建设委牵头，区财政局配合）\n\
    2.保障用煤质量。抽检合格率达到98%。（区市场监管局、区工信局按职责分工负责）\n\
    3.做好宣传。（区煤改电办、区民政局负责）\n";

#[tokio::test]
async fn a_notice_is_imported_through_the_page() {
    let world = World::demo("2026-01-05T09:00:00+08:00").await;
    let office = world.visitor("office").await;
    let before = office.get("/campaigns").await.links("/campaigns/").len();
    let start = office.get("/admin/notices/new").await;
    let form = || start.form("/admin/notices/new").with("text", "先写在这里的话。");

    // What is no notice comes back with a reason, and what was typed is still there.
    let large = "很".repeat(700_000);
    let wrong: [(&str, &[u8], &str); 6] = [
        ("plan.pdf", b"%PDF-1.7 x", "PDF"),
        // A font that descends from itself, which the parser would follow until its stack is full.
        (
            "font.pdf",
            include_bytes!("../../fuzz/seeds/pdf/recursive-font.pdf"),
            "PDF",
        ),
        ("plan.docx", b"PK\x03\x04x", "DOCX"),
        ("none.txt", &[0xff, 0xff, 0x80], "UTF-8"),
        ("empty.txt", b"\n", "不能为空"),
        ("large.txt", large.as_bytes(), "超过 2 MB"),
    ];
    for (name, bytes, words) in wrong {
        let page = office.send(form().with_file("file", name, bytes)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(page.says(words), "{name}: {}", page.text());
        assert_eq!(page.form("/admin/notices/new").value("text").trim(), "先写在这里的话。");
    }
    let page = office.send(form()).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.says("没有读到任务"), "{}", page.text());
    let huge = vec![b'a'; 9 * 1024 * 1024];
    let page = office.send(form().with_file("file", "huge.txt", &huge)).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);

    // A good one is shown; doubts come first; nothing is written yet.
    let page = office.send(start.form("/admin/notices/new").with("text", NOTICE)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.says("没有对应上的名称") && page.says("区煤改电办"));
    let form = page.form("/admin/notices");
    assert_eq!(form.value("lead-0"), "区住房建设委");
    assert_eq!(form.value("title"), "清洁取暖工作方案");
    assert_eq!(form.value("year"), "2026");

    // The open name has to be answered; everything else stays as it was typed.
    let title = "清洁取暖年度部署";
    let page = office.send(form.with("campaign_title", title)).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.says("还没有对应"), "{}", page.text());
    let form = page.form("/admin/notices");
    assert_eq!(form.value("campaign_title"), title);
    let open = form
        .fields
        .iter()
        .find(|(name, value)| name.starts_with("name-") && value.is_empty())
        .map(|(name, _)| name.clone())
        .expect("an open name");
    let why = open.replace("name-", "why-");
    let lead = "区民政局";
    let form = form.with(&open, "out").with(&why, "机构已撤销").with("lead-2", lead);
    let opened = office.send(form.clone()).await;
    assert!(
        opened.path.starts_with("/campaigns/"),
        "{}: {}",
        opened.path,
        opened.text()
    );
    assert!(opened.says(title) && opened.says("区工业和信息化局"));
    // Sent twice (a double click, a reload), it is done once.
    let again = office.send(form).await;
    assert_eq!(again.path, opened.path);
    assert!(office.get("/campaigns").await.links("/campaigns/").len() > before);

    // Everybody may see who does what; only the office may bring notices in.
    let drafter = world.visitor("drafter").await;
    let path = opened.path.split('?').next().unwrap_or_default().to_owned();
    let board = drafter.get(&path).await;
    assert!(board.says("改造供热管网") && board.says("区住房建设委"));
    let task = board.links("/tasks/").into_iter().next().expect("a task");
    let task = drafter.get(&task).await;
    assert!(task.says("到2026年，改造管网12公里"), "{}", task.text());
    let unit = board.links("/units/").into_iter().next().expect("a unit");
    assert_eq!(drafter.get(&unit).await.status, StatusCode::OK);
    assert_eq!(drafter.get("/admin/notices/new").await.status, StatusCode::FORBIDDEN);
    for missing in ["/campaigns/999999", "/tasks/999999", "/units/999999"] {
        assert_eq!(drafter.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
}
