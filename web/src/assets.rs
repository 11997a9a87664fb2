//! Styles and scripts, compiled in and served under one hash of all of them, so that a browser may keep them forever.
//!
//! One hash for the whole set (instead of one per file) keeps relative imports between script modules working. The
//! style sheet is one file put together from its parts in a fixed order.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The style sheet's parts that do not come from `components/`, in the order of the cascade around them.
const BEFORE: [&str; 3] = ["css/tokens.css", "css/base.css", "css/layout.css"];
const AFTER: [&str; 1] = ["css/print.css"];

/// The address of the put-together style sheet below the hash.
pub const SITE_CSS: &str = "site.css";

static STYLE: LazyLock<String> = LazyLock::new(|| {
    let mut components: Vec<_> = Files::iter()
        .filter(|name| name.starts_with("css/components/"))
        .collect();
    components.sort();
    let mut style = String::new();
    let parts = BEFORE
        .iter()
        .map(|name| Cow::Borrowed(*name))
        .chain(components)
        .chain(AFTER.iter().map(|name| Cow::Borrowed(*name)));
    for part in parts {
        if let Some(file) = Files::get(&part) {
            style.push_str(&squeeze(&String::from_utf8_lossy(&file.data)));
        }
    }
    with_constants(&style)
});

static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        if let Some(file) = Files::get(&name) {
            hash.update(name.as_bytes());
            hash.update(file.metadata.sha256_hash());
        }
    }
    hex::encode(&hash.finalize()[..8])
});

/// Removes comments and the white space that separates nothing. Strings in our style sheets hold none of the pairs.
fn squeeze(css: &str) -> String {
    const PAIRS: [(&str, &str); 11] = [
        (" {", "{"),
        ("{ ", "{"),
        (" }", "}"),
        ("; ", ";"),
        (";}", "}"),
        (": ", ":"),
        (", ", ","),
        (" > ", ">"),
        (" 0.", " ."),
        (":0.", ":."),
        ("(0.", "(."),
    ];
    let mut bare = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, tail)| tail);
    }
    bare.push_str(rest);
    let lines = bare.lines().map(str::trim).filter(|line| !line.is_empty());
    let joined = lines.collect::<String>();
    PAIRS.iter().fold(joined, |css, (from, to)| css.replace(from, to))
}

/// Writes the value of a token that never changes (defined once) where it is used, when that is shorter. The parts stay
/// readable, the served sheet stays small.
fn with_constants(css: &str) -> String {
    let mut tokens: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for declaration in css.split(['{', ';', '}']).filter(|part| part.starts_with("--")) {
        if let Some((name, value)) = declaration.split_once(':') {
            tokens.entry(name).or_default().push(value);
        }
    }
    let mut out = css.to_owned();
    for (name, values) in tokens {
        let used = format!("var({name})");
        if let [value] = values[..]
            && value.len() <= used.len()
            && !value.contains("var(")
        {
            out = out.replace(&used, value);
        }
    }
    out
}

/// The address of a file below `static/` (or of [`SITE_CSS`]).
pub fn address(name: &str) -> String {
    format!("/static/{}/{name}", *HASH)
}

/// The served style sheet.
pub fn style() -> &'static str {
    &STYLE
}

/// `GET /static/{hash}/{name}`. An old hash (a page opened before an upgrade) still gets the file, uncached.
pub async fn serve(Path((hash, name)): Path<(String, String)>) -> Response {
    let (body, kind) = if name == SITE_CSS {
        (Cow::Borrowed(STYLE.as_bytes()), "text/css; charset=utf-8")
    } else {
        let Some(file) = Files::get(&name) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        (file.data, content_type(&name))
    };
    let cache = if hash == *HASH {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    (
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)],
        body.into_owned(),
    )
        .into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_stays_small_and_within_the_browser_floor() {
        let css = style();
        // All pages' components in one file that a browser keeps for a year; about a quarter of it travels.
        assert!(css.len() <= 40 * 1024, "{} bytes of CSS, 40960 allowed", css.len());
        for forbidden in ["@layer", ":has(", "@container", "@import", "url(http", "{&", "}&", ";&"] {
            assert!(
                !css.contains(forbidden),
                "{forbidden} is beyond the browsers we promise to serve"
            );
        }
    }

    #[test]
    fn scripts_stay_small() {
        let size: usize = Files::iter()
            .filter(|name| name.ends_with(".js"))
            .filter_map(|name| Files::get(&name))
            .map(|file| file.data.len())
            .sum();
        assert!(size <= 25 * 1024, "{size} bytes of scripts, 25600 allowed");
    }

    #[test]
    fn a_token_that_never_changes_is_written_out() {
        let css = "html{--a:1px;--b:2px}a{top:var(--a);left:var(--b)}@media x{html{--b:3px}}";
        assert!(with_constants(css).contains("a{top:1px;left:var(--b)}"));
    }

    #[test]
    fn squeezing_removes_comments_only() {
        assert_eq!(
            squeeze("/* a */\n.x > b { color: red; left: calc(1px + 2px); }\n"),
            ".x>b{color:red;left:calc(1px + 2px)}"
        );
    }
}
