//! Handing over what somebody leaves behind: their posts go to others, for good or for a while.
//!
//! Seats belong to posts. Whoever gets the post answers what is open, so that nothing moves, is lost or doubles.

use crate::Service;
use crate::error::{Error, FieldProblem, Result};
use crate::open_clock::can_act;
use crate::proposal::{Change, Succession, check_person};
use crate::session::Caller;
use chrono::NaiveDate;
use duban_core::id::{DelegationId, DocumentId, PersonId, UnitId};
use duban_core::org::{Delegation, Organisation, Post, Role};
use duban_core::policy::{LONGEST_LOAN_DAYS, exclude, may_be_lent};
use duban_core::reason::Reason;
use duban_core::workflow::{StageId, StageKind};
use duban_store::reminder::{OpenSeat, open_seats};
use duban_store::{Connection, Write, document, person};
use std::collections::BTreeSet;

/// What somebody would leave behind today.
#[derive(Clone, Debug)]
pub struct Estate {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their posts, those that begin later included, each with the unit's name and what waits for it.
    pub posts: Vec<(Post, String, Vec<Waiting>)>,
    /// Loans they made or were given that are not over, with the unit's name and the other person's.
    pub loans: Vec<EstateLoan>,
    /// To whom a post might go: everybody active but them.
    pub people: Vec<(PersonId, String)>,
}

/// An open seat that waits for a post. Administrators are told where it is, not what it says.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The paper.
    pub document: DocumentId,
    /// The unit it belongs to.
    pub owner: UnitId,
    /// The name of that unit.
    pub unit: String,
    /// The workflow, with the version.
    pub definition: (String, u32),
    /// The stage.
    pub stage: StageId,
    /// Last day to answer (civil date).
    pub due_on: Option<NaiveDate>,
    /// Nobody else can answer today.
    pub only_them: bool,
    /// They are writing it.
    pub draft: bool,
}

/// A loan of a post.
#[derive(Clone, Debug)]
pub struct EstateLoan {
    /// Its number.
    pub id: DelegationId,
    /// True when it is their own post that is lent.
    pub given: bool,
    /// The unit's name and the role.
    pub post: (String, Role),
    /// The other person's name.
    pub other: String,
}

impl Service {
    /// What this person would leave behind. For the system and the security administrator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else; [`Error::NotFound`] without such a person.
    pub async fn estate(&self, caller: &Caller, whose: PersonId) -> Result<Estate> {
        if !caller.has_any(&[Role::Sysadmin, Role::Secadmin]) {
            return Err(Error::forbidden("administrators_only"));
        }
        let db = self.store().read();
        let at = self.moment();
        let org = person::organisation(db).await?;
        let them = org.people.get(&whose).ok_or(Error::NotFound)?;
        let seats = open_seats(db).await?;
        let mut posts = Vec::new();
        // What they inherited goes with the post it follows from.
        let theirs = org.posts_of(whose).filter(|post| org.post(post.id) == Some(post));
        for post in theirs.filter(|post| post.until.is_none_or(|until| at.day < until)) {
            let mut waiting = Vec::new();
            for seat in of_post(&seats, &org, post, at.day) {
                waiting.push(self.waiting(db, &org, seat, whose).await?);
            }
            posts.push((post.clone(), org.unit_name(post.unit), waiting));
        }
        let loans = org
            .delegations
            .iter()
            .filter(|loan| loan.revoked_at.is_none() && at.now < loan.until);
        let people = org.people.values().filter(|person| person.active && person.id != whose);
        Ok(Estate {
            person: whose,
            name: them.name.clone(),
            posts,
            loans: loans.filter_map(|loan| estate_loan(&org, loan, whose)).collect(),
            people: people.map(|person| (person.id, person.name.clone())).collect(),
        })
    }

    async fn waiting(
        &self,
        db: &impl Connection,
        org: &Organisation,
        seat: &OpenSeat,
        whose: PersonId,
    ) -> Result<Waiting> {
        let paper = &seat.paper;
        let definition = self.definitions().get(&paper.definition, paper.definition_version);
        let stage = definition
            .as_deref()
            .and_then(|definition| definition.stage(&seat.stage));
        let work = stage.is_some_and(|stage| stage.kind == StageKind::Work);
        Ok(Waiting {
            document: paper.id,
            owner: paper.unit,
            unit: org.unit_name(paper.unit),
            definition: (paper.definition.clone(), paper.definition_version),
            stage: seat.stage.clone(),
            due_on: seat.due_on,
            only_them: can_act(seat, org, self.moment()) == BTreeSet::from([whose]),
            draft: work && document::authors(db, paper.id).await?.contains(&whose),
        })
    }

    /// Says what keeps a handing over from being carried out.
    pub(crate) async fn check_hand_over(
        &self,
        db: &impl Connection,
        whose: PersonId,
        from: NaiveDate,
        posts: &[Succession],
    ) -> Result<()> {
        let mut problems = Vec::new();
        if posts.is_empty() {
            problems.push(FieldProblem::new("successor", "required"));
        }
        if from < self.moment().day {
            problems.push(FieldProblem::new("from", "date_past"));
        }
        let theirs = person::posts(db, whose).await?;
        let mut given: Vec<(PersonId, Role)> = Vec::new();
        for one in posts {
            let field = |name: &str| format!("{name}_{}", one.post);
            let Some(post) = theirs.iter().find(|post| post.id == one.post && post.holds_on(from)) else {
                problems.push(FieldProblem::new(&field("successor"), "unknown_post"));
                continue;
            };
            let account = person::account(db, one.successor).await?;
            if one.successor == whose || !account.is_some_and(|account| account.person.active) {
                problems.push(FieldProblem::new(&field("successor"), "unknown_person"));
                continue;
            }
            let mut found = self.loan_problems(db, post, (from, one.until)).await?;
            let getting = Change::AddPost {
                person: one.successor,
                unit: post.unit,
                role: post.role,
                from,
                until: one.until.or(post.until),
            };
            found.extend(check_person(db, &getting).await?);
            let other = given
                .iter()
                .find(|(who, role)| *who == one.successor && exclude(*role, post.role));
            if let Some((_, other)) = other {
                let reason = Reason::new("roles_exclude").with("role", post.role.code());
                found.push(FieldProblem {
                    reason: reason.with("other_role", other.code()),
                    ..FieldProblem::new("", "")
                });
            }
            given.push((one.successor, post.role));
            problems.extend(found.into_iter().map(|problem| FieldProblem {
                field: field(if problem.field == "until" { "until" } else { "successor" }),
                ..problem
            }));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(problems))
        }
    }

    /// What keeps a post from being lent for this half-open period; nothing when it is given for good.
    async fn loan_problems(
        &self,
        db: &impl Connection,
        post: &Post,
        (from, until): (NaiveDate, Option<NaiveDate>),
    ) -> Result<Vec<FieldProblem>> {
        let Some(until) = until else { return Ok(Vec::new()) };
        let mut problems = Vec::new();
        if !may_be_lent(post.role) {
            problems.push(FieldProblem::new("until", "post_not_lendable"));
        }
        if (until - from).num_days() > LONGEST_LOAN_DAYS {
            problems.push(FieldProblem {
                reason: Reason::new("loan_too_long").with("days", LONGEST_LOAN_DAYS),
                ..FieldProblem::new("until", "")
            });
        }
        let (starts, ends) = (self.midnight(from), self.midnight(until));
        let before = person::delegations(db, &[post.id], PersonId(0)).await?;
        let overlaps = |other: &Delegation| other.revoked_at.is_none() && other.from < ends && starts < other.until;
        if before.iter().any(overlaps) {
            problems.push(FieldProblem::new("until", "loan_overlaps"));
        }
        Ok(problems)
    }

    /// Carries a handing over out; gives the units in which somebody else answers now.
    pub(crate) async fn hand_over(&self, tx: &Write, from: NaiveDate, posts: &[Succession]) -> Result<Vec<UnitId>> {
        let db = &**tx;
        let now = self.moment().now;
        let mut units = Vec::new();
        for one in posts {
            let post = person::post(db, one.post).await?.ok_or(Error::NotFound)?;
            match one.until {
                Some(until) => {
                    let loan = Delegation {
                        id: DelegationId(0),
                        post: post.id,
                        delegate: one.successor,
                        from: self.midnight(from).max(now),
                        until: self.midnight(until),
                        document_type: None,
                        revoked_at: None,
                    };
                    person::add_delegation(db, &loan, now).await?;
                }
                None => {
                    person::end_post(db, post.id, from).await?;
                    person::add_post(db, one.successor, post.unit, post.role, (from, post.until)).await?;
                }
            }
            units.push(post.unit);
        }
        Ok(units)
    }

    /// For the audit trail: which papers wait for the posts that a change hands over, post by post.
    pub(crate) async fn open_of(&self, db: &impl Connection, change: &Change) -> Result<Vec<(String, String)>> {
        let Change::HandOver { posts, .. } = change else {
            return Ok(Vec::new());
        };
        let seats = open_seats(db).await?;
        let (org, day) = (person::organisation(db).await?, self.moment().day);
        let mut found = Vec::new();
        for one in posts {
            if let Some(post) = person::post(db, one.post).await? {
                let papers: Vec<_> = of_post(&seats, &org, &post, day)
                    .map(|seat| seat.paper.id.to_string())
                    .collect();
                found.push((format!("open_{}", one.post), papers.join(" ")));
            }
        }
        Ok(found)
    }
}

/// The seats that the holder of this post answers for, without those meant for another holder.
fn of_post<'s>(
    seats: &'s [OpenSeat],
    org: &'s Organisation,
    post: &'s Post,
    day: NaiveDate,
) -> impl Iterator<Item = &'s OpenSeat> {
    let meant = move |seat: &OpenSeat| org.meant(seat.person, seat.unit, seat.role, day);
    seats
        .iter()
        .filter(|seat| seat.unit == post.unit && seat.role == post.role)
        .filter(move |seat| meant(seat).is_none_or(|person| person == post.person))
}

fn estate_loan(org: &Organisation, loan: &Delegation, whose: PersonId) -> Option<EstateLoan> {
    let post = org.posts.iter().find(|post| post.id == loan.post)?;
    let given = post.person == whose;
    (given || loan.delegate == whose).then(|| EstateLoan {
        id: loan.id,
        given,
        post: (org.unit_name(post.unit), post.role),
        other: org.person_name(if given { loan.delegate } else { post.person }),
    })
}
