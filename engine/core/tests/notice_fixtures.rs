//! Notices of many styles about districts that do not exist, each with what a person reads in it, and hostile text.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use duban_core::notice::{Notice, lines, read, score};
use proptest::prelude::*;

/// The folder of the fixtures: `tests/notices` of the repository.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/notices")
}

fn texts() -> Vec<(PathBuf, String)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder of fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a fixture");
            (path, text)
        })
        .collect()
}

fn expected(path: &std::path::Path) -> score::Expected {
    let file = path.with_extension("expected.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

#[test]
fn every_fixture_is_read_as_a_person_reads_it() {
    let texts = texts();
    assert!(texts.len() >= 40, "only {} fixtures", texts.len());
    let mut wrong = Vec::new();
    for (path, text) in &texts {
        let score = score::score(&read(&lines(text)), &expected(path));
        if !score.is_exact() {
            wrong.push(format!("{}\n{}", path.display(), score.differences.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_score_sees_what_is_missing_and_what_is_false() {
    let (path, text) = texts().swap_remove(0);
    let mut notice = read(&lines(&text));
    let expected = expected(&path);
    notice.tasks[0].units.pop();
    notice.tasks[1].title.push('错');
    notice.indicators[0].value += rust_decimal::Decimal::ONE;
    let score = score::score(&notice, &expected);
    assert!(!score.is_exact());
    assert!(score.units.precision() > 0.999 && score.units.recall() < 1.0);
    assert!(score.titles.precision() < 1.0 && score.titles.recall() < 1.0);
    assert_eq!(score.indicators.right + 1, score.indicators.expected);
    assert!(score.tasks.is_exact() && score.sections.is_exact() && score.deadlines.is_exact());
}

/// Without white space and with half-width signs: the reader folds both.
fn folded(words: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    words.chars().filter(|c| !c.is_whitespace()).map(half).collect()
}

/// Every place lies inside the text, and what a place spans on one line is what was read there.
fn places_hold(text: &str, notice: &Notice) {
    let source: Vec<Vec<char>> = text
        .trim_start_matches('\u{feff}')
        .replace("\r\n", "\n")
        .split(['\n', '\r'])
        .map(|l| l.chars().collect())
        .collect();
    let spans = |p: &duban_core::notice::Place| {
        let line = &source[p.line as usize - 1];
        assert!(p.start as usize <= line.len() && p.line <= p.end_line && (p.end_line as usize) <= source.len());
        (p.line == p.end_line).then(|| line[p.start as usize..p.end as usize].iter().collect::<String>())
    };
    for task in &notice.tasks {
        spans(&task.place);
        for unit in &task.units {
            if let Some(words) = spans(&unit.place) {
                assert_eq!(folded(&words), folded(&unit.name), "place of {}", unit.name);
            }
        }
    }
    notice.indicators.iter().for_each(|i| {
        spans(&i.place);
    });
    notice
        .diagnostics
        .iter()
        .filter_map(|d| d.place.as_ref())
        .for_each(|p| {
            spans(p);
        });
}

#[test]
fn places_point_at_what_was_read() {
    for (_, text) in texts() {
        places_hold(&text, &read(&lines(&text)));
    }
}

#[test]
fn the_json_form_comes_back_unchanged() {
    for (path, text) in texts() {
        let notice = read(&lines(&text));
        let json = serde_json::to_string(&notice).expect("JSON");
        let back: Notice = serde_json::from_str(&json).expect("a notice");
        assert_eq!(back, notice, "{}", path.display());
    }
}

#[test]
fn a_megabyte_is_read_fast() {
    let one: String = texts().into_iter().map(|(_, text)| text).collect();
    let mut cases = vec![one.repeat(1_000_000 / one.len() + 1)];
    // Single lines without an end, and runs that invite quadratic work.
    for part in [
        "（",
        "一、",
        "区财政局、",
        "1.",
        "达到5%",
        "和",
        "，由",
        "2026年",
        "——",
        "| a | b | c |\n",
        "一是（A局负责）；",
        "分别达到1%和",
        "一",
        "百分之三十",
        "【责任单位】",
        "会同区财政局",
        "对企业给予10万元，",
        "1 清 区水务局 6月\n",
    ] {
        cases.push(part.repeat(1_000_000 / part.len()));
    }
    for text in cases {
        let start = Instant::now();
        let notice = read(&lines(&text));
        let took = start.elapsed();
        let begin: String = text.chars().take(12).collect();
        // Unoptimised and beside other work; an optimised build needs about a tenth of this.
        assert!(
            took < Duration::from_secs(20),
            "{begin}…: {took:?}, {} tasks",
            notice.tasks.len()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_is_read(text in "\\PC{0,400}") {
        let _ = read(&lines(&text));
    }

    #[test]
    fn text_of_signs_is_read(parts in prop::collection::vec(prop::sample::select(vec![
        "一、", "（一）", "1.", "1．", "（1）", "一是", "第一条", "1.1 ", "——", "\n", "\n\n", "。", "；", "，", "、", "：", "（", "）",
        "区财政局", "各镇", "牵头", "配合", "负责", "按职责分工负责", "会同", "由", "等", "和", "责任单位", "完成时限：", "2026年6月底前", "2月30日前",
        "长期推进", "达到", "分别达到", "均达到", "超过", "98%", "12万家", "和68%", "以上", "左右", "的年度目标", "到2025年", "对企业进行检查", "率",
        "\t", "|", "  ", "序号", "工作任务", "关于印发", "《", "》", "的通知", "〔2026〕1号", "2026年1月2日", " ", "\u{3000}",
    ]), 0..120)) {
        let text = parts.concat();
        let notice = read(&lines(&text));
        places_hold(&text, &notice);
    }

    #[test]
    fn cut_and_shuffled_notices_are_read(which in 0usize..18, from in 0usize..2000, to in 0usize..2000, turn in 0usize..50) {
        let texts = texts();
        let text: Vec<char> = texts[which % texts.len()].1.chars().collect();
        let (from, to) = (from.min(to).min(text.len()), from.max(to).min(text.len()));
        let cut: String = text[from..to].iter().collect();
        let notice = read(&lines(&cut));
        places_hold(&cut, &notice);
        let mut rows: Vec<&str> = cut.lines().collect();
        if !rows.is_empty() {
            let n = rows.len();
            rows.rotate_left(turn % n);
            rows.swap(turn % n, turn * 7 % n);
        }
        let shuffled = rows.join("\n");
        places_hold(&shuffled, &read(&lines(&shuffled)));
    }
}
