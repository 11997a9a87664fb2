//! From what a mail has to say to a mail: templates, headers, parts.

use super::entry::{self, CalendarFile};
use crate::app::App;
use crate::i18n::Locale;
use crate::view::Views;
use chrono::{DateTime, Utc};
use duban_service::digest::DigestView;
use duban_service::outbox::{Addressee, MailContent, Outgoing, ToldView};
use duban_service::urge::UrgeView;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart};
use serde::Serialize;
use std::time::SystemTime;

/// Longest name in a `To` line, in characters.
const NAME_LIMIT: usize = 64;
/// Longest subject, in characters.
const SUBJECT_LIMIT: usize = 200;

/// Why a mail cannot be made. Trying again will not help.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The person has no address.
    #[error("no_address")]
    NoAddress,
    /// The address is none.
    #[error("bad_address")]
    BadAddress,
    /// The template does not fit its view.
    #[error(transparent)]
    View(#[from] crate::view::ViewError),
    /// The library refused a header.
    #[error("cannot build the message: {0}")]
    Build(String),
}

/// A mail in words: what the built-in mailbox keeps, and what the preview shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Rendered {
    /// The subject, one line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The calendar files.
    #[serde(default)]
    pub calendar: Vec<CalendarFile>,
    /// Where one click stops mails of this kind; none for what may not be switched off.
    #[serde(default)]
    pub unsubscribe: Option<String>,
}

/// What every mail's templates see besides the view of its kind.
#[derive(Serialize)]
struct Letter<'a, T: Serialize> {
    base_url: &'a str,
    organisation: &'a str,
    locale: &'static str,
    name: &'a str,
    subject: String,
    #[serde(flatten)]
    view: T,
}

#[derive(Serialize)]
struct DigestMail<'a> {
    digest: &'a DigestView,
    count: usize,
    late: usize,
    /// The only line, when there is one only: it gets a subject of its own.
    only: Option<&'a duban_service::digest::DigestLine>,
    provisional: bool,
}

impl<'a> DigestMail<'a> {
    fn of(digest: &'a DigestView) -> Self {
        let lines: Vec<_> = digest.own.iter().chain(&digest.others).collect();
        Self {
            digest,
            count: lines.len(),
            late: digest.late(),
            only: if lines.len() == 1 { lines.first().copied() } else { None },
            provisional: lines.iter().any(|line| line.provisional),
        }
    }
}

#[derive(Serialize)]
struct ToldMail<'a> {
    told: &'a ToldView,
}

#[derive(Serialize)]
struct UrgeMail<'a> {
    urge: &'a UrgeView,
}

/// Renders a mail in its reader's language.
pub fn render(app: &App, outgoing: &Outgoing) -> Result<Rendered, MessageError> {
    let mut rendered = match &outgoing.content {
        MailContent::Digest(view) => digest(app, &outgoing.to, view),
        MailContent::Told(told) => words(app, &outgoing.to, "told", ToldMail { told }),
        MailContent::Urge(urge) => words(app, &outgoing.to, "urge", UrgeMail { urge }),
    }?;
    let locale = locale_of(app, &outgoing.to);
    rendered.calendar = entry::files(app, locale, &outgoing.deadlines, app.service.moment().now);
    Ok(rendered)
}

/// Renders a digest.
pub fn digest(app: &App, to: &Addressee, digest: &DigestView) -> Result<Rendered, MessageError> {
    let locale = locale_of(app, to);
    let mut digest = digest.clone();
    for line in digest.own.iter_mut().chain(&mut digest.others) {
        if let Some(year) = line.year {
            line.title = app.texts.text(
                locale,
                "mail.digest.gap",
                &[("year".to_owned(), year.to_string())].into(),
            );
        }
    }
    words(app, to, "digest", DigestMail::of(&digest))
}

fn words(app: &App, to: &Addressee, kind: &str, view: impl Serialize) -> Result<Rendered, MessageError> {
    let locale = locale_of(app, to);
    let letter = Letter {
        base_url: &app.config.base_url,
        organisation: &app.config.organisation,
        locale: locale.tag(),
        name: &to.name,
        subject: String::new(),
        view,
    };
    parts(&app.views, locale, kind, letter)
}

/// Subject, text and HTML of a kind of mail, from its folder of templates.
fn parts(
    views: &Views,
    locale: Locale,
    kind: &str,
    mut letter: Letter<'_, impl Serialize>,
) -> Result<Rendered, MessageError> {
    letter.subject = one_line(&views.text(&format!("mail/{kind}/subject"), locale, &letter)?);
    let text = views.text(&format!("mail/{kind}/text"), locale, &letter)?;
    let html = views.html(&format!("mail/{kind}/html"), locale, &letter)?;
    Ok(Rendered {
        subject: letter.subject,
        text,
        html,
        calendar: Vec::new(),
        unsubscribe: None,
    })
}

fn locale_of(app: &App, to: &Addressee) -> Locale {
    Locale::from_tag(&to.locale).unwrap_or(app.config.locale)
}

/// Puts a rendered mail into its envelope. The Message-ID is the one of its outbox row, so every copy is the same.
pub fn build(
    from: &str,
    outgoing: &Outgoing,
    rendered: &Rendered,
    date: DateTime<Utc>,
) -> Result<Message, MessageError> {
    let address = outgoing.to.address.as_deref().ok_or(MessageError::NoAddress)?;
    let address = address.trim().parse().map_err(|_| MessageError::BadAddress)?;
    let from: Mailbox = from
        .parse()
        .map_err(|e| MessageError::Build(format!("sender `{from}`: {e}")))?;
    let name = clean(&outgoing.to.name, NAME_LIMIT);
    let name = (!name.is_empty()).then_some(name);
    let mut builder = Message::builder()
        .from(from)
        .to(Mailbox::new(name, address))
        .subject(clean(&rendered.subject, SUBJECT_LIMIT))
        .message_id(Some(format!("<{}>", outgoing.message_id)))
        .date(SystemTime::from(date))
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        // Out-of-office programs that know nothing of the header before know this one.
        .raw_header(raw("X-Auto-Response-Suppress", "All"));
    if let Some(thread) = &outgoing.thread {
        builder = builder
            .in_reply_to(format!("<{thread}>"))
            .references(format!("<{thread}>"));
    }
    if let Some(address) = &rendered.unsubscribe {
        builder = builder
            .raw_header(raw("List-Unsubscribe", &format!("<{address}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let words = MultiPart::alternative_plain_html(rendered.text.clone(), rendered.html.clone());
    let built = if rendered.calendar.is_empty() {
        builder.multipart(words)
    } else {
        let files = rendered.calendar.iter().map(|file| {
            let kind = format!("text/calendar; charset=utf-8; method={}", file.method);
            let kind = ContentType::parse(&kind).map_err(|e| MessageError::Build(e.to_string()))?;
            Ok(Attachment::new(file.name.to_owned()).body(file.text.clone(), kind))
        });
        let mixed = MultiPart::mixed().multipart(words);
        let mixed = files
            .collect::<Result<Vec<_>, MessageError>>()?
            .into_iter()
            .fold(mixed, |mixed, file| mixed.singlepart(file));
        builder.multipart(mixed)
    };
    built.map_err(|e| MessageError::Build(e.to_string()))
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// The headers of a message as they go over the wire.
pub fn headers(message: &Message) -> String {
    let bytes = message.formatted();
    let text = String::from_utf8_lossy(&bytes);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    head.replace("\r\n", "\n")
}

/// A name or subject of at most `limit` characters, without what could end a header line or turn the text around: control characters and
/// direction marks. The library panics on some of them.
pub fn clean(text: &str, limit: usize) -> String {
    let turning = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let kept: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !turning(*c))
        .collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    words.join(" ").chars().take(limit).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use duban_core::clock::Light;
    use duban_core::id::{DocumentId, PersonId};
    use duban_core::reminder::{Recipient, Watch};
    use duban_service::outbox::MailContent;

    fn outgoing(name: &str, address: Option<&str>) -> Outgoing {
        Outgoing::for_preview(
            Addressee {
                person: PersonId(1),
                name: name.to_owned(),
                address: address.map(str::to_owned),
                locale: "zh-CN".to_owned(),
            },
            "digest.20260309.1@site.duban",
            MailContent::Digest(DigestView {
                day: NaiveDate::from_ymd_opt(2026, 3, 9).unwrap(),
                own: Vec::new(),
                others: Vec::new(),
            }),
        )
    }

    fn rendered() -> Rendered {
        Rendered {
            subject: "【督办】1 件\r\nBcc: x@example.org".to_owned(),
            text: "正文".to_owned(),
            html: "<p>正文</p>".to_owned(),
            calendar: Vec::new(),
            unsubscribe: None,
        }
    }

    const FROM: &str = "Duban <duban@example.org>";

    #[test]
    fn a_message_has_its_fixed_id_and_says_that_it_is_automatic() {
        let now = "2026-03-09T00:30:00Z".parse().unwrap();
        let message = build(FROM, &outgoing("张三", Some("zhang@example.org")), &rendered(), now).unwrap();
        let head = headers(&message);
        assert!(head.contains("Message-ID: <digest.20260309.1@site.duban>"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.contains("Date: Mon, 09 Mar 2026 00:30:00 +0000"), "{head}");
        assert!(head.contains("multipart/alternative"), "{head}");
        assert_eq!(message.envelope().to().len(), 1);
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        let again = build(FROM, &outgoing("张三", Some("zhang@example.org")), &rendered(), now).unwrap();
        assert_eq!(
            headers(&again).lines().find(|l| l.starts_with("Message-ID")),
            head.lines().find(|l| l.starts_with("Message-ID"))
        );
    }

    #[test]
    fn names_with_line_breaks_nul_and_direction_marks_are_cleaned() {
        let now = "2026-03-09T00:30:00Z".parse().unwrap();
        for name in [
            "张\r\nBcc: x@example.org",
            "张\0三",
            "\u{202E}txet",
            "",
            &"长".repeat(10_000),
        ] {
            let message = build(FROM, &outgoing(name, Some("zhang@example.org")), &rendered(), now).unwrap();
            let head = headers(&message);
            assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
            assert!(head.lines().all(|line| line.len() <= 998));
        }
        assert_eq!(clean("a\u{202E}b\r\n c", 10), "ab c");
    }

    #[test]
    fn a_person_without_a_proper_address_gets_no_message() {
        let now = "2026-03-09T00:30:00Z".parse().unwrap();
        let missing = build(FROM, &outgoing("张三", None), &rendered(), now);
        assert!(matches!(missing, Err(MessageError::NoAddress)));
        for address in ["", "zhang", "a@b@c", "zhang@example.org\r\nRCPT TO:<x@example.org>"] {
            let bad = build(FROM, &outgoing("张三", Some(address)), &rendered(), now);
            assert!(matches!(bad, Err(MessageError::BadAddress)), "{address}");
        }
    }

    #[test]
    fn both_mails_read_well_in_both_languages() {
        let texts = std::sync::Arc::new(crate::i18n::Texts::load().unwrap());
        let views = crate::view::Views::load(&texts, chrono_tz::Asia::Shanghai).unwrap();
        let line = |late: i64, due: Option<&str>, to| duban_service::digest::DigestLine {
            light: Light::Yellow,
            watch: Watch::Draft,
            to,
            unit: "区某局".to_owned(),
            title: "区某局2026年度工作计划".to_owned(),
            stage: "起草".to_owned(),
            due_on: due.map(|due| due.parse().unwrap()),
            left: due.map(|_| if late == 0 { 2 } else { 0 }),
            late,
            provisional: false,
            who: vec!["张三".to_owned(), "李四".to_owned()],
            document: Some(DocumentId(7)),
            finding: None,
            campaign: None,
            year: None,
            key: String::new(),
            clock: String::new(),
        };
        let day = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap();
        let digests = [
            (vec![line(0, Some("2026-03-11"), Recipient::CanAct)], vec![]),
            (
                vec![
                    line(3, Some("2026-03-04"), Recipient::CanAct),
                    line(0, None, Recipient::CanAct),
                ],
                vec![line(3, Some("2026-03-04"), Recipient::Head)],
            ),
        ];
        for locale in Locale::ALL {
            let mut shown = String::new();
            let mut show = |kind: &str, view: serde_json::Value| {
                let letter = Letter {
                    base_url: "https://duban.example.org",
                    organisation: "某区人民政府",
                    locale: locale.tag(),
                    name: "张三",
                    subject: String::new(),
                    view,
                };
                let rendered = parts(&views, locale, kind, letter).unwrap();
                shown += &format!("{} {} {}", rendered.subject, rendered.text, rendered.html);
                rendered.html
            };
            for (own, others) in digests.clone() {
                let digest = DigestView { day, own, others };
                let mut view = serde_json::to_value(DigestMail::of(&digest)).unwrap();
                view["provisional"] = true.into();
                show("digest", view);
            }
            for topic in ["returned", "ended", "terminated", "blocked"] {
                let told = ToldView {
                    topic,
                    document: DocumentId(7),
                    title: "区某局2026年度工作计划".to_owned(),
                    unit: "区某局".to_owned(),
                    stage: "统筹审核".to_owned(),
                    by: Some("李四".to_owned()),
                    at: "2026-03-09T02:00:00Z".parse().unwrap(),
                    note: Some("第三项缺少完成标准 <b>".to_owned()),
                    reasons: Vec::new(),
                    due_on: (topic == "returned").then_some(day),
                };
                let html = show("told", serde_json::to_value(ToldMail { told: &told }).unwrap());
                assert!(html.contains("标准 &lt;b&gt;"), "{html}");
            }
            assert!(
                !shown.contains('⟦') && !shown.contains("{count}") && !shown.contains("{date}"),
                "{shown}"
            );
            let hosts = shown.matches("://").count();
            assert_eq!(
                hosts,
                shown.matches("https://duban.example.org/").count(),
                "no other host"
            );
        }
    }
}
