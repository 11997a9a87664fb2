//! Deadlines as calendar files (RFC 5545): published, not invitations, so that nobody has to answer. The same entry is
//! changed by its UID and SEQUENCE, and cancelled once the matter is done.

use crate::app::App;
use crate::i18n::Locale;
use chrono::{DateTime, Days, TimeDelta, Utc};
use duban_service::deadline::{Deadlines, Entry};
use icalendar::{Alarm, Calendar, Component as _, Event, EventLike as _, EventStatus};
use serde::{Deserialize, Serialize};

/// A calendar file on a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarFile {
    /// Its name.
    pub name: String,
    /// `PUBLISH` or `CANCEL`.
    pub method: String,
    /// The file.
    pub text: String,
}

/// The calendar files for these deadlines, as of `now`: one for those that run, one for those that are done.
pub fn files(app: &App, locale: Locale, deadlines: &Deadlines, now: DateTime<Utc>) -> Vec<CalendarFile> {
    let label = app.texts.plain(locale, "mail.entry");
    let mut files = Vec::new();
    for (method, name, entries) in [
        ("PUBLISH", "deadlines.ics", &deadlines.open),
        ("CANCEL", "done.ics", &deadlines.done),
    ] {
        if !entries.is_empty() {
            files.push(CalendarFile {
                name: name.to_owned(),
                method: method.to_owned(),
                text: calendar(method, entries, (&label, &app.config.base_url), now),
            });
        }
    }
    files
}

fn calendar(method: &str, entries: &[Entry], (label, base_url): (&str, &str), now: DateTime<Utc>) -> String {
    let mut calendar = Calendar::new();
    calendar.append_property(("METHOD", method));
    for entry in entries {
        // The end of an all-day entry is the first day after it; with the same day some calendars show nothing.
        let after = entry.due_on.checked_add_days(Days::new(1)).unwrap_or(entry.due_on);
        let cancelled = method == "CANCEL";
        let mut event = Event::new();
        event
            .uid(&entry.uid)
            .sequence(u32::try_from(entry.sequence).unwrap_or(0))
            .timestamp(now)
            .summary(&format!("{label}{}", super::message::clean(&entry.title, 150)))
            .starts(entry.due_on)
            .ends(after)
            .url(&format!("{base_url}/inbox"))
            .add_property("TRANSP", "TRANSPARENT")
            .status(if cancelled {
                EventStatus::Cancelled
            } else {
                EventStatus::Confirmed
            });
        if !cancelled {
            // Nine in the morning of the day before.
            event.alarm(Alarm::display(label, -TimeDelta::hours(15)));
        }
        calendar.push(event.done());
    }
    calendar.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_the_next_one_and_a_change_counts() {
        let entry = Entry {
            uid: "draft.d7.0.1@site.duban".to_owned(),
            clock: "draft.d7.0.2026-02-28".to_owned(),
            title: "某局，2026年度工作计划\r\nX-EVIL: 1".to_owned(),
            due_on: "2026-02-28".parse().unwrap(),
            sequence: 3,
        };
        let now = "2026-02-10T00:30:00Z".parse().unwrap();
        let text = calendar(
            "PUBLISH",
            std::slice::from_ref(&entry),
            ("期限：", "https://d.example"),
            now,
        );
        for line in [
            "METHOD:PUBLISH",
            "UID:draft.d7.0.1@site.duban",
            "SEQUENCE:3",
            "DTSTART;VALUE=DATE:20260228",
            "DTEND;VALUE=DATE:20260301",
            "STATUS:CONFIRMED",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        assert!(!text.contains("\nX-EVIL"), "{text}");
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        let text = calendar("CANCEL", &[entry], ("期限：", "https://d.example"), now);
        assert!(text.contains("METHOD:CANCEL") && text.contains("STATUS:CANCELLED") && !text.contains("VALARM"));
    }
}
