//! From a notice's text to a running campaign: reading, matching names against units and rosters, and the one act of
//! confirmation that writes everything.
//!
//! Nothing is kept between reading and confirming: the confirmation carries the text and is read again, and reading
//! gives the same answer for the same text.

use crate::audit::Deed;
use crate::case::Frame;
use crate::document::NewDocument;
use crate::error::{Error, Result};
use crate::once::Once;
use crate::session::{Caller, Scope};
use crate::{Service, alert};
use chrono::{Datelike, NaiveDate};
use duban_core::document::annual_plan;
use duban_core::id::{CampaignId, CommandId, UnitId};
use duban_core::notice;
use duban_core::org::{Role, UnitKind};
use duban_core::reason::Reason;
use duban_store::campaign::{Campaign, Owing};
use duban_store::notice::NewNotice;
use duban_store::unit::NewUnit;
use duban_store::{Connection, Write, asked, campaign, notice as rows, party, unit};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

pub mod amendment;
mod check;
mod import;

use check::check;
pub use import::{FoundName, Import, NewCampaign, Proposed, Reading, Resolution, Target};
use import::{figures, names, written};

/// Why a unit of the government itself takes part without a plan of its own.
pub const OWES_NO_PLAN: &str = "owes_no_plan";

impl Service {
    /// Reads a notice and matches its names. Writes nothing. For the government's office, which registers notices.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn read_notice(&self, caller: &Caller, text: &str) -> Result<Reading> {
        registrar_only(caller)?;
        self.match_notice(self.store().read(), text).await
    }

    async fn match_notice(&self, db: &impl Connection, text: &str) -> Result<Reading> {
        let notice = notice::read(&notice::lines(text));
        let frame = self.frame(db).await?;
        let today = frame.at.day;
        let mut units = frame.org.units.clone();
        units.retain(|_, unit| unit.exists_on(today));
        let rosters = unit::rosters(db).await?;
        let same = rows::of_hash(db, &hash(text)).await?;
        let mut opened = None;
        for id in same {
            if let Some(found) = campaign::of_notice(db, id).await? {
                opened = Some((found.id, found.year));
            }
        }
        Ok(Reading {
            names: names(&notice, &units, &rosters),
            notice,
            units,
            rosters,
            opened,
            proposed: proposed(&frame),
        })
    }

    /// Confirms a notice and opens its campaign: notice, tasks, assignments, indicators, and for every unit a plan that
    /// is filled in from them and on its way, all in one transaction. The same command again gives the same campaign.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the office; [`Error::Invalid`] for what is missing or wrong, fields named
    /// as in the import page; [`Error::Refused`] with `campaign_exists` when the text has a campaign in that year.
    pub async fn open_campaign(&self, caller: &Caller, command: CommandId, import: Import) -> Result<CampaignId> {
        registrar_only(caller)?;
        if caller.scope < Scope::Act {
            return Err(Error::forbidden("token_reads_only"));
        }
        let once = Once::of(caller, command, &import)?;
        let tx = self.write().await?;
        if let Some(before) = once.before(&*tx).await? {
            return Ok(before);
        }
        let frame = self.frame(&*tx).await?;
        let reading = self.match_notice(&*tx, &import.text).await?;
        check(&reading, &import, frame.at.day)?;
        let same = rows::of_hash(&*tx, &hash(&import.text)).await?;
        if let Some(id) = campaign::of_notices(&*tx, &same, import.campaign.year).await? {
            return Err(Error::Refused(
                Reason::new("campaign_exists").with("campaign", id.to_string()).into(),
            ));
        }
        let (import, made) = self.found_units(&tx, caller, frame.at.day, import).await?;
        let (frame, reading) = match made {
            true => (self.frame(&*tx).await?, self.match_notice(&*tx, &import.text).await?),
            false => (frame, reading),
        };
        let id = self.write_campaign(&tx, caller, &frame, &reading, &import).await?;
        once.keep(&tx, &id, frame.at.now).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn write_campaign(
        &self,
        tx: &Write,
        caller: &Caller,
        frame: &Frame,
        reading: &Reading,
        import: &Import,
    ) -> Result<CampaignId> {
        self.remember_names(tx, caller, reading, import).await?;
        let written = written(reading, import, frame.at.day);
        let mut owing: BTreeMap<UnitId, Owing> = BTreeMap::new();
        for one in written.iter().flat_map(|task| &task.units) {
            let kind = reading.units.get(&one.unit).map(|unit| unit.kind);
            let exempt = (kind == Some(UnitKind::Government)).then(|| OWES_NO_PLAN.to_owned());
            let entry = owing.entry(one.unit).or_insert(Owing {
                unit: one.unit,
                via_roster: one.via_roster,
                exempt,
            });
            // A unit that is also named by itself does not take part through a roster alone.
            if one.via_roster.is_none() {
                entry.via_roster = None;
            }
        }
        let new = NewNotice {
            title: import.title.trim().to_owned(),
            issuer: import.issuer.clone(),
            number: import.number.clone(),
            dated: import.dated,
            text: import.text.clone(),
            hash: hash(&import.text),
            by: caller.person,
            at: frame.at.now,
            indicators: figures(reading, import),
            tasks: written,
        };
        let tasks = new.tasks.len();
        let notice = rows::add(&**tx, new).await?;
        let deed = Deed::new("notice.import", "notice", notice)
            .with("title", &import.title)
            .with("tasks", tasks)
            .with("hash", hash(&import.text));
        self.record(&**tx, Some(caller), deed).await?;
        let planned = &import.campaign;
        let id = campaign::add(
            &**tx,
            Campaign {
                id: CampaignId(0),
                notice,
                year: planned.year,
                title: planned.title.trim().to_owned(),
                coordinator: planned.coordinator,
                office: planned.office,
                leadership: planned.leadership,
                inspection: planned.inspection,
                plan_due: planned.plan_due,
                opened_by: caller.person,
                opened_at: frame.at.now,
            },
        )
        .await?;
        let owing: Vec<Owing> = owing.into_values().collect();
        campaign::add_units(&**tx, id, &owing).await?;
        let deed = Deed::new("campaign.open", "campaign", id)
            .with("year", planned.year)
            .with("units", owing.len());
        self.record(&**tx, Some(caller), deed).await?;
        self.open_plans(tx, frame, (id, planned), &owing).await?;
        Ok(id)
    }

    /// A plan for every unit that owes one.
    async fn open_plans(
        &self,
        tx: &Write,
        frame: &Frame,
        (id, planned): (CampaignId, &NewCampaign),
        owing: &[Owing],
    ) -> Result<()> {
        let fixed = party::of_campaign(&**tx, Some(id)).await?;
        for one in owing.iter().filter(|one| one.exempt.is_none()) {
            let wanted = asked::asked(&**tx, id, one.unit).await?;
            let title = planned
                .plan_title
                .replace("{unit}", &frame.org.unit_name(one.unit))
                .replace("{year}", &planned.year.to_string());
            let new = NewDocument {
                definition: self.current_definition(&**tx, &annual_plan::TYPE.code).await?,
                campaign: Some(id),
                unit: one.unit,
                title,
                content: annual_plan::prefill(&wanted, &[]),
                due_on: Some(planned.plan_due),
                revises: None,
            };
            // A campaign makes them, not the person who opens it: nobody is the author of an untouched plan.
            self.create_document(tx, None, (frame, fixed.as_ref()), new).await?;
        }
        Ok(())
    }

    /// Makes the units that a person wants made; gives the import with them in their places, and whether there were
    /// any. A unit without people gives nobody a right: people and posts stay with the administrators, who are told.
    async fn found_units(
        &self,
        tx: &Write,
        caller: &Caller,
        today: NaiveDate,
        mut import: Import,
    ) -> Result<(Import, bool)> {
        let mut made = false;
        for (name, resolution) in &mut import.names {
            let Resolution::Founded { name: full, kind } = resolution else {
                continue;
            };
            let full = full.trim().to_owned();
            let new = NewUnit {
                aliases: Vec::from_iter((*name != full).then(|| name.clone())),
                kind: *kind,
                valid_from: today,
                valid_until: None,
                name: full,
            };
            let unit = unit::add(&**tx, &new).await?;
            let deed = Deed::new("unit.add", "unit", unit)
                .with("name", &new.name)
                .with("kind", new.kind.code())
                .with("by", "notice");
            self.record(&**tx, Some(caller), deed).await?;
            alert::unit_without_people(tx, (unit, &new.name), self.moment()).await?;
            *resolution = Resolution::Means {
                target: Target::Unit(unit),
                remember: false,
            };
            made = true;
        }
        Ok((import, made))
    }

    /// Keeps new names of units where the person asked for it.
    async fn remember_names(&self, tx: &Write, caller: &Caller, reading: &Reading, import: &Import) -> Result<()> {
        for (name, resolution) in &import.names {
            let Resolution::Means {
                target: Target::Unit(unit),
                remember: true,
            } = resolution
            else {
                continue;
            };
            if reading.units.get(unit).is_some_and(|found| found.is_called(name)) {
                continue;
            }
            unit::add_alias(&**tx, *unit, name).await?;
            let deed = Deed::new("unit.alias", "unit", unit).with("name", name);
            self.record(&**tx, Some(caller), deed).await?;
        }
        Ok(())
    }
}

fn proposed(frame: &Frame) -> Proposed {
    let today = frame.at.day;
    let unit_of = |role: Role| {
        let post = frame
            .org
            .posts
            .iter()
            .find(|post| post.role == role && post.holds_on(today));
        post.map(|post| post.unit)
    };
    Proposed {
        year: today.year() + i32::from(today.month() >= 11),
        coordinator: unit_of(Role::Coordinator),
        office: unit_of(Role::Office),
        leadership: unit_of(Role::Leader),
        inspection: unit_of(Role::Inspector),
        plan_due: frame.calendar.plus(today, 20),
    }
}

fn registrar_only(caller: &Caller) -> Result<()> {
    if caller.has(Role::Office) {
        Ok(())
    } else {
        Err(Error::forbidden("office_registers"))
    }
}

/// The text with plain line ends and without margins: browsers send CR LF, files have LF.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

/// SHA-256 of the plain text, hexadecimal: the same notice has the same one however it came.
fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(plain(text).as_bytes()))
}
