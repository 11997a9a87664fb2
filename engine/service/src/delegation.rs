//! Delegation (代理): a post of one's own lent for some days.

use crate::audit::Deed;
use crate::error::{Error, FieldProblem, Result};
use crate::session::Caller;
use crate::{Service, access};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use duban_core::id::{DelegationId, PersonId, PostId};
use duban_core::org::{Delegation, Post, Role};
use duban_core::policy::{LONGEST_LOAN_DAYS, excluded_by, may_be_lent};
use duban_core::reason::Reason;
use duban_store::{Connection, person};

/// A loan to be made. Both days are civil dates and count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLoan {
    /// One of the caller's own posts.
    pub post: PostId,
    /// To whom.
    pub delegate: PersonId,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Only for documents of this type; all types when absent.
    pub document_type: Option<String>,
}

/// A loan as shown.
#[derive(Clone, Debug)]
pub struct Loan {
    /// The loan.
    pub delegation: Delegation,
    /// The post.
    pub post: Post,
    /// The unit's name.
    pub unit: String,
    /// Who lends.
    pub lender: (PersonId, String),
    /// To whom.
    pub delegate: (PersonId, String),
    /// First and last day (civil dates).
    pub days: (NaiveDate, NaiveDate),
    /// In force now.
    pub in_force: bool,
    /// Taken back, or over.
    pub over: bool,
}

impl Service {
    /// Lends one of the caller's own posts.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the fields `post`, `delegate`, `from`, `to`, `document_type`.
    pub async fn lend(&self, caller: &Caller, new: &NewLoan) -> Result<DelegationId> {
        access::acting(caller)?;
        let at = self.moment();
        let tx = self.write().await?;
        let own = person::posts(&*tx, caller.person).await?;
        let Some(post) = own.iter().find(|post| post.id == new.post && post.holds_on(at.day)) else {
            return Err(Error::invalid("post", "not_your_post"));
        };
        if !may_be_lent(post.role) {
            return Err(Error::invalid("post", "post_not_lendable"));
        }
        let mut problems = Vec::new();
        if new.from < at.day {
            problems.push(FieldProblem::new("from", "date_past"));
        }
        if new.to < new.from {
            problems.push(FieldProblem::new("to", "date_order"));
        }
        if (new.to - new.from).num_days() >= LONGEST_LOAN_DAYS {
            let reason = Reason::new("loan_too_long").with("days", LONGEST_LOAN_DAYS);
            problems.push(FieldProblem {
                reason,
                ..FieldProblem::new("to", "")
            });
        }
        let known = |kind: &String| duban_core::document::field::document_type_codes().contains(&kind.as_str());
        if !new.document_type.as_ref().is_none_or(known) {
            problems.push(FieldProblem::new("document_type", "unknown_document_type"));
        }
        problems.extend(self.delegate_problem(&*tx, caller, post.role, new).await?);
        let (starts, ends) = (self.midnight(new.from), self.midnight(after(new.to)));
        let mine: Vec<PostId> = own.iter().map(|post| post.id).collect();
        let overlaps = person::delegations(&*tx, &mine, PersonId(0))
            .await?
            .into_iter()
            .any(|other| {
                let same_scope = other.document_type.is_none()
                    || new.document_type.is_none()
                    || other.document_type == new.document_type;
                other.post == post.id
                    && other.revoked_at.is_none()
                    && same_scope
                    && other.from < ends
                    && starts < other.until
            });
        if overlaps {
            problems.push(FieldProblem::new("from", "loan_overlaps"));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let loan = Delegation {
            id: DelegationId(0),
            post: post.id,
            delegate: new.delegate,
            from: starts.max(at.now),
            until: ends,
            document_type: new.document_type.clone(),
            revoked_at: None,
        };
        let id = person::add_delegation(&*tx, &loan, at.now).await?;
        let deed = Deed::new("delegation.lend", "delegation", id)
            .with("post", post.id)
            .with("delegate", new.delegate)
            .with("from", new.from)
            .with("to", new.to);
        self.record(&*tx, Some(caller), deed).await?;
        let unit = post.unit;
        tx.commit().await?;
        self.recheck_units(&[unit]).await?;
        Ok(id)
    }

    async fn delegate_problem(
        &self,
        db: &impl Connection,
        caller: &Caller,
        role: Role,
        new: &NewLoan,
    ) -> Result<Option<FieldProblem>> {
        if new.delegate == caller.person {
            return Ok(Some(FieldProblem::new("delegate", "delegate_is_you")));
        }
        let account = person::account(db, new.delegate).await?;
        if !account.is_some_and(|account| account.person.active) {
            return Ok(Some(FieldProblem::new("delegate", "unknown_person")));
        }
        let held = person::posts(db, new.delegate).await?;
        let held = held
            .iter()
            .filter(|post| post.from <= new.to && post.until.is_none_or(|until| new.from < until));
        Ok(excluded_by(held.map(|post| post.role), role).map(|other| FieldProblem {
            reason: Reason::new("roles_exclude")
                .with("role", role.code())
                .with("other_role", other.code()),
            ..FieldProblem::new("delegate", "")
        }))
    }

    /// Takes a loan back at once: the lender their own, the security administrator anybody's.
    ///
    /// # Errors
    /// [`Error::NotFound`] for everybody else.
    pub async fn take_back_loan(&self, caller: &Caller, id: DelegationId) -> Result<()> {
        access::acting(caller)?;
        let tx = self.write().await?;
        let org = person::organisation(&*tx).await?;
        let loan = org
            .delegations
            .iter()
            .find(|loan| loan.id == id)
            .ok_or(Error::NotFound)?;
        let post = org
            .posts
            .iter()
            .find(|post| post.id == loan.post)
            .ok_or(Error::NotFound)?;
        if post.person != caller.person && !caller.has(Role::Secadmin) {
            return Err(Error::NotFound);
        }
        person::revoke_delegation(&*tx, id, self.moment().now).await?;
        self.record(&*tx, Some(caller), Deed::new("delegation.revoke", "delegation", id))
            .await?;
        let unit = post.unit;
        tx.commit().await?;
        self.recheck_units(&[unit]).await
    }

    /// Loans that the caller made or was given, the newest first.
    pub async fn loans(&self, caller: &Caller) -> Result<Vec<Loan>> {
        let org = person::organisation(self.store().read()).await?;
        let now = self.moment().now;
        let mut found = Vec::new();
        for loan in org.delegations.iter().rev() {
            let Some(post) = org.posts.iter().find(|post| post.id == loan.post) else {
                continue;
            };
            if post.person != caller.person && loan.delegate != caller.person {
                continue;
            }
            let last = (loan.until - chrono::TimeDelta::seconds(1)).with_timezone(&self.zone());
            found.push(Loan {
                post: post.clone(),
                unit: org.unit_name(post.unit),
                lender: (post.person, org.person_name(post.person)),
                delegate: (loan.delegate, org.person_name(loan.delegate)),
                days: (loan.from.with_timezone(&self.zone()).date_naive(), last.date_naive()),
                in_force: loan.in_force(now),
                over: loan.revoked_at.is_some() || loan.until <= now,
                delegation: loan.clone(),
            });
        }
        Ok(found)
    }

    /// The instant at which a civil day begins where the government sits (UTC).
    fn midnight(&self, day: NaiveDate) -> DateTime<Utc> {
        let local = day.and_time(NaiveTime::MIN);
        // Where a clock change skips midnight the day begins an hour later; Asia/Shanghai has had none since 1991.
        let found = self.zone().from_local_datetime(&local).earliest();
        found.map_or_else(|| local.and_utc(), |local| local.with_timezone(&Utc))
    }
}

fn after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}
