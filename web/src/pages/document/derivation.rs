//! How a last day came about, in words: "3月2日送达，次日起算，5个工作日，其中3月7日—3月8日休息 → 3月9日".

use crate::i18n::{Locale, Texts};
use chrono::{Datelike, NaiveDate};
use duban_core::calendar::{Derivation, Term};
use std::collections::BTreeMap;

/// The derivation in the reader's language.
pub fn words(texts: &Texts, locale: Locale, told: &Derivation) -> String {
    let say = |key: &str, args: &[(&str, String)]| {
        let args: BTreeMap<String, String> = args
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        texts.text(locale, &format!("derivation.{key}"), &args)
    };
    let day = |day: NaiveDate| {
        let month = texts.text(locale, &format!("date.month.{}", day.month()), &BTreeMap::new());
        let args = [("month", month), ("day", day.day().to_string())];
        let args: BTreeMap<String, String> = args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        texts.text(locale, "date.short", &args)
    };
    let comma = say("comma", &[]);
    let runs: Vec<String> = told
        .skipped
        .iter()
        .map(|run| {
            if run.from == run.to {
                day(run.from)
            } else {
                say("run", &[("from", day(run.from)), ("to", day(run.to))])
            }
        })
        .collect();
    let mut text = match told.term {
        Term::WorkingDays(days) => say("working", &[("start", day(told.start)), ("count", days.to_string())]),
        Term::Months(months) => say("months", &[("start", day(told.start)), ("count", months.to_string())]),
        Term::Date(last) => say("date", &[("day", day(last))]),
    };
    if !runs.is_empty() {
        text += &say("skipped", &[("days", runs.join(&comma))]);
    }
    if !told.made_up.is_empty() {
        let days: Vec<String> = told.made_up.iter().map(|made_up| day(*made_up)).collect();
        text += &say("made_up", &[("days", days.join(&comma))]);
    }
    // A set day that falls on a working day is its own answer.
    if told.term != Term::Date(told.due) {
        text += &say("due", &[("day", day(told.due))]);
    }
    if told.provisional {
        text += &say("provisional", &[]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use duban_core::calendar::{Calendar, DayKind};

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_last_day_says_how_it_came_about() {
        let texts = Texts::load().unwrap();
        let mut calendar = Calendar {
            published: [2026].into(),
            ..Calendar::default()
        };
        for day in 15..=23 {
            let day = NaiveDate::from_ymd_opt(2026, 2, day).unwrap();
            calendar.days.insert(day, DayKind::Holiday);
        }
        calendar.days.insert(on("2026-02-14"), DayKind::MakeUp);
        let told = |start: &str, term| words(&texts, Locale::ZhCn, &calendar.derive(on(start), term));
        assert_eq!(
            told("2026-03-02", Term::WorkingDays(5)),
            "3月2日送达，次日起算，5个工作日，其中3月7日—3月8日休息 → 3月9日"
        );
        assert_eq!(
            told("2026-02-12", Term::WorkingDays(3)),
            "2月12日送达，次日起算，3个工作日，其中2月15日—2月23日休息，2月14日调休上班 → 2月24日"
        );
        assert_eq!(
            told("2026-02-12", Term::Date(on("2026-02-20"))),
            "规定期限2月20日，其中2月20日—2月23日休息 → 2月24日"
        );
        assert_eq!(told("2026-02-12", Term::Date(on("2026-03-02"))), "规定期限3月2日");
        assert_eq!(
            told("2026-12-31", Term::WorkingDays(1)),
            "12月31日送达，次日起算，1个工作日 → 1月1日（约：该年放假安排尚未公布）"
        );
        let english = words(
            &texts,
            Locale::En,
            &calendar.derive(on("2026-03-02"), Term::WorkingDays(5)),
        );
        assert!(
            english.contains("5 working days") && english.contains("→ 9 March"),
            "{english}"
        );
    }
}
