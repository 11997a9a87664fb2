//! What people are told inside the service: what acts of others mean for them, and mail that did not arrive. It is
//! written in the transaction of what it tells about, so it is there even when no mail is.

use crate::error::{Error, Result};
use crate::{Caller, Service};
use duban_core::id::{DocumentId, PersonId, UnitId};
use duban_core::org::{Moment, Role};
use duban_store::alert::NewAlert;
use duban_store::{Write, alert, person, reminder as rows};
use serde_json::json;
use std::collections::BTreeSet;

pub use duban_store::alert::Alert;

impl Service {
    /// The caller's alerts below the number `before`, the newest first, each with the title of its paper.
    pub async fn alerts(
        &self,
        caller: &Caller,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<(Alert, Option<String>)>> {
        let db = self.store().read();
        let alerts = alert::list(db, caller.person, before, limit).await?;
        let ids: BTreeSet<i64> = alerts
            .iter()
            .filter_map(|alert| alert.document)
            .map(|id| id.0)
            .collect();
        let papers = rows::papers(db, ids.into_iter().collect()).await?;
        let titled = alerts.into_iter().map(|alert| {
            let paper = alert.document.and_then(|id| papers.get(&id));
            let title = paper.map(|paper| paper.title.clone());
            (alert, title)
        });
        Ok(titled.collect())
    }

    /// How many alerts a person has not seen.
    pub async fn unread_alerts(&self, of: PersonId) -> Result<u64> {
        Ok(alert::unread(self.store().read(), of).await?)
    }

    /// Marks the caller's alerts up to and including the number `last` as seen.
    pub async fn read_alerts(&self, caller: &Caller, last: i64) -> Result<()> {
        let now = self.moment().now;
        let tx = self.write().await?;
        alert::read(&*tx, caller.person, last, now).await?;
        Ok(tx.commit().await?)
    }
}

/// Tells people what an act means for them.
pub(crate) async fn tell(
    tx: &Write,
    people: &[PersonId],
    (topic, stage): (&str, &str),
    document: DocumentId,
    occasion: (u32, chrono::DateTime<chrono::Utc>),
) -> Result<()> {
    let (version, at) = occasion;
    for to in people {
        let new = NewAlert {
            person: *to,
            code: topic.to_owned(),
            args: json!({ "stage": stage }),
            document: Some(document),
            key: format!("{topic}.{document}.{version}"),
        };
        alert::add(&**tx, &new, at).await?;
    }
    Ok(())
}

/// Mail to somebody does not arrive: tells them, who leads their units (deputies and heads), and the system
/// administrators.
pub(crate) async fn mail_does_not_arrive(
    tx: &Write,
    whose: PersonId,
    (code, detail, key): (&str, &str, &str),
    at: Moment,
) -> Result<()> {
    let organisation = person::organisation(&**tx).await?;
    let held = || organisation.posts.iter().filter(|post| post.holds_on(at.day));
    let units: BTreeSet<UnitId> = held()
        .filter(|post| post.person == whose)
        .map(|post| post.unit)
        .collect();
    let mut people: BTreeSet<PersonId> = held()
        .filter(|post| match post.role {
            Role::Sysadmin => true,
            Role::Deputy | Role::Head => units.contains(&post.unit),
            _ => false,
        })
        .map(|post| post.person)
        .collect();
    people.insert(whose);
    let args = json!({ "name": organisation.person_name(whose), "detail": detail });
    for to in people {
        let new = NewAlert {
            person: to,
            code: code.to_owned(),
            args: args.clone(),
            document: None,
            key: key.to_owned(),
        };
        alert::add(&**tx, &new, at.now).await.map_err(Error::from)?;
    }
    Ok(())
}

/// A unit was made because a notice names it: tells the system administrators, who propose its people.
pub(crate) async fn unit_without_people(tx: &Write, (unit, name): (UnitId, &str), at: Moment) -> Result<()> {
    let organisation = person::organisation(&**tx).await?;
    let held = organisation.posts.iter().filter(|post| post.holds_on(at.day));
    let people: BTreeSet<PersonId> = held
        .filter(|post| post.role == Role::Sysadmin)
        .map(|post| post.person)
        .collect();
    for to in people {
        let new = NewAlert {
            person: to,
            code: "unit_without_people".to_owned(),
            args: json!({ "name": name }),
            document: None,
            key: format!("unit_without_people.{unit}"),
        };
        alert::add(&**tx, &new, at.now).await?;
    }
    Ok(())
}
