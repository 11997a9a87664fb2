//! `/admin/people`: people, posts, units, names and rosters. The system administrator proposes, the security
//! administrator confirms; nobody does it alone (三员分立).

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, done};
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use duban_core::document::field::read_date;
use duban_core::id::PersonId;
use duban_core::org::{Organisation, Role, UnitKind};
use duban_service::proposal::{Change, Proposed};
use duban_service::{Error, FieldProblem};
use duban_store::mail_address::KnownAddress;
use duban_store::unit::NewUnit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// People and proposals on a page.
const PAGE: u64 = 30;

/// What the address may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PeopleQuery {
    /// Part of a name.
    q: String,
    /// Where this page begins.
    after: String,
    /// Which part: `people`, `units`, `proposals`.
    part: String,
}

/// A proposed change as typed. Which fields count depends on `kind`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProposalForm {
    kind: String,
    person: String,
    unit: String,
    post: String,
    role: String,
    roster: String,
    username: String,
    name: String,
    email: String,
    unit_kind: String,
    aliases: String,
    from: String,
    until: String,
}

/// Why a proposal is not confirmed.
#[derive(Deserialize)]
pub struct RejectionForm {
    note: String,
}

#[derive(Serialize)]
struct PeopleView {
    part: &'static str,
    proposes: bool,
    confirms: bool,
    q: String,
    waiting: Vec<ProposalView>,
    decided: Vec<ProposalView>,
    people: Vec<PersonView>,
    next: String,
    units: Vec<UnitView>,
    rosters: Vec<RosterView>,
    roles: Vec<OptionView>,
    kinds: Vec<OptionView>,
    today: String,
    form: ProposalForm,
    problems: Vec<FieldProblem>,
    /// A first password just made: shown this once.
    password: Option<String>,
}

#[derive(Serialize)]
struct OptionView {
    code: &'static str,
    chosen: bool,
}

#[derive(Serialize)]
struct ProposalView {
    id: i64,
    code: &'static str,
    args: BTreeMap<&'static str, String>,
    by: String,
    at: String,
    state: String,
    decided_by: String,
    note: String,
}

#[derive(Serialize)]
struct PersonView {
    id: i64,
    name: String,
    username: String,
    email: String,
    /// What mail to the address does, when it does not arrive (code), and what the other side said.
    mail_state: &'static str,
    mail_detail: String,
    active: bool,
    posts: Vec<PostView>,
}

#[derive(Serialize)]
struct PostView {
    id: i64,
    unit: String,
    role: &'static str,
    from: String,
    until: Option<String>,
}

#[derive(Serialize)]
struct UnitView {
    id: i64,
    name: String,
    kind: &'static str,
    aliases: String,
    until: Option<String>,
    chosen: bool,
}

#[derive(Serialize)]
struct RosterView {
    id: i64,
    name: String,
    members: Vec<String>,
}

/// What a page that comes back carries besides what is stored.
#[derive(Default)]
struct Again {
    form: ProposalForm,
    problems: Vec<FieldProblem>,
    password: Option<String>,
}

async fn page(signed: &Signed, query: &PeopleQuery, again: Again) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let caller = &signed.caller;
    let org = service.organisation().await?;
    let part = ["people", "units", "proposals"]
        .into_iter()
        .find(|part| *part == query.part)
        .unwrap_or("people");
    let waiting = service.proposals(caller, Some("proposed"), None, PAGE).await?;
    let mut decided = Vec::new();
    let mut people = Vec::new();
    let mut next = String::new();
    match part {
        "proposals" => {
            let all = service.proposals(caller, None, None, PAGE).await?;
            decided.extend(all.into_iter().filter(|found| found.row.state != "proposed"));
        }
        "people" => {
            let after = query.after.parse().unwrap_or(0);
            let mut found = service.people(caller, &query.q, after, PAGE + 1).await?;
            let more = found.len() as u64 > PAGE;
            found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
            if let (true, Some(last)) = (more, found.last()) {
                let q = percent_encoding::utf8_percent_encode(&query.q, percent_encoding::NON_ALPHANUMERIC);
                next = format!("/admin/people?q={q}&after={}", last.id);
            }
            people = found;
        }
        _ => {}
    }
    let addresses: Vec<&str> = people.iter().filter_map(|found| found.email.as_deref()).collect();
    let known = service.known_addresses(&addresses).await?;
    let rosters = service.rosters().await?;
    let view = PeopleView {
        part,
        proposes: caller.has(Role::Sysadmin),
        confirms: caller.has(Role::Secadmin),
        q: query.q.clone(),
        waiting: waiting.iter().map(|found| proposal(signed, &org, found)).collect(),
        decided: decided.iter().map(|found| proposal(signed, &org, found)).collect(),
        people: people.into_iter().map(|found| person(found, &known)).collect(),
        next,
        units: org
            .units
            .values()
            .map(|unit| UnitView {
                id: unit.id.0,
                name: unit.name.clone(),
                kind: unit.kind.code(),
                aliases: unit.aliases.join("、"),
                until: unit.valid_until.map(|day| day.to_string()),
                chosen: again.form.unit == unit.id.to_string(),
            })
            .collect(),
        rosters: rosters
            .into_iter()
            .map(|(id, roster)| RosterView {
                id,
                members: roster
                    .members_on(caller.today)
                    .into_iter()
                    .map(|unit| org.unit_name(unit))
                    .collect(),
                name: roster.name,
            })
            .collect(),
        roles: Role::ALL
            .into_iter()
            .map(|role| OptionView {
                code: role.code(),
                chosen: again.form.role == role.code(),
            })
            .collect(),
        kinds: UnitKind::ALL
            .into_iter()
            .map(|kind| OptionView {
                code: kind.code(),
                chosen: again.form.unit_kind == kind.code(),
            })
            .collect(),
        today: caller.today.to_string(),
        form: again.form,
        problems: again.problems,
        password: again.password,
    };
    signed.page("pages/people", &view)
}

fn person(found: duban_service::org::Listed, known: &BTreeMap<String, KnownAddress>) -> PersonView {
    let address = found.email.as_deref().unwrap_or_default().to_lowercase();
    let mail = known.get(&address);
    PersonView {
        mail_state: mail.map_or("", |mail| mail.state.code()),
        mail_detail: mail.map(|mail| mail.detail.clone()).unwrap_or_default(),
        id: found.id.0,
        name: found.name,
        username: found.username,
        email: found.email.unwrap_or_default(),
        active: found.active,
        posts: found
            .posts
            .into_iter()
            .map(|(post, unit)| PostView {
                id: post.id.0,
                unit,
                role: post.role.code(),
                from: post.from.to_string(),
                until: post.until.map(|day| day.to_string()),
            })
            .collect(),
    }
}

/// A proposal in words: the names of what it is about, for the sentence of its kind.
fn proposal(signed: &Signed, org: &Organisation, found: &Proposed) -> ProposalView {
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
        Change::EndUnit { unit, until } => {
            args.insert("unit", org.unit_name(*unit));
            args.insert("day", day(until));
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
        code: found.change.code(),
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

/// `GET /admin/people`.
pub async fn show(signed: Signed, Query(query): Query<PeopleQuery>) -> Result<Page, PageError> {
    page(&signed, &query, Again::default()).await
}

/// `POST /admin/people/proposals`.
pub async fn propose(signed: Signed, CsrfForm(form): CsrfForm<ProposalForm>) -> Result<Response, PageError> {
    let proposed = match read(&form) {
        Ok(change) => signed.app.service.propose(&signed.caller, &change).await,
        Err(error) => Err(error),
    };
    let part = part_of(&form.kind);
    match proposed {
        Ok(_) => Ok(done(&format!("/admin/people?part={part}"), "proposed")),
        Err(Error::Invalid(problems)) => {
            let query = PeopleQuery {
                part: part.to_owned(),
                ..PeopleQuery::default()
            };
            let again = Again {
                form,
                problems,
                password: None,
            };
            Ok(page(&signed, &query, again).await?.refused().into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /admin/people/proposals/{id}/confirmation`. A first password is on the answer itself, once.
pub async fn confirm(signed: Signed, Path(id): Path<i64>) -> Result<Response, PageError> {
    match signed.app.service.confirm(&signed.caller, id).await {
        Ok(None) => Ok(done("/admin/people?part=proposals", "confirmed")),
        Ok(password) => {
            let again = Again {
                password,
                ..Again::default()
            };
            let query = PeopleQuery {
                part: "proposals".to_owned(),
                ..PeopleQuery::default()
            };
            Ok(page(&signed, &query, again).await?.into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /admin/people/proposals/{id}/rejection`.
pub async fn reject(
    signed: Signed,
    Path(id): Path<i64>,
    CsrfForm(form): CsrfForm<RejectionForm>,
) -> Result<Response, PageError> {
    signed.app.service.reject(&signed.caller, id, &form.note).await?;
    Ok(done("/admin/people?part=proposals", "rejected"))
}

/// `POST /admin/people/{id}/unlock`.
pub async fn unlock(signed: Signed, Path(id): Path<i64>) -> Result<Response, PageError> {
    signed.app.service.unlock(&signed.caller, PersonId(id)).await?;
    Ok(done("/admin/people", "unlocked"))
}

/// `POST /admin/people/{id}/mail`: lets mail go to an address again that had sent it back.
pub async fn trust_address(signed: Signed, Path(id): Path<i64>) -> Result<Response, PageError> {
    signed.app.service.trust_address(&signed.caller, PersonId(id)).await?;
    Ok(done("/admin/people", "address_trusted"))
}

fn part_of(kind: &str) -> &'static str {
    match kind {
        "add_unit" | "end_unit" | "add_alias" | "remove_alias" | "add_member" | "end_member" => "units",
        _ => "people",
    }
}

/// The change that a form asks for.
fn read(form: &ProposalForm) -> Result<Change, Error> {
    let number = |field: &str, text: &str| -> Result<i64, Error> {
        text.trim().parse().map_err(|_| Error::invalid(field, "required"))
    };
    let day = |field: &str, text: &str| read_date(text).ok_or_else(|| Error::invalid(field, "date_missing"));
    let unit = || number("unit", &form.unit).map(Into::into);
    let person = || number("person", &form.person).map(Into::into);
    let email = Some(form.email.clone());
    Ok(match form.kind.as_str() {
        "add_unit" => Change::AddUnit(NewUnit {
            name: form.name.clone(),
            kind: UnitKind::from_code(&form.unit_kind).ok_or_else(|| Error::invalid("unit_kind", "required"))?,
            aliases: form.aliases.split(['、', ',', '，', '\n']).map(str::to_owned).collect(),
            valid_from: day("from", &form.from)?,
            valid_until: None,
        }),
        "end_unit" => Change::EndUnit {
            unit: unit()?,
            until: day("until", &form.until)?,
        },
        "add_alias" => Change::AddAlias {
            unit: unit()?,
            name: form.name.clone(),
        },
        "remove_alias" => Change::RemoveAlias {
            unit: unit()?,
            name: form.name.clone(),
        },
        "add_member" => Change::AddMember {
            roster: form.roster.clone(),
            unit: unit()?,
            from: day("from", &form.from)?,
        },
        "end_member" => Change::EndMember {
            roster: number("roster", &form.roster)?,
            unit: unit()?,
            until: day("until", &form.until)?,
        },
        "add_person" => Change::AddPerson {
            username: form.username.clone(),
            name: form.name.clone(),
            email,
        },
        "change_person" => Change::ChangePerson {
            person: person()?,
            name: form.name.clone(),
            email,
        },
        "close_account" => Change::CloseAccount { person: person()? },
        "open_account" => Change::OpenAccount { person: person()? },
        "reset_password" => Change::ResetPassword { person: person()? },
        "add_post" => Change::AddPost {
            person: person()?,
            unit: unit()?,
            role: Role::from_code(&form.role).ok_or_else(|| Error::invalid("role", "required"))?,
            from: day("from", &form.from)?,
            until: Some(form.until.as_str())
                .filter(|text| !text.is_empty())
                .map(|text| day("until", text))
                .transpose()?,
        },
        "end_post" => Change::EndPost {
            post: number("post", &form.post)?.into(),
            until: day("until", &form.until)?,
        },
        _ => return Err(Error::invalid("kind", "required")),
    })
}
