use super::*;
use serde_json::json;
use std::collections::BTreeSet;

fn sources() -> Vec<(String, String)> {
    Sources::iter()
        .map(|name| {
            (
                name.to_string(),
                String::from_utf8(Sources::get(&name).unwrap().data.to_vec()).unwrap(),
            )
        })
        .collect()
}

/// The literal keys of `{{t "…"}}` and `(t "…")` in a template. Keys with further words are prefixes of a table.
fn keys(source: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut whole, mut tables) = (BTreeSet::new(), BTreeSet::new());
    for opening in ["{{t \"", "(t \""] {
        for part in source.split(opening).skip(1) {
            let Some((key, rest)) = part.split_once('"') else {
                continue;
            };
            let rest = rest.trim_start();
            let is_whole = rest.starts_with("}}") || rest.starts_with(')') || first_word_is_named(rest);
            if is_whole {
                whole.insert(key.to_owned())
            } else {
                tables.insert(format!("{key}."))
            };
        }
    }
    (whole, tables)
}

fn first_word_is_named(rest: &str) -> bool {
    let word: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '=')
        .collect();
    word.contains('=')
}

#[test]
fn every_key_in_a_template_exists_in_both_languages() {
    let texts = Texts::load().unwrap();
    let mut missing = Vec::new();
    for (name, source) in sources() {
        let (whole, tables) = keys(&source);
        for locale in Locale::ALL {
            missing.extend(
                whole
                    .iter()
                    .filter(|key| !texts.has(locale, key))
                    .map(|k| format!("{name}: {k} ({locale})")),
            );
            let known = |prefix: &String| texts.keys(locale).any(|key| key.starts_with(prefix.as_str()));
            missing.extend(
                tables
                    .iter()
                    .filter(|p| !known(p))
                    .map(|p| format!("{name}: {p}* ({locale})")),
            );
        }
    }
    assert!(missing.is_empty(), "texts are missing:\n{}", missing.join("\n"));
}

#[test]
fn no_template_writes_unescaped_or_inline_things() {
    for (name, source) in sources().into_iter().filter(|(name, _)| {
        name.ends_with(".hbs")
            && !name.starts_with("mail/")
            && !name.starts_with("partials/mail")
            && !name.starts_with("partials/mail")
    }) {
        for forbidden in [
            "{{{",
            "{{&",
            " style=\"",
            "<style",
            "<script>",
            " onclick=",
            " onchange=",
            "javascript:",
        ] {
            assert!(!source.contains(forbidden), "{name} holds {forbidden}");
        }
        for opening in source.split("{{#> layouts/page").skip(1) {
            assert!(
                opening.starts_with(" page_title="),
                "{name} gives the layout no page_title"
            );
        }
        for form in source.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            let carries = |text: &str| text.contains("name=\"csrf\"") || text.contains("{{> partials/csrf}}");
            let mut partials = form
                .split("{{> ")
                .skip(1)
                .filter_map(|part| part.split([' ', '}']).next());
            let guarded = carries(form)
                || partials.any(|wanted| {
                    let file = format!("{wanted}.hbs");
                    sources().iter().any(|(name, text)| *name == file && carries(text))
                });
            assert!(
                !form.contains("method=\"post\"") || guarded,
                "{name} has a form without a token"
            );
        }
    }
}

fn render(template: &str, view: serde_json::Value) -> Result<String, String> {
    let texts = Arc::new(Texts::load().unwrap());
    let mut set = set(&texts, Locale::ZhCn, chrono_tz::Asia::Shanghai).unwrap();
    set.html.register_template_string("x", template).unwrap();
    set.html.render("x", &view).map_err(|e| e.to_string())
}

#[test]
fn dates_are_told_in_local_words_with_the_machine_value() {
    assert_eq!(
        render("{{date d}}", json!({"d": "2026-03-20"})).unwrap(),
        "<time datetime=\"2026-03-20\">2026年3月20日（周五）</time>"
    );
    assert!(
        render("{{datetime i}}", json!({"i": "2026-03-19T18:30:00Z"}))
            .unwrap()
            .contains("3月20日 02:30")
    );
    // Within a sentence it is the words alone: markup would be escaped with the sentence.
    assert_eq!(
        render("{{t \"clocks.due\" date=(date d)}}", json!({"d": "2026-03-20"})).unwrap(),
        "期限 2026年3月20日（周五）"
    );
}

#[test]
fn a_missing_name_is_an_error_and_text_is_escaped() {
    assert!(render("{{nothing}}", json!({})).is_err());
    assert!(render("{{t \"layout.request\" id=nothing}}", json!({})).is_err());
    let shown = render("{{t \"layout.request\" id=x}} {{x}}", json!({"x": "<b>"})).unwrap();
    assert_eq!(shown, "请求编号 &lt;b&gt; &lt;b&gt;");
}

#[test]
fn a_field_may_be_called_as_a_helper_is() {
    let view = json!({"number": "1,<", "rows": [{"day": "x&"}]});
    assert_eq!(
        render("{{number}} {{#each rows}}{{day}}{{/each}}", view).unwrap(),
        "1,&lt; x&amp;"
    );
    assert!(render("{{number}}", json!({})).is_err());
    assert!(render("{{day}}", json!({})).is_err());
}

#[test]
fn numbers_are_grouped() {
    for (number, shown) in [("12", "12"), ("1234", "1,234"), ("-1234567.5", "-1,234,567.5")] {
        assert_eq!(render("{{number n}}", json!({"n": number})).unwrap(), shown);
    }
}
