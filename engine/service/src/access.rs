//! Who may read which paper, in one place. What somebody may do with it is the engine's answer; a paper that may not
//! be read does not exist for the asker.

use crate::Caller;
use crate::error::{Error, Result};
use crate::session::Scope;
use duban_core::id::UnitId;
use duban_core::org::Role;
use duban_core::workflow::Status;
use duban_store::document::Document;
use std::collections::BTreeSet;

/// Roles that read every paper from its submission on.
pub const OVERSEERS: [Role; 3] = [Role::Office, Role::Leader, Role::Inspector];

/// True when the caller may read the document, of which `seated` are the units that hold or held a seat in it.
///
/// | who | when |
/// |---|---|
/// | people of the document's own unit | always |
/// | coordinator, office, leader, inspector | from its submission or its first request for a later day on; a rectification report from its handing over on |
/// | people of units that hold or held a seat | from its submission on |
/// | observer | once it is finished |
/// | whoever was given a copy by somebody who had it ([`may_be_given`]) | from its submission on |
/// | the three administrators | never |
pub fn may_read(caller: &Caller, document: &Document, seated: &BTreeSet<UnitId>) -> bool {
    let submitted = document.submitted_at.is_some();
    // What a report opens with are the overseers' own findings; what the unit writes is not shown before it submits.
    let handed_over = document.document_type == crate::finding::REPORT;
    // Whoever asks for a later day shows where the paper stands; what is being written stays the unit's.
    let overseen = submitted || handed_over || document.extension.is_some();
    capacities(caller, &document.document_type).any(|(unit, role)| match role {
        Role::Sysadmin | Role::Secadmin | Role::Auditor => false,
        Role::Observer => document.status == Status::Ended,
        Role::Coordinator => overseen || unit == document.unit,
        _ if OVERSEERS.contains(&role) => overseen || unit == document.unit,
        _ => unit == document.unit || (submitted && seated.contains(&unit)),
    })
}

/// True when a copy of the document (抄送) lets the caller read it: it was submitted, and they are no administrator
/// only.
pub fn may_be_given(caller: &Caller, document: &Document) -> bool {
    let working = |(_, role): (UnitId, Role)| !role.is_administrator();
    document.submitted_at.is_some() && capacities(caller, &document.document_type).any(working)
}

/// True when the caller sees titles and states of all units' papers: the ones who steer or watch the whole.
pub fn oversees(caller: &Caller) -> bool {
    let whole = |role: Role| OVERSEERS.contains(&role) || matches!(role, Role::Coordinator | Role::Observer);
    caller.capacities().any(|post| whole(post.role))
}

/// Says no to whoever may only read: a reading token, or a first password that has not been changed.
///
/// # Errors
/// [`Error::Forbidden`] with `token_reads_only` or `password_change_needed`.
pub fn acting(caller: &Caller) -> Result<()> {
    if caller.scope < Scope::Act {
        Err(Error::forbidden("token_reads_only"))
    } else if caller.must_change_password {
        Err(Error::forbidden("password_change_needed"))
    } else {
        Ok(())
    }
}

/// The (unit, role) pairs in which the caller can act on documents of this type: own posts, and lent ones in scope.
pub fn capacities<'a>(caller: &'a Caller, document_type: &'a str) -> impl Iterator<Item = (UnitId, Role)> + 'a {
    let own = caller.posts.iter().map(|post| (post.unit, post.role));
    let lent = caller
        .lent
        .iter()
        .filter(move |lent| {
            lent.delegation
                .document_type
                .as_deref()
                .is_none_or(|scope| scope == document_type)
        })
        .map(|lent| (lent.post.unit, lent.post.role));
    own.chain(lent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use duban_core::id::{DocumentId, PersonId, PostId, Version};
    use duban_core::org::Post;

    fn caller(posts: &[(i64, Role)]) -> Caller {
        let day = "2026-11-23".parse().unwrap();
        Caller {
            person: PersonId(1),
            name: "某人".into(),
            username: "someone".into(),
            locale: "zh-CN".into(),
            posts: posts
                .iter()
                .map(|(unit, role)| Post {
                    id: PostId(1),
                    person: PersonId(1),
                    unit: UnitId(*unit),
                    role: *role,
                    from: day,
                    until: None,
                })
                .collect(),
            lent: Vec::new(),
            must_change_password: false,
            scope: Scope::Act,
            session: None,
            source: None,
            today: day,
        }
    }

    fn document(status: Status, submitted: bool) -> Document {
        let at: DateTime<Utc> = "2026-11-01T00:00:00Z".parse().unwrap();
        Document {
            id: DocumentId(1),
            document_type: "annual_plan".into(),
            campaign: None,
            unit: UnitId(7),
            title: String::new(),
            definition: ("annual-plan".into(), 1),
            status,
            stage: None,
            version: Version(1),
            due_on: None,
            created_by: None,
            created_at: at,
            changed_at: at,
            submitted_at: submitted.then_some(at),
            revises: None,
            late: (0, 0),
            extension: None,
        }
    }

    #[test]
    fn the_matrix_role_by_role() {
        let draft = document(Status::Draft, false);
        let running = document(Status::Running, true);
        let ended = document(Status::Ended, true);
        let mut asking = document(Status::Draft, false);
        asking.extension = Some("asked".into());
        for (role, answer) in [(Role::Coordinator, true), (Role::Office, true), (Role::Cosigner, false)] {
            assert_eq!(
                may_read(&caller(&[(9, role)]), &asking, &BTreeSet::new()),
                answer,
                "{role:?}"
            );
        }
        let seated = BTreeSet::from([UnitId(8)]);
        // (unit, role) → may read a draft, one on its way, a finished one
        let expected = [
            ((7, Role::Drafter), [true, true, true]),
            ((7, Role::Deputy), [true, true, true]),
            ((7, Role::Head), [true, true, true]),
            ((7, Role::Cosigner), [true, true, true]),
            ((8, Role::Cosigner), [false, true, true]),
            ((8, Role::Drafter), [false, true, true]),
            ((9, Role::Cosigner), [false, false, false]),
            ((9, Role::Head), [false, false, false]),
            ((9, Role::Coordinator), [false, true, true]),
            ((9, Role::Office), [false, true, true]),
            ((9, Role::Leader), [false, true, true]),
            ((9, Role::Inspector), [false, true, true]),
            ((7, Role::Observer), [false, false, true]),
            ((7, Role::Sysadmin), [false, false, false]),
            ((7, Role::Secadmin), [false, false, false]),
            ((7, Role::Auditor), [false, false, false]),
        ];
        for (post, answers) in expected {
            let who = caller(&[post]);
            let found = [&draft, &running, &ended].map(|document| may_read(&who, document, &seated));
            assert_eq!(found, answers, "{post:?}");
        }
        assert!(!may_read(&caller(&[]), &ended, &seated));
    }
}
