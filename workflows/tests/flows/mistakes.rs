//! Definitions with one mistake each: every one is refused, for that mistake, on its line.

use duban_workflows::check;
use duban_workflows::registry::SHIPPED;

/// The shipped annual plan with one passage replaced.
fn planted(from: &str, to: &str) -> String {
    let text = SHIPPED[0].1;
    assert_eq!(text.matches(from).count(), 1, "{from} must be there once");
    text.replace(from, to)
}

fn problems(text: &str) -> Vec<(usize, String)> {
    let found = check(text).err().unwrap_or_default();
    found.into_iter().map(|p| (p.line, p.problem.reason.code)).collect()
}

/// Title and description of every stage, end and definition, in both languages.
#[test]
fn each_text_that_people_read_must_be_there() {
    let lines: Vec<_> = SHIPPED[0].1.lines().collect();
    let said = lines.iter().enumerate();
    let said = said.filter(|(_, line)| line.starts_with("title = ") || line.starts_with("description = "));
    let mut left_out = 0;
    for (at, line) in said {
        let without = |new: Option<String>| {
            let mut lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
            match new {
                Some(new) => lines[at] = new,
                None => drop(lines.remove(at)),
            }
            problems(&lines.join("\n"))
        };
        let english = line.find(", en = ").map(|comma| format!("{} }}", &line[..comma]));
        for new in [None, english] {
            let found = without(new);
            assert!(found.iter().any(|(_, code)| code == "syntax"), "{line}: {found:?}");
            left_out += 1;
        }
    }
    assert!(left_out > 30, "{left_out}");
}

#[test]
fn each_mistake_is_named_on_its_line() {
    let cosign_seat =
        r#"seats = [{ role = "cosigner", party = "partners", each = true, fallback = ["deputy", "head"] }]"#;
    let head_seat = r#"seats = [{ role = "head", party = "owner" }]"#;
    let leader_end = r#"next = [{ to = "approved" }]"#;
    let cosign_way = r#"next = [{ when = { fact = "partners.count", at_least = 1 }, to = "cosign" }, { to = "head" }]"#;
    let upward = r#"{ when = { fact = "owner.answers_upward", is = true }, to = "reported" }"#;
    let two = "count = 2 }]\ndistinct = true";
    let cases = [
        // A role, a party, a fact, a stage, an effect, a field group, a document type that nobody knows.
        (
            planted(head_seat, r#"seats = [{ role = "chief", party = "owner" }]"#),
            "unknown_role",
        ),
        (
            planted(head_seat, r#"seats = [{ role = "head", party = "ministry" }]"#),
            "unknown_party",
        ),
        (
            planted(
                upward,
                r#"{ when = { fact = "owner.size", at_least = 9 }, to = "reported" }"#,
            ),
            "unknown_fact",
        ),
        (planted(leader_end, r#"next = [{ to = "aproved" }]"#), "unknown_stage"),
        (
            planted(r#"returns = ["draft", "office"]"#, r#"returns = ["draft", "cabinet"]"#),
            "unknown_stage",
        ),
        (
            planted(
                r#"stages = ["coordinator", "office", "leader"]"#,
                r#"stages = ["coordinator", "king"]"#,
            ),
            "unknown_stage",
        ),
        (planted(r#"start = "draft""#, r#"start = "begin""#), "unknown_stage"),
        (
            planted(r#"edits = ["plan"]"#, r#"edits = ["results"]"#),
            "unknown_group",
        ),
        (
            planted(r#"document_type = "annual_plan""#, r#"document_type = "memo""#),
            "unknown_document_type",
        ),
        (
            planted(
                r#"title = { zh = "已报送", en = "Reported" }"#,
                "title = { zh = \"已报送\", en = \"Reported\" }\nwhatever = 1",
            ),
            "syntax",
        ),
        // Guards of the wrong type, of two minds, of no content.
        (
            planted(
                upward,
                r#"{ when = { fact = "owner.answers_upward", is = "yes" }, to = "reported" }"#,
            ),
            "fact_type",
        ),
        (
            planted(
                upward,
                r#"{ when = { fact = "owner.answers_upward", at_least = 1 }, to = "reported" }"#,
            ),
            "fact_type",
        ),
        (
            planted(
                upward,
                r#"{ when = { fact = "partners.count", at_least = 1, at_most = 2 }, to = "reported" }"#,
            ),
            "bad_guard",
        ),
        (
            planted(upward, r#"{ when = { all = [] }, to = "reported" }"#),
            "guard_says_nothing",
        ),
        // Routes: none for the rest, one that hides the others, one that is never taken.
        (
            planted(
                cosign_way,
                r#"next = [{ when = { fact = "partners.count", at_least = 1 }, to = "cosign" }]"#,
            ),
            "no_default_route",
        ),
        (
            planted(
                cosign_way,
                r#"next = [{ to = "head" }, { when = { fact = "partners.count", at_least = 1 }, to = "cosign" }, { to = "head" }]"#,
            ),
            "shadows_the_rest",
        ),
        (
            planted(
                cosign_way,
                r#"next = [{ when = { fact = "partners.count", at_least = 1 }, to = "cosign" }, { when = { fact = "partners.count", at_least = 2 }, to = "leader" }, { to = "head" }]"#,
            ),
            "route_never_taken",
        ),
        // Ways: a stage nobody reaches, one that leads nowhere, a list that may be empty, a return ahead.
        (planted(cosign_way, r#"next = [{ to = "head" }]"#), "unreachable"),
        (planted(leader_end, r#"next = [{ to = "office" }]"#), "no_way_to_an_end"),
        (
            planted(cosign_way, r#"next = [{ to = "cosign" }]"#),
            "empty_party_reachable",
        ),
        (
            planted(r#"returns = ["draft", "deputy"]"#, r#"returns = ["draft", "leader"]"#),
            "return_not_backward",
        ),
        (
            planted(r#"returns = ["draft", "office"]"#, r#"returns = ["draft", "leader"]"#),
            "return_to_itself",
        ),
        // Seats: nobody, somebody who never acts, two who may be one.
        (planted(head_seat, "seats = []"), "nobody_named"),
        (
            planted(head_seat, r#"seats = [{ role = "auditor", party = "owner" }]"#),
            "role_never_acts",
        ),
        (
            planted(
                head_seat,
                r#"seats = [{ role = "head", party = "owner", fallback = ["head"] }]"#,
            ),
            "double_role",
        ),
        (
            planted(head_seat, r#"seats = [{ role = "head", party = "owner", count = 0 }]"#),
            "nobody_named",
        ),
        (planted(two, "count = 2 }]"), "not_distinct"),
        // Times: silence without a limit, silence where one person decides, a limit of nothing.
        (
            planted("limit = 5\non_timeout = \"consent\"", "on_timeout = \"consent\""),
            "timeout_without_limit",
        ),
        (
            planted(cosign_seat, r#"seats = [{ role = "cosigner", party = "partners" }]"#),
            "consent_only_in_parallel",
        ),
        (
            planted("distinct = true\nlimit = 5", "distinct = true\nlimit = 0"),
            "limit_zero",
        ),
        (
            planted("distinct = true\nlimit = 5", "distinct = true\nlimit = 5\nwait = 5"),
            "wait_beyond_limit",
        ),
        (
            planted(
                "distinct = true",
                "distinct = true\npolicy = { at_least = { num = 3, den = 2 } }",
            ),
            "bad_policy",
        ),
        // Work and review keep their own rules.
        (
            planted(
                "edits = [\"plan\"]\nwithdraw = true",
                "edits = [\"plan\"]\nreturns = [\"deputy\"]",
            ),
            "review_only",
        ),
        (
            planted("distinct = true", "distinct = true\nedits = [\"plan\"]"),
            "work_only",
        ),
        (planted("returns = [\"draft\", \"deputy\"]\n", ""), "no_return"),
        // Duties and names.
        (planted("rule = \"different\"", "rule = \"distinct\""), "bad_duty"),
        (
            planted(
                r#"stages = ["coordinator", "office", "leader"]"#,
                r#"stages = ["coordinator"]"#,
            ),
            "duty_says_nothing",
        ),
        (planted(r#"id = "reported""#, r#"id = "approved""#), "double_name"),
        (planted("version = 1", "version = 0"), "bad_name"),
        (
            planted("[[end]]\nid = \"approved\"", "[[end]\nid = \"approved\""),
            "syntax",
        ),
    ];
    for (text, expected) in cases {
        let found = problems(&text);
        assert!(found.iter().any(|(_, code)| code == expected), "{expected}: {found:?}");
        let shipped: Vec<_> = SHIPPED[0].1.lines().collect();
        let changed = text.lines().zip(&shipped).position(|(a, b)| a != *b).unwrap() + 1;
        if matches!(
            expected,
            "unknown_role" | "unknown_fact" | "syntax" | "bad_guard" | "shadows_the_rest"
        ) {
            let lines: Vec<_> = found
                .iter()
                .filter(|(_, code)| code == expected)
                .map(|(line, _)| *line)
                .collect();
            assert!(
                lines.contains(&changed),
                "{expected} is on line {changed}, not {lines:?}"
            );
        }
    }
    assert!(!problems("").is_empty());
    assert!(!problems("]").is_empty());
    assert!(!problems("id = 1").is_empty());
}
