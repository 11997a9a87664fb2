//! Asking for a matter by hand (催办): a mail of its own to whoever can act, at most once a working day for each person
//! and paper. It goes out at once, in quiet hours too, because a person sent it.

use crate::audit::Deed;
use crate::digest::DigestLine;
use crate::error::{Error, Result};
use crate::open_clock::World;
use crate::outbox::{self, Addressee, Letter};
use crate::{Caller, Service, access};
use chrono::NaiveDate;
use duban_core::clock::{Light, Progress, light};
use duban_core::id::{CampaignId, DocumentId, PersonId};
use duban_core::org::{Moment, Role};
use duban_core::reminder::{Delivery, Occurrence, OpenClock, Recipient};
use duban_store::outbox::{self as mails, NewMail};
use duban_store::{Write, document, reminder as rows};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The kind of a mail that asks by hand.
pub(crate) const URGE: &str = "urge";
/// The name that stands for a rule in the keys of occurrences made by hand.
const BY_HAND: &str = "urge";
/// Who may ask for other people's matters.
pub const URGERS: [Role; 4] = [Role::Coordinator, Role::Office, Role::Leader, Role::Inspector];
/// The longest remark, in characters.
const NOTE_LIMIT: usize = 300;

/// What somebody asked for by hand, as kept in the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Urged {
    /// Who is asked, about which clock.
    pub occurrence: Occurrence,
    /// Who asks, by name.
    pub by: String,
    /// What they wrote.
    pub note: Option<String>,
}

/// The words of such a mail.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UrgeView {
    /// Who asks, by name.
    pub by: String,
    /// What they wrote.
    pub note: Option<String>,
    /// The matter.
    pub line: DigestLine,
}

/// How many were asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Papers.
    pub papers: usize,
    /// Mails to people.
    pub people: usize,
}

impl Service {
    /// Asks whoever can act on a paper now to do so. Where nobody can, the heads of the unit are asked.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a paper the caller can neither read nor see on a campaign's board,
    /// [`Error::Forbidden`] (`urge_not_yours`) for whoever does not steer, [`Error::Refused`] with `urge_nobody` when it
    /// waits for nobody else, `urge_today` when everybody was asked today.
    pub async fn urge(&self, caller: &Caller, id: DocumentId, note: &str) -> Result<Asked> {
        access::acting(caller)?;
        let db = self.store().read();
        let paper = document::find(db, id).await?.ok_or(Error::NotFound)?;
        let seated = document::units_of(db, [id]).await?.remove(&id).unwrap_or_default();
        let on_a_board = paper.campaign.is_some() && access::oversees(caller);
        if !access::may_read(caller, &paper, &seated) && !on_a_board {
            return Err(Error::NotFound);
        }
        may_urge(caller)?;
        let at = self.moment();
        let world = self.world(at).await?;
        let tx = self.write().await?;
        let asked = self.ask(&tx, caller, &world, id, note).await?;
        match asked {
            None => Err(Error::refused("urge_nobody")),
            Some(0) => Err(Error::refused("urge_today")),
            Some(people) => {
                tx.commit().await?;
                Ok(Asked { papers: 1, people })
            }
        }
    }

    /// Asks for every late plan of a campaign.
    ///
    /// # Errors
    /// [`Error::Forbidden`] (`urge_not_yours`) for whoever does not steer, [`Error::Refused`] (`urge_none_late`) when
    /// nothing is late or everybody was asked today.
    pub async fn urge_late(&self, caller: &Caller, campaign: CampaignId, note: &str) -> Result<Asked> {
        access::acting(caller)?;
        may_urge(caller)?;
        let at = self.moment();
        let world = self.world(at).await?;
        let late = |clock: &&OpenClock| light(Progress::Open, clock.due_on, at.day, &world.calendar) == Light::Red;
        let papers: BTreeSet<DocumentId> = world
            .clocks
            .iter()
            .filter(late)
            .filter(|clock| clock.watch.is_turn())
            .filter_map(|clock| clock.document)
            .filter(|id| world.paper(*id).is_some_and(|paper| paper.campaign == Some(campaign)))
            .collect();
        let tx = self.write().await?;
        let mut asked = Asked::default();
        for id in papers {
            let people = self.ask(&tx, caller, &world, id, note).await?.unwrap_or(0);
            asked.people += people;
            asked.papers += usize::from(people > 0);
        }
        if asked.people == 0 {
            return Err(Error::refused("urge_none_late"));
        }
        tx.commit().await?;
        Ok(asked)
    }

    /// Writes the mails for one paper; none when it waits for nobody but the caller.
    async fn ask(
        &self,
        tx: &Write,
        caller: &Caller,
        world: &World,
        id: DocumentId,
        note: &str,
    ) -> Result<Option<usize>> {
        let at = self.moment();
        let site = outbox::site(&**tx).await?;
        let note: String = note.trim().chars().take(NOTE_LIMIT).collect();
        let by = world.organisation.person_name(caller.person);
        let meant = meant(world, id, caller.person, at);
        if meant.is_empty() {
            return Ok(None);
        }
        let keys: Vec<String> = meant.iter().map(|occurrence| occurrence.key.clone()).collect();
        let known = rows::known(&**tx, &keys).await?;
        let mut people = 0;
        for occurrence in meant.into_iter().filter(|occurrence| !known.contains(&occurrence.key)) {
            let letter = Letter::Urge(Urged {
                occurrence: Occurrence {
                    due_at: self.local(at),
                    ..occurrence.clone()
                },
                by: by.clone(),
                note: Some(note.clone()).filter(|note| !note.is_empty()),
            });
            let mail = NewMail {
                kind: URGE,
                person: occurrence.person,
                payload: outbox::payload(&letter)?,
                message_id: format!("{}@{site}", occurrence.key.replace('/', ".")),
            };
            if let Some(mail) = mails::add(&**tx, &mail, at.now).await? {
                rows::add(&**tx, &occurrence, at.now, mail, at.now).await?;
                people += 1;
            }
        }
        if people > 0 {
            let deed = Deed::new("reminder.urge", "document", id).with("people", people);
            self.record(&**tx, Some(caller), deed).await?;
        }
        Ok(Some(people))
    }

    /// The words of a mail that asks by hand, with the occurrence it tells; none when the matter is done.
    pub(crate) fn urge_view(
        &self,
        world: &World,
        to: &Addressee,
        urged: Urged,
        at: Moment,
    ) -> Option<(UrgeView, BTreeSet<String>)> {
        let view = self.digest_in(world, to, std::slice::from_ref(&urged.occurrence), at.day);
        let told = view.keys();
        let line = view.own.into_iter().chain(view.others).next();
        line.map(|line| {
            let view = UrgeView {
                by: urged.by,
                note: urged.note,
                line,
            };
            (view, told)
        })
    }
}

fn may_urge(caller: &Caller) -> Result<()> {
    if caller.has_any(&URGERS) {
        Ok(())
    } else {
        Err(Error::forbidden("urge_not_yours"))
    }
}

/// Whom a call for this paper reaches, once each: those who can act on one of its clocks, else the unit's deputy, else
/// its head; never the one who calls. The key names the working day, so that a weekend counts with the day before it.
fn meant(world: &World, id: DocumentId, caller: PersonId, at: Moment) -> Vec<Occurrence> {
    let day = world.calendar.on_or_before(at.day);
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    let turns = world.clocks.iter().filter(|clock| clock.watch.is_turn());
    for clock in turns.filter(|clock| clock.document == Some(id)) {
        let ladder = [Recipient::CanAct, Recipient::Deputy, Recipient::Head];
        let others = |to: &Recipient| {
            let people = clock.people.get(to).into_iter().flatten();
            people.copied().filter(|person| *person != caller).collect::<Vec<_>>()
        };
        let reached = ladder.into_iter().map(|to| (to, others(&to)));
        let Some((to, people)) = reached.into_iter().find(|(_, people)| !people.is_empty()) else {
            continue;
        };
        let due = clock.due_on.map(|due| world.calendar.on_or_after(due));
        for person in people.into_iter().filter(|person| told.insert(*person)) {
            found.push(Occurrence {
                key: key(id, day, person),
                rule: BY_HAND.to_owned(),
                clock: clock.key(),
                rung: due.map_or(0, |due| -world.calendar.between(at.day, due)),
                person,
                to,
                due_at: at.day.and_time(chrono::NaiveTime::MIN),
                delivery: Delivery::Single,
                unit: clock.unit,
                document: clock.document,
                finding: clock.finding,
                due_on: clock.due_on,
            });
        }
    }
    found
}

/// The name of asking this person for this paper on this working day.
pub(crate) fn key(document: DocumentId, working_day: NaiveDate, person: PersonId) -> String {
    format!("{BY_HAND}/d{document}/{}/{person}", working_day.format("%Y%m%d"))
}
