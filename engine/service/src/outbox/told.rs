//! News of acts: what one act writes into the outbox for the people it concerns.

use super::{Letter, TOLD, payload, site};
use crate::error::Result;
use crate::{alert, urge};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::id::{DocumentId, PersonId, Version};
use duban_core::reason::Reason;
use duban_core::workflow::{Effect, StageId, Topic};
use duban_store::Write;
use duban_store::outbox::{self, NewMail};
use serde::{Deserialize, Serialize};

/// News of one act for somebody it concerns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// What happened.
    pub topic: Topic,
    /// The paper.
    pub document: DocumentId,
    /// The stage or end it is about.
    pub stage: StageId,
    /// Who did it, by name; none for clockwork.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What they wrote.
    pub note: Option<String>,
    /// Reasons as codes, where there are any.
    pub reasons: Vec<Reason>,
}

/// The act whose effects are enqueued.
pub(crate) struct About<'a> {
    /// The paper.
    pub document: DocumentId,
    /// The instance's version after the act; makes Message-IDs unique.
    pub version: Version,
    /// Who acted, by name; none for clockwork.
    pub by: Option<&'a str>,
    /// When.
    pub at: DateTime<Utc>,
    /// The working day it counts for: a weekend counts with the day before it.
    pub working_day: NaiveDate,
    /// What they wrote (the reason of a return).
    pub note: Option<&'a str>,
}

/// Writes the mails that follow from an act into the outbox, in the act's own transaction. A seat that opens makes no
/// mail: it is a line in the next morning's digest. Doing it twice changes nothing.
pub(crate) async fn enqueue(tx: &Write, effects: &[Effect], about: &About<'_>) -> Result<()> {
    let site = site(&**tx).await?;
    for effect in effects {
        let Effect::Tell {
            people,
            topic,
            stage,
            reasons,
        } = effect
        else {
            continue;
        };
        if *topic == Topic::SeatOpened {
            continue;
        }
        let occasion = (about.version.0, about.at);
        alert::tell(tx, people, (topic.code(), &stage.0), about.document, occasion).await?;
        for to in people {
            let told = Told {
                topic: *topic,
                document: about.document,
                stage: stage.clone(),
                by: about.by.map(str::to_owned),
                at: about.at,
                note: about.note.filter(|note| !note.is_empty()).map(str::to_owned),
                reasons: reasons.clone(),
            };
            let mail = NewMail {
                kind: TOLD,
                person: *to,
                payload: payload(&Letter::Told(told))?,
                message_id: message_id(*topic, about, *to, &site),
            };
            outbox::add(&**tx, &mail, about.at).await?;
        }
    }
    Ok(())
}

/// Somebody is asked for a paper by hand at most once a working day, whichever way that was done.
fn message_id(topic: Topic, about: &About<'_>, to: PersonId, site: &str) -> String {
    match topic {
        Topic::Urged => format!(
            "{}@{site}",
            urge::key(about.document, about.working_day, to).replace('/', ".")
        ),
        _ => format!("{}.{}.{}.{to}@{site}", topic.code(), about.document, about.version.0),
    }
}
