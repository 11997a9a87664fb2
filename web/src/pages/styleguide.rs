//! `GET /dev/styleguide`: every component with its classes, for whoever builds the next page. Under `duban demo` only.

use crate::error::PageError;
use crate::extract::Visitor;
use crate::visit::Page;
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
struct StyleguideView {
    lights: [&'static str; 5],
    problems: Value,
    pager: Value,
    tasks: Value,
    events: Value,
}

/// Shows every component with invented content.
pub async fn show(visitor: Visitor) -> Result<Page, PageError> {
    visitor.page("pages/styleguide", &sample())
}

fn sample() -> StyleguideView {
    StyleguideView {
        lights: ["green", "yellow", "red", "grey", "done"],
        problems: json!([
            {"field": "due", "reason": {"code": "required", "args": {}}},
            {"field": "owner", "reason": {"code": "required", "args": {}}},
        ]),
        pager: json!({"previous": "/dev/styleguide?before=a", "next": "/dev/styleguide?after=b", "shown": 50}),
        tasks: json!([
            {"title": "1", "href": "#", "state": "done", "gaps": 0},
            {"title": "2", "href": "#", "state": "doing", "gaps": 2},
            {"title": "3", "href": "#", "state": "untouched", "gaps": 0},
            {"title": "4", "href": "", "state": "blocked", "gaps": 0},
        ]),
        events: json!([
            {"at": "2026-03-20T02:32:00Z", "who": "A", "unit": "B"},
            {"at": "2026-03-18T08:05:00Z", "who": "C", "unit": "D"},
        ]),
    }
}
