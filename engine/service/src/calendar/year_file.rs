//! A year's arrangement as people have it: our own TOML, JSON, CSV or an .ics file.
//!
//! | kind | what is read |
//! |---|---|
//! | TOML | `year`, `source`, `dated`, `[[holiday]]` with `name`, `from`, `to`, `worked` |
//! | JSON | the same names; or `days` of `date`, `name` and `isOffDay`, with the notices under `papers` |
//! | CSV | a first line that names the columns `date`, `kind`, `name`; `kind` is 休 (off) or 班 (worked) |
//! | .ics | events of whole days; a summary that contains 班 is worked, any other is off |

use crate::error::{Error, FieldProblem, Result};
use chrono::{Datelike, Days, NaiveDate};
use duban_core::calendar::DayKind;
use duban_core::reason::Reason;
use duban_store::setting::PublishedYear;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What somebody says about a file that does not say it itself.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The year to take from it.
    pub year: Option<i32>,
    /// The notice that made it.
    pub source: Option<String>,
}

type DayRows = Vec<(NaiveDate, DayKind, String)>;

struct Found {
    year: Option<i32>,
    source: Option<String>,
    days: DayRows,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i32,
    /// The notice that made it.
    source: String,
    /// The notice's date: its year is not the year of the dates.
    dated: Option<NaiveDate>,
    holiday: Vec<HolidayFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayFile {
    name: String,
    from: NaiveDate,
    to: NaiveDate,
    /// Days worked in return.
    #[serde(default)]
    worked: Vec<NaiveDate>,
}

#[derive(Debug, Deserialize)]
struct DayList {
    year: Option<i32>,
    #[serde(default)]
    papers: Vec<String>,
    days: Vec<DayEntry>,
}

#[derive(Debug, Deserialize)]
struct DayEntry {
    date: NaiveDate,
    name: String,
    #[serde(rename = "isOffDay")]
    off: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum JsonFile {
    Days(DayList),
    Year(YearFile),
}

#[derive(Deserialize)]
struct ManyYears {
    year: Vec<YearFile>,
}

/// Reads a year's arrangement; what the file says wins over what is given, except that a given year picks the days of a
/// file that holds several.
///
/// # Errors
/// [`Error::Invalid`] on the field `file` with `calendar_syntax` (and what is wrong), `calendar_year` for a day outside
/// the year, `calendar_twice` for a day named as off and as worked, `calendar_order` for a holiday that ends before it
/// begins, `calendar_which` when the year cannot be told, `calendar_empty` when nothing of it is named; on the field
/// `source` with `calendar_source` when the notice cannot be told.
pub fn read_year(text: &str, given: &Given) -> Result<PublishedYear> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let (found, strict) = if text.starts_with('{') {
        let file = serde_json::from_str(text).map_err(syntax)?;
        match file {
            JsonFile::Year(file) => (of_file(file)?, true),
            JsonFile::Days(list) => (of_list(list), false),
        }
    } else if text.to_ascii_uppercase().starts_with("BEGIN:VCALENDAR") {
        (of_ics(text)?, false)
    } else if text.lines().next().is_some_and(|line| columns(line).is_some()) {
        (of_csv(text)?, false)
    } else {
        let file: YearFile = toml::from_str(text).map_err(|e| syntax(e.message()))?;
        (of_file(file)?, true)
    };
    publish(found, strict, given)
}

/// Reads several years from one TOML file with `[[year]]`.
///
/// # Errors
/// As [`read_year`].
pub fn read_years(text: &str) -> Result<Vec<PublishedYear>> {
    let file: ManyYears = toml::from_str(text).map_err(|e| syntax(e.message()))?;
    let years = file.year.into_iter();
    years
        .map(|year| publish(of_file(year)?, true, &Given::default()))
        .collect()
}

/// One year out of what was found. A list of days may hold days of the years around it; a year's own file may not.
fn publish(found: Found, strict: bool, given: &Given) -> Result<PublishedYear> {
    let years: BTreeSet<i32> = found.days.iter().map(|(day, _, _)| day.year()).collect();
    let only = if years.len() == 1 { years.first().copied() } else { None };
    let year = if strict {
        found.year
    } else {
        given.year.or(found.year).or(only)
    };
    let year = year.ok_or_else(|| wrong("file", Reason::new("calendar_which")))?;
    if strict && let Some(other) = given.year.filter(|given| *given != year) {
        return Err(wrong(
            "file",
            Reason::new("calendar_other").with("year", year).with("given", other),
        ));
    }
    let mut days: BTreeMap<NaiveDate, (DayKind, String)> = BTreeMap::new();
    for (day, kind, name) in found.days {
        if day.year() != year {
            if strict {
                return Err(wrong("file", Reason::new("calendar_year").with("day", day)));
            }
            continue;
        }
        match days.insert(day, (kind, name)) {
            // A list may name a day under two holidays; only a contradiction is an error there.
            Some((known, _)) if strict || known != kind => {
                return Err(wrong("file", Reason::new("calendar_twice").with("day", day)));
            }
            _ => {}
        }
    }
    if days.is_empty() {
        return Err(wrong("file", Reason::new("calendar_empty").with("year", year)));
    }
    let said = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let source = said(&found.source).or_else(|| said(&given.source));
    Ok(PublishedYear {
        year,
        source: source.ok_or_else(|| wrong("source", Reason::new("calendar_source")))?,
        days: days.into_iter().map(|(day, (kind, name))| (day, kind, name)).collect(),
    })
}

fn of_file(file: YearFile) -> Result<Found> {
    let mut days = Vec::new();
    for holiday in file.holiday {
        if holiday.to < holiday.from {
            return Err(wrong("file", Reason::new("calendar_order").with("day", holiday.from)));
        }
        for day in holiday.from.iter_days().take_while(|day| *day <= holiday.to) {
            days.push((day, DayKind::Holiday, holiday.name.clone()));
        }
        for day in holiday.worked {
            days.push((day, DayKind::MakeUp, holiday.name.clone()));
        }
    }
    let dated = file.dated.map_or_else(String::new, |day| format!("（{day}）"));
    Ok(Found {
        year: Some(file.year),
        source: Some(format!("{}{dated}", file.source)),
        days,
    })
}

fn of_list(list: DayList) -> Found {
    let days = list.days.into_iter().map(|day| {
        let kind = if day.off { DayKind::Holiday } else { DayKind::MakeUp };
        (day.date, kind, day.name)
    });
    Found {
        year: list.year,
        source: list.papers.into_iter().next(),
        days: days.collect(),
    }
}

/// The places of the columns `date`, `kind` and `name` in the first line of a CSV file.
fn columns(line: &str) -> Option<(usize, usize, usize)> {
    let names: Vec<String> = cells(line).into_iter().map(|name| name.to_lowercase()).collect();
    let place = |known: [&str; 3]| names.iter().position(|name| known.contains(&name.as_str()));
    Some((
        place(["date", "日期", "day"])?,
        place(["kind", "类型", "type"])?,
        place(["name", "名称", "节日"])?,
    ))
}

fn cells(line: &str) -> Vec<String> {
    line.split([',', '，', ';', '\t'])
        .map(|cell| cell.trim().trim_matches('"').trim().to_owned())
        .collect()
}

fn of_csv(text: &str) -> Result<Found> {
    let mut lines = text.lines().enumerate();
    let head = lines.next().and_then(|(_, line)| columns(line));
    let (date, kind, name) = head.ok_or_else(|| syntax("no columns"))?;
    let mut days = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let cells = cells(line);
        let cell = |place: usize| cells.get(place).map(String::as_str).unwrap_or_default();
        let day = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"]
            .into_iter()
            .find_map(|format| NaiveDate::parse_from_str(cell(date), format).ok());
        let kind = match cell(kind) {
            "休" | "放假" | "holiday" | "off" => Some(DayKind::Holiday),
            "班" | "上班" | "调休" | "调休上班" | "make_up" | "workday" => Some(DayKind::MakeUp),
            _ => None,
        };
        let (Some(day), Some(kind)) = (day, kind) else {
            return Err(syntax(format!("line {}: {line}", index + 1)));
        };
        days.push((day, kind, cell(name).to_owned()));
    }
    Ok(Found {
        year: None,
        source: None,
        days,
    })
}

fn of_ics(text: &str) -> Result<Found> {
    // A line that begins with a blank goes on the one before it.
    let text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let mut days = Vec::new();
    let mut source = None;
    let mut event: Option<BTreeMap<String, String>> = None;
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let name = name.split(';').next().unwrap_or_default().to_ascii_uppercase();
        match (name.as_str(), value.trim()) {
            ("BEGIN", "VEVENT") => event = Some(BTreeMap::new()),
            ("END", "VEVENT") => {
                if let Some(fields) = event.take() {
                    of_event(&fields, &mut days)?;
                }
            }
            ("X-WR-CALDESC", value) => source = Some(value.to_owned()),
            (_, value) => {
                if let Some(fields) = &mut event {
                    fields.insert(name, value.to_owned());
                }
            }
        }
    }
    Ok(Found {
        year: None,
        source,
        days,
    })
}

fn of_event(fields: &BTreeMap<String, String>, days: &mut DayRows) -> Result<()> {
    let day = |name: &str| {
        let digits = fields.get(name)?.get(..8)?;
        NaiveDate::parse_from_str(digits, "%Y%m%d").ok()
    };
    let summary = fields.get("SUMMARY").map_or("", String::as_str);
    let first = day("DTSTART").ok_or_else(|| syntax(format!("event `{summary}`: DTSTART")))?;
    // The end of an event is the day after its last one.
    let end = day("DTEND").filter(|end| *end > first).unwrap_or(first + Days::new(1));
    let kind = if summary.contains('班') {
        DayKind::MakeUp
    } else {
        DayKind::Holiday
    };
    let name = summary
        .trim_end_matches(['休', '班', '补', '（', '）', '(', ')', ' '])
        .trim_end_matches("假期")
        .to_owned();
    // An event of years is no holiday; it would fill the calendar.
    if (end - first).num_days() > 60 {
        return Err(syntax(format!("event `{summary}`: longer than 60 days")));
    }
    days.extend(
        first
            .iter_days()
            .take_while(|day| *day < end)
            .map(|day| (day, kind, name.clone())),
    );
    Ok(())
}

fn syntax(problem: impl ToString) -> Error {
    wrong(
        "file",
        Reason::new("calendar_syntax").with("problem", problem.to_string()),
    )
}

fn wrong(field: &str, reason: Reason) -> Error {
    Error::Invalid(vec![FieldProblem::of(field, reason)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(year: i32) -> Given {
        Given {
            year: Some(year),
            source: Some("通知".to_owned()),
        }
    }

    /// New Year of 2027 in every shape.
    const SHAPES: [&str; 5] = [
        "year = 2027\nsource = \"通知\"\n[[holiday]]\nname = \"元旦\"\nfrom = \"2027-01-01\"\nto = \"2027-01-03\"\nworked = [\"2027-01-09\"]",
        r#"{"year": 2027, "source": "通知", "holiday": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03", "worked": ["2027-01-09"]}]}"#,
        r#"{"year": 2027, "papers": ["通知"], "days": [
            {"name": "元旦", "date": "2027-01-01", "isOffDay": true}, {"name": "元旦", "date": "2027-01-02", "isOffDay": true},
            {"name": "元旦", "date": "2027-01-03", "isOffDay": true}, {"name": "元旦", "date": "2027-01-09", "isOffDay": false}]}"#,
        "\u{feff}日期,类型,名称\n2027-01-01,休,元旦\n2027/1/2,休,元旦\n20270103,放假,元旦\n2027-01-09,班,元旦\n2026-10-01,休,国庆节\n",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270104\r\nSUMMARY:元\r\n 旦（休）\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270109\r\nSUMMARY:元旦（班）\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ];

    #[test]
    fn every_shape_gives_the_same_year() {
        let years: Vec<_> = SHAPES
            .iter()
            .map(|text| read_year(text, &given(2027)).unwrap_or_else(|e| panic!("{text}: {e:?}")))
            .collect();
        let first = &years[0];
        assert_eq!((first.year, first.source.as_str(), first.days.len()), (2027, "通知", 4));
        for (year, text) in years.iter().zip(SHAPES) {
            assert_eq!(year, first, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_asked_for() {
        let code = |text: &str, given: &Given| match read_year(text, given) {
            Err(Error::Invalid(problems)) => problems[0].reason.code.to_string(),
            other => panic!("{text}: {other:?}"),
        };
        let nothing = Given::default();
        assert_eq!(code(SHAPES[3], &nothing), "calendar_which", "two years in one file");
        assert_eq!(code(SHAPES[4], &nothing), "calendar_source");
        assert_eq!(code(SHAPES[3], &given(2030)), "calendar_empty");
        assert_eq!(code(SHAPES[0], &given(2030)), "calendar_other");
        assert_eq!(
            code("date,kind,name\n2027-01-01,?,元旦", &given(2027)),
            "calendar_syntax"
        );
        let both = "date,kind,name\n2027-01-01,休,元旦\n2027-01-01,班,元旦";
        assert_eq!(code(both, &given(2027)), "calendar_twice");
        assert_eq!(code("{\"days\": 1}", &nothing), "calendar_syntax");
        assert_eq!(code("无", &nothing), "calendar_syntax");
    }
}
