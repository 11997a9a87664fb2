//! Proposals in words.

use crate::extract::Signed;
use chrono::NaiveDate;
use duban_core::org::{Organisation, Role};
use duban_service::proposal::{Change, Proposed, Succession};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(super) struct ProposalView {
    id: i64,
    code: &'static str,
    args: BTreeMap<&'static str, String>,
    by: String,
    at: String,
    state: String,
    decided_by: String,
    note: String,
}

/// A proposal in words: the names of what it is about, for the sentence of its kind.
pub(super) fn proposal(signed: &Signed, org: &Organisation, found: &Proposed) -> ProposalView {
    // Every name that a sentence may use: templates are strict about what is missing.
    let names = ["name", "username", "email", "person", "unit", "role", "day", "kind"];
    let mut args: BTreeMap<_, _> = names.into_iter().map(|name| (name, String::new())).collect();
    let role = |role: Role| signed.text(&format!("role.{}", role.code()));
    let day = |day: &NaiveDate| day.to_string();
    match &found.change {
        Change::AddUnit(new) => {
            args.insert("name", new.name.clone());
            args.insert("kind", signed.text(&format!("unit_kind.{}", new.kind.code())));
        }
        Change::EndUnit { unit, until, successor } => {
            args.insert("unit", org.unit_name(*unit));
            args.insert("day", day(until));
            args.insert("name", successor.map_or_else(String::new, |unit| org.unit_name(unit)));
        }
        Change::AddAlias { unit, name } | Change::RemoveAlias { unit, name } => {
            args.insert("unit", org.unit_name(*unit));
            args.insert("name", name.clone());
        }
        Change::AddMember { roster, unit, from } => {
            args.insert("unit", org.unit_name(*unit));
            args.insert("name", roster.clone());
            args.insert("day", day(from));
        }
        Change::EndMember { roster, unit, until } => {
            args.insert("unit", org.unit_name(*unit));
            args.insert("name", roster.to_string());
            args.insert("day", day(until));
        }
        Change::AddPerson { username, name, email } => {
            args.insert("name", name.clone());
            args.insert("username", username.clone());
            args.insert("email", email.clone().unwrap_or_default());
        }
        Change::ChangePerson { person, name, email } => {
            args.insert("person", org.person_name(*person));
            args.insert("name", name.clone());
            args.insert("email", email.clone().unwrap_or_default());
        }
        Change::CloseAccount { person } | Change::OpenAccount { person } | Change::ResetPassword { person } => {
            args.insert("person", org.person_name(*person));
        }
        Change::AddPost {
            person,
            unit,
            role: new,
            from,
            ..
        } => {
            args.insert("person", org.person_name(*person));
            args.insert("unit", org.unit_name(*unit));
            args.insert("role", role(*new));
            args.insert("day", day(from));
        }
        Change::RenameUnit { unit, name, from } => {
            args.insert("unit", org.unit_name(*unit));
            args.insert("name", name.clone());
            args.insert("day", day(from));
        }
        Change::HandOver { person, from, posts } => {
            args.insert("person", org.person_name(*person));
            args.insert("day", day(from));
            let parts = posts.iter().map(|one| succession(signed, org, one));
            args.insert("name", parts.collect::<Vec<_>>().join(&signed.text("hand_over.and")));
        }
        Change::EndPost { post, until } => {
            if let Some(post) = org.posts.iter().find(|candidate| candidate.id == *post) {
                args.insert("person", org.person_name(post.person));
                args.insert("unit", org.unit_name(post.unit));
                args.insert("role", role(post.role));
            }
            args.insert("day", day(until));
        }
    }
    ProposalView {
        id: found.row.id,
        code: match &found.change {
            // A successor makes another sentence of it.
            Change::EndUnit { successor: Some(_), .. } => "replace_unit",
            change => change.code(),
        },
        args,
        by: org.person_name(found.row.proposed_by),
        at: found.row.proposed_at.to_rfc3339(),
        state: found.row.state.clone(),
        decided_by: found
            .row
            .decided_by
            .map_or_else(String::new, |who| org.person_name(who)),
        note: found.row.note.clone().unwrap_or_default(),
    }
}

/// One post that goes to somebody, in words.
fn succession(signed: &Signed, org: &Organisation, one: &Succession) -> String {
    let post = org.posts.iter().find(|post| post.id == one.post);
    let role = post.map_or_else(String::new, |post| signed.text(&format!("role.{}", post.role.code())));
    let unit = post.map_or_else(String::new, |post| org.unit_name(post.unit));
    let name = org.person_name(one.successor);
    let until = one.until.map_or_else(String::new, |day| day.to_string());
    let key = if one.until.is_some() {
        "hand_over.part_lent"
    } else {
        "hand_over.part"
    };
    signed.text_with(
        key,
        &[("unit", &unit), ("role", &role), ("name", &name), ("day", &until)],
    )
}
