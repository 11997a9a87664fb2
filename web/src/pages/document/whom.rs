//! Whom a form means by what somebody typed: a name, a unit, or both. A list of everybody would be longer than the paper
//! in a city of thousands of units, and a name is typed faster than found in it.

use super::acting::post_value;
use super::fields::{Posted, value};
use crate::extract::Signed;
use duban_core::id::PersonId;
use duban_core::org::Role;
use duban_core::reason::Reason;
use duban_core::workflow::{ActKind, Addressee};
use duban_service::paper::Paper;

/// What parts one name from the next where several may be typed.
const COMMAS: [char; 6] = ['、', ',', '，', ';', '；', '\n'];

/// How many of those who could be meant are listed; a longer list asks for more words.
pub const MOST: usize = 40;

/// The field that names whom an act is for; none for acts that need nobody, or whose few takers the engine knows.
pub fn field(act: ActKind) -> Option<&'static str> {
    match act {
        ActKind::AddBefore | ActKind::AddAfter | ActKind::AddParallel => Some("to"),
        ActKind::Copy => Some("people"),
        _ => None,
    }
}

/// How a form writes this post for the act.
pub fn written(act: ActKind, post: &Addressee) -> String {
    match (act, post.person) {
        (ActKind::Copy, Some(person)) => person.to_string(),
        _ => post_value(post),
    }
}

/// Everybody whom the act could name and who is meant by one of the typed names, each once; nobody when nothing was
/// typed. The engine refuses whoever is barred or has a seat already.
pub fn meant(signed: &Signed, paper: &Paper, act: ActKind, typed: &str) -> Vec<Addressee> {
    let mut found: Vec<Addressee> = Vec::new();
    for post in names(act, typed).flat_map(|name| matching(signed, paper, act, name)) {
        if found.iter().all(|known| written(act, known) != written(act, &post)) {
            found.push(post);
        }
    }
    found
}

/// The fields that the typed names stand for.
///
/// # Errors
/// The name that nobody has, or several have.
pub fn resolve(signed: &Signed, paper: &Paper, act: ActKind, posted: &Posted) -> Result<Posted, Reason> {
    let typed = value(posted, "whom").unwrap_or_default();
    let mut fields = Posted::new();
    for name in names(act, typed) {
        let mut found = meant(signed, paper, act, name);
        let Some(post) = found.pop() else {
            return Err(Reason::new("nobody_by_that_name").with("name", name));
        };
        if !found.is_empty() {
            return Err(Reason::new("several_by_that_name")
                .with("name", name)
                .with("count", found.len() + 1));
        }
        fields.push((field(act).unwrap_or_default().to_owned(), written(act, &post)));
    }
    Ok(fields)
}

fn names(act: ActKind, typed: &str) -> impl Iterator<Item = &str> {
    let split = move |c: char| act == ActKind::Copy && COMMAS.contains(&c);
    typed.split(split).map(str::trim).filter(|name| !name.is_empty())
}

/// The posts of whom every word is part of their unit, role or name. Whoever is called exactly so comes before all who
/// only have it in their unit or name.
fn matching(signed: &Signed, paper: &Paper, act: ActKind, name: &str) -> Vec<Addressee> {
    let (org, day) = (&paper.org, paper.at.day);
    let fits = |role: Role| !role.is_administrator() && (act == ActKind::Copy || role != Role::Observer);
    let active = |person: PersonId| org.people.get(&person).is_some_and(|person| person.active);
    let posts = org
        .posts
        .iter()
        .filter(|post| post.holds_on(day) && fits(post.role) && active(post.person));
    let posts: Vec<_> = posts
        .filter(|post| {
            let role = signed.text(&format!("role.{}", post.role.code()));
            let called = [org.unit_name(post.unit), role, org.person_name(post.person)];
            name.split_whitespace()
                .all(|word| called.iter().any(|part| part.contains(word)))
        })
        .collect();
    let exact = |person| org.person_name(person) == name;
    let any = posts.iter().any(|post| exact(post.person));
    let posts = posts.into_iter().filter(|post| !any || exact(post.person));
    posts
        .map(|post| Addressee {
            unit: post.unit,
            role: post.role,
            person: Some(post.person),
        })
        .collect()
}
