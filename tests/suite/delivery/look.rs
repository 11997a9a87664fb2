//! What the HTML part of each kind of mail looks like in a real browser, on a desk and on a telephone.

use super::*;
use chrono::NaiveDate;
use duban_core::clock::Light;
use duban_core::id::DocumentId;
use duban_core::reason::Reason;
use duban_core::reminder::{Recipient, Watch};
use duban_service::digest::{DigestLine, DigestView};
use duban_service::outbox::{Addressee, MailContent, Outgoing, ToldView};
use duban_service::urge::UrgeView;
use duban_tests::browser::Browser;
use duban_web::mail::message;

const TOPICS: [&str; 10] = [
    "returned",
    "blocked",
    "lent",
    "copied",
    "urged",
    "ended",
    "terminated",
    "extension_asked",
    "extension_granted",
    "extension_refused",
];
/// A desk, a telephone, a small telephone.
const WIDTHS: [u32; 3] = [600, 390, 360];

fn day(text: &str) -> NaiveDate {
    text.parse().expect("day")
}

fn line(late: i64, due: Option<&str>, to: Recipient) -> DigestLine {
    DigestLine {
        light: if late > 0 { Light::Red } else { Light::Yellow },
        watch: Watch::Draft,
        to,
        unit: "区农业农村和水利局（区乡村振兴工作办公室）".to_owned(),
        title: "区农业农村和水利局关于推进高标准农田建设与农业面源污染治理的2026年度工作计划".to_owned(),
        stage: "填报".to_owned(),
        due_on: due.map(day),
        left: due.map(|_| if late == 0 { 2 } else { 0 }),
        late,
        provisional: late == 0,
        who: vec!["欧阳建国".to_owned(), "Constantine Papadimitriou-Montgomery".to_owned()],
        document: Some(DocumentId(1_234_567)),
        finding: None,
        campaign: None,
        year: None,
        key: String::new(),
        clock: String::new(),
    }
}

/// One mail of each kind, with long names and words that cannot be broken.
fn kinds() -> Vec<(String, MailContent)> {
    let morning = day("2026-03-09");
    let digest = |own: Vec<DigestLine>, others: Vec<DigestLine>| {
        MailContent::Digest(DigestView {
            day: morning,
            own,
            others,
        })
    };
    let own = || line(0, Some("2026-03-11"), Recipient::CanAct);
    let late = |to| line(3, Some("2026-03-04"), to);
    let gap = DigestLine {
        watch: Watch::CalendarGap,
        document: None,
        year: Some(2027),
        stage: String::new(),
        ..line(0, None, Recipient::CanAct)
    };
    let many = (
        vec![late(Recipient::CanAct), own(), gap],
        vec![late(Recipient::Head), late(Recipient::Leader)],
    );
    let mut kinds = vec![
        ("digest-one".to_owned(), digest(vec![own()], Vec::new())),
        ("digest-many".to_owned(), digest(many.0, many.1)),
        (
            "urge".to_owned(),
            MailContent::Urge(UrgeView {
                by: "王统筹".to_owned(),
                note: Some(format!("常务会前请报上来。{}", "https://oa.example.gov.cn/".repeat(4))),
                line: late(Recipient::CanAct),
            }),
        ),
    ];
    for topic in TOPICS {
        let told = ToldView {
            topic,
            document: DocumentId(1_234_567),
            title: own().title,
            unit: own().unit,
            stage: "部门负责人审核".to_owned(),
            by: Some("李审核".to_owned()),
            at: "2026-03-09T02:00:00Z".parse().expect("instant"),
            note: Some(format!("第三项缺少完成标准。\n附：{}", "a".repeat(120))),
            reasons: if topic == "blocked" {
                vec![
                    Reason::new("nobody_holds")
                        .with("unit", "区农业农村和水利局")
                        .with("role", "head"),
                ]
            } else {
                Vec::new()
            },
            due_on: matches!(topic, "returned" | "extension_granted" | "extension_refused").then(|| day("2026-03-13")),
        };
        kinds.push((format!("told-{topic}"), MailContent::Told(told)));
    }
    kinds
}

/// How wide a page is in a frame of this width, in pixels.
async fn width(browser: &Browser, html: &str, frame: u32) -> u64 {
    let script = "const [html, width, done] = arguments; const frame = document.createElement('iframe'); \
                  frame.style = `border:0;height:900px;width:${width}px`; frame.srcdoc = html; \
                  frame.onload = () => done(frame.contentDocument.documentElement.scrollWidth); \
                  document.body.replaceChildren(frame);";
    let found = browser
        .client
        .execute_async(script, vec![json!(html), json!(frame)])
        .await;
    found.expect("the script runs").as_u64().expect("a width")
}

#[tokio::test]
async fn no_mail_is_wider_than_a_desk_or_a_telephone_and_each_says_where_to_go() {
    let office = Office::open(
        &[("DUBAN_BASE_URL", "https://duban.qu.example.gov.cn".to_owned())],
        &[1],
    )
    .await;
    let browser = Browser::open("about:blank", true).await;
    browser.client.goto("about:blank").await.expect("an empty page");
    let kept = std::env::var_os("DUBAN_KEEP_MAILS").map(std::path::PathBuf::from);
    for locale in ["zh-CN", "en"] {
        for (kind, content) in kinds() {
            let to = Addressee {
                person: PersonId(1),
                name: "欧阳建国".to_owned(),
                address: Some("a@b.example".to_owned()),
                locale: locale.to_owned(),
            };
            let outgoing = Outgoing::for_preview(to, "look@test.duban", content);
            let mail = message::render(&office.app, &outgoing).expect("a mail");
            assert!(!mail.html.contains('⟦'), "{kind}: {}", mail.html);
            // The one button leads into the service, and its address is written out for who cannot press it.
            let buttons = mail.html.matches("display:inline-block").count();
            assert_eq!(buttons, 1, "{kind}");
            assert!(mail.html.contains(">https://duban.qu.example.gov.cn/"), "{kind}");
            if let Some(folder) = &kept {
                std::fs::write(folder.join(format!("{kind}.{locale}.html")), &mail.html).expect("kept");
            }
            for frame in WIDTHS {
                let wide = width(&browser, &mail.html, frame).await;
                assert!(
                    wide <= u64::from(frame),
                    "{kind} in {locale} is {wide} px wide in {frame}"
                );
            }
        }
    }
    // What is too wide is seen.
    let wide = width(&browser, "<table width=700><tr><td>x</table>", 600).await;
    assert!(wide > 600, "{wide}");
    browser.close().await;
}
