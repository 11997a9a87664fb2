//! The four boxes: what waits for a person, what they did, what their units started, what they were given to read.
//!
//! What waits is a query over open seats, not a second copy of anything.

use crate::error::Result;
use crate::{Caller, Service, access};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::calendar::Calendar;
use duban_core::clock::{Light, Progress, light};
use duban_core::id::{DocumentId, SeatNo, UnitId};
use duban_core::org::{Moment, Organisation, Role};
use duban_core::workflow::{StageId, Status, Text};
use duban_store::document::Document;
use duban_store::inbox::After;
use duban_store::instance::OpenSeat;
use duban_store::{Connection, document, inbox, instance, person, setting};
use std::collections::{BTreeMap, BTreeSet};

/// Rows on a page.
pub const PAGE: usize = 30;

/// One of the boxes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// 待办: waits for this person.
    #[default]
    Todo,
    /// 已办: they acted on it.
    Done,
    /// 我发起: of their units, or made by them.
    Mine,
    /// 抄送: given to them to read.
    Cc,
}

impl Which {
    /// All boxes in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Todo, Self::Done, Self::Mine, Self::Cc];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::Done => "done",
            Self::Mine => "mine",
            Self::Cc => "cc",
        }
    }

    /// The box with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.code() == code)
    }
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The document.
    pub document: Document,
    /// Its unit's name.
    pub unit: String,
    /// The title of the stage it is in, or of the end it reached.
    pub stage: Option<Text>,
    /// Its light.
    pub light: Light,
    /// The last day that counts now.
    pub due_on: Option<NaiveDate>,
    /// Since when it waits there; for a box of what is over, when it was done or sent.
    pub since: DateTime<Utc>,
    /// Units that are waited for.
    pub waiting: Vec<String>,
    /// How often it has been in this stage.
    pub visits: usize,
    /// What the person did last.
    pub act: Option<String>,
    /// A copy they have not opened.
    pub unread: bool,
    /// For whom the person would act, when only on a loan.
    pub lent_by: Option<String>,
    /// The stage at which it waits for the person, and the seat they would speak from; only for what waits.
    pub asks: Option<(StageId, SeatNo)>,
}

/// One page of a box.
#[derive(Clone, Debug)]
pub struct InboxPage {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
    /// How many wait altogether.
    pub todo: usize,
    /// How many copies are unread.
    pub unread: u64,
    /// This moment.
    pub at: Moment,
    /// Working days.
    pub calendar: Calendar,
}

/// What every row needs.
struct Frame {
    at: Moment,
    org: Organisation,
    calendar: Calendar,
}

/// What waits for somebody: the document and their seat in it.
struct Waiting {
    seat: OpenSeat,
    lent_by: Option<String>,
}

impl Service {
    /// One page of a box. `after` is what the page before gave as `next`; anything else begins at the beginning.
    ///
    /// # Errors
    /// What the database says.
    pub async fn inbox(&self, caller: &Caller, which: Which, after: Option<&str>) -> Result<InboxPage> {
        let db = self.store().read();
        let frame = Frame {
            at: self.moment(),
            org: person::organisation(db).await?,
            calendar: setting::calendar(db).await?,
        };
        let waiting = waiting(db, caller, &frame.org, frame.at.day).await?;
        let (rows, next) = match which {
            Which::Todo => self.todo(db, &frame, &waiting, after).await?,
            Which::Done | Which::Mine | Which::Cc => self.past(db, &frame, caller, (which, after)).await?,
        };
        Ok(InboxPage {
            rows,
            next,
            todo: waiting.len(),
            unread: inbox::unread(db, caller.person).await?,
            at: frame.at,
            calendar: frame.calendar,
        })
    }

    /// What waits, the reddest first, then the fewest working days left, then the longest waiting.
    async fn todo(
        &self,
        db: &impl Connection,
        frame: &Frame,
        waiting: &BTreeMap<DocumentId, Waiting>,
        after: Option<&str>,
    ) -> Result<(Vec<Row>, Option<String>)> {
        let mut rows = self.ordered(db, frame, waiting).await?;
        let from = after
            .and_then(|text| text.parse::<usize>().ok())
            .unwrap_or(0)
            .min(rows.len());
        let rest = rows.split_off(from);
        let more = rest.len() > PAGE;
        let mut rows: Vec<_> = rest.into_iter().take(PAGE).collect();
        complete(db, frame, &mut rows).await?;
        Ok((rows, more.then(|| (from + PAGE).to_string())))
    }

    /// Rows of what waits, in their order.
    async fn ordered(
        &self,
        db: &impl Connection,
        frame: &Frame,
        waiting: &BTreeMap<DocumentId, Waiting>,
    ) -> Result<Vec<Row>> {
        let documents = document::find_all(db, waiting.keys().copied()).await?;
        let mut rows = Vec::with_capacity(documents.len());
        for found in documents {
            let Some(mine) = waiting.get(&found.id) else { continue };
            let due = mine.seat.due_on.or(found.due_on.filter(|_| is_with_unit(found.status)));
            let mut row = self.row(frame, found, due)?;
            row.since = mine.seat.opened_at;
            row.lent_by.clone_from(&mine.lent_by);
            row.asks = Some((mine.seat.stage.clone(), mine.seat.no));
            rows.push(row);
        }
        rows.sort_by_key(|row| {
            (
                row.light,
                row.due_on.unwrap_or(NaiveDate::MAX),
                row.since,
                row.document.id,
            )
        });
        Ok(rows)
    }

    /// Those of `documents` that wait for the caller, in the order of the inbox, not paged.
    ///
    /// # Errors
    /// What the database says.
    pub async fn waiting_among(&self, caller: &Caller, documents: &BTreeSet<DocumentId>) -> Result<Vec<Row>> {
        let db = self.store().read();
        let frame = Frame {
            at: self.moment(),
            org: person::organisation(db).await?,
            calendar: setting::calendar(db).await?,
        };
        let mut waiting = waiting(db, caller, &frame.org, frame.at.day).await?;
        waiting.retain(|id, _| documents.contains(id));
        self.ordered(db, &frame, &waiting).await
    }

    /// The boxes that are ordered by time.
    async fn past(
        &self,
        db: &impl Connection,
        frame: &Frame,
        caller: &Caller,
        (which, after): (Which, Option<&str>),
    ) -> Result<(Vec<Row>, Option<String>)> {
        let after = after.and_then(read_after);
        // One more than is shown tells whether there is a next page.
        let limit = u64::try_from(PAGE + 1).unwrap_or(u64::MAX);
        // Document, what was done, when, unread.
        let mut found: Vec<(DocumentId, Option<String>, DateTime<Utc>, bool)> = match which {
            Which::Done => {
                let rows = inbox::done(db, caller.person, after, limit).await?;
                rows.into_iter()
                    .map(|(id, act, at)| (id, Some(act), at, false))
                    .collect()
            }
            Which::Cc => {
                let rows = inbox::copies(db, caller.person, after, limit).await?;
                rows.into_iter()
                    .map(|(id, at, read)| (id, None, at, read.is_none()))
                    .collect()
            }
            Which::Mine | Which::Todo => {
                let units = own_units(caller);
                let rows = inbox::mine(db, caller.person, &units, after, limit).await?;
                rows.into_iter()
                    .map(|row| (row.id, None, row.changed_at, false))
                    .collect()
            }
        };
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        let next = found
            .last()
            .filter(|_| more)
            .map(|(id, _, at, _)| write_after(*id, *at));
        let documents = document::find_all(db, found.iter().map(|(id, ..)| *id)).await?;
        let seated = document::units_of(db, documents.iter().map(|row| row.id)).await?;
        let ids: Vec<_> = documents.iter().map(|row| row.id).collect();
        let given = match which {
            Which::Cc => instance::given_copies(db, &ids, caller.person).await?,
            Which::Todo | Which::Done | Which::Mine => BTreeSet::new(),
        };
        let nobody = BTreeSet::new();
        let mut by_id: BTreeMap<_, _> = documents.into_iter().map(|row| (row.id, row)).collect();
        let mut rows = Vec::with_capacity(found.len());
        for (id, act, since, unread) in found {
            let Some(document) = by_id.remove(&id) else { continue };
            // A post may have ended since: what may no longer be read does not show.
            let given = given.contains(&id) && access::may_be_given(caller, &document);
            if !given && !access::may_read(caller, &document, seated.get(&id).unwrap_or(&nobody)) {
                continue;
            }
            let due = document.due_on.filter(|_| is_with_unit(document.status));
            let mut row = self.row(frame, document, due)?;
            row.since = since;
            row.act = act;
            row.unread = unread;
            rows.push(row);
        }
        complete(db, frame, &mut rows).await?;
        Ok((rows, next))
    }

    fn row(&self, frame: &Frame, found: Document, due_on: Option<NaiveDate>) -> Result<Row> {
        let definition = self.definition(&found.definition.0, found.definition.1)?;
        let stage = found
            .stage
            .as_ref()
            .and_then(|stage| definition.title_of(stage))
            .cloned();
        Ok(Row {
            unit: frame.org.unit_name(found.unit),
            stage,
            light: light(progress(found.status), due_on, frame.at.day, &frame.calendar),
            due_on,
            since: found.changed_at,
            waiting: Vec::new(),
            visits: 0,
            act: None,
            unread: false,
            lent_by: None,
            asks: None,
            document: found,
        })
    }
}

/// Adds what needs a look at the open seats and the instances of the rows that are shown.
async fn complete(db: &impl Connection, frame: &Frame, rows: &mut [Row]) -> Result<()> {
    let ids: BTreeSet<_> = rows.iter().map(|row| row.document.id).collect();
    let seats = inbox::seats_in(db, &ids).await?;
    let instances = instance::find_all(db, ids).await?;
    for row in rows {
        let open = seats.get(&row.document.id).map_or(&[][..], Vec::as_slice);
        let units: BTreeSet<UnitId> = open.iter().map(|seat| seat.unit).collect();
        row.waiting = units.into_iter().map(|unit| frame.org.unit_name(unit)).collect();
        if row.due_on.is_none() {
            row.due_on = open.iter().filter_map(|seat| seat.due_on).min();
            row.light = light(progress(row.document.status), row.due_on, frame.at.day, &frame.calendar);
        }
        if let Some(found) = instances.get(&row.document.id) {
            row.visits = found.rounds.iter().filter(|round| round.stage == found.stage).count();
        }
    }
    Ok(())
}

/// The documents that wait for the caller, each with the seat they would speak from (their own before a lent one).
/// Whoever separation of duties keeps from a seat does not see it here.
async fn waiting(
    db: &impl Connection,
    caller: &Caller,
    org: &Organisation,
    day: NaiveDate,
) -> Result<BTreeMap<DocumentId, Waiting>> {
    let posts: BTreeSet<(UnitId, Role)> = caller.capacities().map(|post| (post.unit, post.role)).collect();
    let seats = inbox::seats_of(db, &posts).await?;
    let ids: BTreeSet<_> = seats.iter().map(|seat| seat.document).collect();
    let bars = inbox::bars(db, &ids).await?;
    let types: BTreeMap<_, _> = document::find_all(db, ids.iter().copied())
        .await?
        .into_iter()
        .map(|row| (row.id, row.document_type))
        .collect();
    let mut found: BTreeMap<DocumentId, Waiting> = BTreeMap::new();
    for seat in seats {
        let is_barred = |who| bars.contains(&(seat.document, seat.round, who));
        if is_barred(caller.person) {
            continue;
        }
        // Handed over or lent to one holder of the post, it waits for that one alone, as long as they hold it.
        let meant = org.meant(seat.person, seat.unit, seat.role, day);
        let is_meant = |holder| meant.is_none_or(|meant| meant == holder);
        let own = caller
            .posts
            .iter()
            .any(|post| (post.unit, post.role) == (seat.unit, seat.role) && is_meant(caller.person));
        let kind = types.get(&seat.document);
        let lender = caller.lent.iter().find(|lent| {
            let in_scope = lent
                .delegation
                .document_type
                .as_ref()
                .is_none_or(|scope| Some(scope) == kind);
            in_scope
                && (lent.post.unit, lent.post.role) == (seat.unit, seat.role)
                && is_meant(lent.post.person)
                && !is_barred(lent.post.person)
        });
        let lent_by = match (own, lender) {
            (true, _) => None,
            (false, Some(lent)) => Some(org.person_name(lent.post.person)),
            (false, None) => continue,
        };
        let known_own = found.get(&seat.document).is_some_and(|known| known.lent_by.is_none());
        if !known_own {
            found.insert(seat.document, Waiting { seat, lent_by });
        }
    }
    Ok(found)
}

/// Units in which the caller works with papers.
fn own_units(caller: &Caller) -> Vec<UnitId> {
    let working = caller
        .posts
        .iter()
        .filter(|post| !post.role.is_administrator() && post.role != Role::Observer);
    let units: BTreeSet<_> = working.map(|post| post.unit).collect();
    units.into_iter().collect()
}

fn is_with_unit(status: Status) -> bool {
    matches!(status, Status::Draft | Status::Returned)
}

fn progress(status: Status) -> Progress {
    match status {
        Status::Ended | Status::Terminated => Progress::Done,
        Status::Draft | Status::Returned | Status::Running | Status::Blocked | Status::Suspended => Progress::Open,
    }
}

fn write_after(id: DocumentId, at: DateTime<Utc>) -> String {
    format!("{}-{id}", at.timestamp_micros())
}

fn read_after(text: &str) -> Option<After> {
    let (at, document) = text.split_once('-')?;
    Some(After {
        at: DateTime::from_timestamp_micros(at.parse().ok()?)?,
        document: document.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_between_two_pages_reads_back_as_written() {
        let at = "2026-03-02T01:02:03.456789Z".parse().unwrap();
        let mark = read_after(&write_after(DocumentId(7), at)).unwrap();
        assert_eq!((mark.at, mark.document), (at, DocumentId(7)));
        for bad in ["", "x", "1", "1-x", "99999999999999999999-1"] {
            assert!(read_after(bad).is_none(), "{bad}");
        }
    }
}
