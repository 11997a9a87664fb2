//! Delivery reports (RFC 3464) out of a mail, and out of a Maildir. Whatever else arrives there, such as out-of-office
//! answers, is left alone and causes nothing.

use duban_service::Service;
use duban_service::bounce::{Report, Taken};
use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};
use std::path::Path;

/// The largest mail that is read, in bytes.
const LARGEST: u64 = 2 * 1024 * 1024;

/// The reports in a mail, one a recipient; none in a mail that is no report or does not name the mail it is about.
pub fn reports(raw: &[u8]) -> Vec<Report> {
    let Some(mail) = MessageParser::default().parse(raw) else {
        return Vec::new();
    };
    let part_text = |kind: &str, subtype: &str| {
        mail.parts.iter().find_map(|part| {
            let found = part.content_type()?;
            let fits = found.ctype().eq_ignore_ascii_case(kind)
                && found.subtype().is_some_and(|known| known.eq_ignore_ascii_case(subtype));
            fits.then(|| text(&part.body))
        })
    };
    let Some(status) = part_text("message", "delivery-status") else {
        return Vec::new();
    };
    let Some(message_id) = original(&mail, part_text("text", "rfc822-headers")) else {
        return Vec::new();
    };
    let blocks = status.replace("\r\n", "\n");
    blocks
        .split("\n\n")
        .filter_map(|block| {
            let recipient = field(block, "Final-Recipient").or_else(|| field(block, "Original-Recipient"))?;
            Some(Report {
                message_id: message_id.clone(),
                recipient: typed(&recipient).to_owned(),
                action: field(block, "Action")?,
                status: field(block, "Status").unwrap_or_default(),
                diagnostic: field(block, "Diagnostic-Code")
                    .map(|said| typed(&said).to_owned())
                    .unwrap_or_default(),
            })
        })
        .collect()
}

fn text(body: &PartType<'_>) -> String {
    match body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        PartType::Message(message) => String::from_utf8_lossy(&message.raw_message).into_owned(),
        PartType::Multipart(_) => String::new(),
    }
}

/// The Message-ID of the mail that came back: from the copy of it, or of its headers.
fn original(mail: &Message<'_>, headers: Option<String>) -> Option<String> {
    let copy = mail.parts.iter().find_map(|part| match &part.body {
        PartType::Message(message) => message.message_id().map(str::to_owned),
        _ => None,
    });
    copy.or_else(|| {
        let id = field(&headers?.replace("\r\n", "\n"), "Message-ID")?;
        Some(id.trim_matches(['<', '>']).to_owned())
    })
}

/// A field of a block of headers, unfolded.
fn field(block: &str, name: &str) -> Option<String> {
    let unfolded = block.replace("\n ", " ").replace("\n\t", " ");
    unfolded.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// `rfc822; a@example.org` without its type.
fn typed(value: &str) -> &str {
    value.split_once(';').map_or(value, |(_, rest)| rest).trim()
}

/// Takes every report in a mail, and says what became of each.
///
/// # Errors
/// When the database fails.
pub async fn take(service: &Service, raw: &[u8]) -> duban_service::Result<Vec<(Report, Taken)>> {
    let mut taken = Vec::new();
    for report in reports(raw) {
        let done = service.take_report(&report).await?;
        tracing::info!(status = report.status, "a delivery report: {done:?}");
        taken.push((report, done));
    }
    Ok(taken)
}

/// Reads the new mails of a Maildir, and moves each to those that were seen.
///
/// # Errors
/// When the database fails; what cannot be read is told and left.
pub async fn read_maildir(service: &Service, folder: &Path) -> duban_service::Result<()> {
    let new = match std::fs::read_dir(folder.join("new")) {
        Ok(new) => new,
        Err(error) => {
            tracing::warn!("the folder for delivery reports cannot be read: {error}");
            return Ok(());
        }
    };
    for file in new.flatten() {
        let small = file
            .metadata()
            .is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST);
        if small && let Ok(raw) = std::fs::read(file.path()) {
            take(service, &raw).await?;
        }
        let mut name = file.file_name();
        name.push(":2,S");
        if let Err(error) = std::fs::rename(file.path(), folder.join("cur").join(name)) {
            tracing::warn!("a delivery report cannot be moved: {error}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTFIX: &str = "From: MAILER-DAEMON@mx.example\r\nTo: duban@district.example\r\nAuto-Submitted: auto-replied\r\n\
        MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"B\"\r\n\r\n\
        --B\r\nContent-Type: text/plain\r\n\r\nsorry\r\n\
        --B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
        Final-Recipient: rfc822; zhang@district.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 no\r\n such user\r\n\r\n\
        --B\r\nContent-Type: HEADERS\r\n\r\nFrom: duban@district.example\r\nMessage-ID: <digest.1@site.duban>\r\n\r\n--B--\r\n";

    #[test]
    fn reports_with_a_copy_or_with_headers_are_understood() {
        for kind in ["message/rfc822", "text/rfc822-headers"] {
            let found = reports(POSTFIX.replace("HEADERS", kind).as_bytes());
            assert_eq!(found.len(), 1, "{kind}");
            assert_eq!(found[0].message_id, "digest.1@site.duban");
            assert_eq!(found[0].recipient, "zhang@district.example");
            assert_eq!(
                (found[0].action.as_str(), found[0].status.as_str()),
                ("failed", "5.1.1")
            );
            assert_eq!(found[0].diagnostic, "550 5.1.1 no such user");
        }
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        let absent = "From: a@b.example\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nbye\r\n";
        let nameless = POSTFIX.replace("Message-ID", "X-Other");
        for mail in [
            absent,
            "",
            "\0\u{1}",
            nameless.as_str(),
            "Content-Type: message/delivery-status\r\n\r\nAction: failed",
        ] {
            assert_eq!(reports(mail.as_bytes()), [], "{mail:?}");
        }
    }
}
