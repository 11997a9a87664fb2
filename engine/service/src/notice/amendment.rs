//! A second version of a campaign's notice: what it changes, what that does to plans, and taking it over.
//!
//! Tasks keep their numbers in the database, so what plans refer to stays. Plans in the making follow the notice at
//! once; a plan under review stays as it was submitted and the reviewer sees what it lacks; a final plan is never
//! changed silently, its unit is told and may make an adjustment.

use super::import::{figures, written};
use super::{Import, Reading, check, hash, registrar_only};
use crate::Service;
use crate::audit::Deed;
use crate::case::Frame;
use crate::document::NewDocument;
use crate::error::{Error, Result};
use crate::once::Once;
use crate::outbox::{About, enqueue};
use crate::session::{Caller, Scope};
use duban_core::document::annual_plan::{self, Asked};
use duban_core::document::{amended, difference};
use duban_core::id::{CampaignId, CommandId, DocumentId, NoticeId, PersonId, UnitId, Version};
use duban_core::notice::amendment::Fate;
use duban_core::org::Role;
use duban_core::reason::Reason;
use duban_core::workflow::{Effect, StageId, Topic};
use duban_store::amendment::{self as rows, Rows};
use duban_store::campaign::{Campaign, Owing};
use duban_store::{Connection, Write, asked, campaign, document, graph, notice, party, person};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod changes;

use changes::{
    as_if_founded, carried, figure_changes, is_government, matched, owing, task_changes, then, unit_changes,
};

/// What a version changes, kept with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// Tasks that differ, in the order of the new version, withdrawn ones last.
    pub tasks: Vec<TaskChange>,
    /// Figures that differ, in the order of the new version, dropped ones last.
    pub figures: Vec<FigureChange>,
    /// Units for which something changes, by number.
    pub units: Vec<UnitChange>,
}

/// One task that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskChange {
    /// What happened to it.
    pub fate: Fate,
    /// Its number in the old version.
    pub before: Option<i32>,
    /// Its number in the new version.
    pub after: Option<i32>,
    /// Its title in the version that has it, the new one first.
    pub title: String,
    /// Its title piece by piece, where it differs.
    pub titled: Vec<difference::Run>,
    /// Its words piece by piece, where they differ.
    pub worded: Vec<difference::Run>,
    /// The words of its deadline before and after, where they or their day differ.
    pub deadline: Option<(String, String)>,
    /// Units whose part differs.
    pub parts: Vec<PartChange>,
}

/// A unit's part in a task before and after, as a role's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartChange {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// The roster through which alone it is meant, by name.
    #[serde(default)]
    pub via: Option<String>,
    /// Its part before; none if it had none.
    pub before: Option<String>,
    /// Its part after; none if it has none.
    pub after: Option<String>,
}

/// One figure that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureChange {
    /// What happened to it.
    pub fate: Fate,
    /// Its name.
    pub name: String,
    /// What it demanded.
    pub before: Option<Demanded>,
    /// What it demands.
    pub after: Option<Demanded>,
}

/// What a figure demands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demanded {
    /// The code of the comparison.
    pub comparator: String,
    /// The value.
    pub value: String,
    /// The unit of measure.
    pub measure: String,
    /// The year it is to be reached in.
    pub year: Option<i32>,
}

/// What a version means for one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitChange {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// Numbers of tasks that it has now and had not.
    pub gained: Vec<i32>,
    /// Numbers, in the old version, of tasks that it has no more.
    pub lost: Vec<i32>,
    /// Numbers of tasks that it keeps and that say something else, in words, parts, deadline or figures.
    pub changed: Vec<i32>,
    /// Its plan.
    pub plan: Option<DocumentId>,
    /// What becomes of the plan.
    pub then: Then,
}

/// What becomes of a unit's plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// It had none and gets one, filled in.
    Opens,
    /// It is in the making and follows.
    Follows,
    /// It is under review and stays; the reviewers see what it lacks.
    Reviewed,
    /// It is final and stays; the unit may make an adjustment.
    Final,
    /// The unit owes none.
    Exempt,
}

impl Then {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Opens => "opens",
            Self::Follows => "follows",
            Self::Reviewed => "reviewed",
            Self::Final => "final",
            Self::Exempt => "exempt",
        }
    }
}

impl Amendment {
    /// True when the version says the same.
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty() && self.figures.is_empty()
    }
}

/// A version read against what is in force.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The campaign.
    pub campaign: Campaign,
    /// The number of the version in force.
    pub current: u32,
    /// What was read.
    pub reading: Reading,
    /// What it changes as far as its names are resolved.
    pub amendment: Amendment,
    /// The name that leads each task by position: the lead that is in force, where the new version still names it.
    pub leads: BTreeMap<usize, String>,
}

impl Service {
    /// The campaign whose notice is to be amended. For the office.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else; [`Error::NotFound`].
    pub async fn amendable(&self, caller: &Caller, id: CampaignId) -> Result<Campaign> {
        registrar_only(caller)?;
        campaign::find(self.store().read(), id).await?.ok_or(Error::NotFound)
    }

    /// What a second version would change, with names resolved as `import` says. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the office; [`Error::NotFound`].
    pub async fn compare_notice(&self, caller: &Caller, id: CampaignId, import: &Import) -> Result<Compared> {
        registrar_only(caller)?;
        let db = self.store().read();
        let (compared, _) = self.compared(db, id, import).await?;
        Ok(compared)
    }

    /// The versions of a notice that was amended, the first first, each with the name of who confirmed it; none where
    /// it never was.
    pub async fn notice_versions(&self, id: NoticeId) -> Result<Vec<(rows::Head, String)>> {
        let db = self.store().read();
        let heads = rows::heads(db, id).await?;
        let by: Vec<PersonId> = heads.iter().map(|head| head.by).collect();
        let names: BTreeMap<PersonId, String> = match by.is_empty() {
            true => BTreeMap::new(),
            false => {
                let accounts = person::accounts(db, &by).await?.into_iter();
                accounts.map(|who| (who.person.id, who.person.name)).collect()
            }
        };
        let named = heads.into_iter().map(|head| {
            let name = names.get(&head.by).cloned().unwrap_or_default();
            (head, name)
        });
        Ok(named.collect())
    }

    /// One version of a notice, with the name of who confirmed it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this number.
    pub async fn notice_version(&self, id: NoticeId, no: u32) -> Result<(rows::Version, String)> {
        let db = self.store().read();
        let version = rows::version(db, id, no).await?.ok_or(Error::NotFound)?;
        let by = person::account(db, version.by).await?;
        Ok((version, by.map_or_else(String::new, |who| who.person.name)))
    }

    async fn compared(&self, db: &impl Connection, id: CampaignId, import: &Import) -> Result<(Compared, Rows)> {
        let campaign = campaign::find(db, id).await?.ok_or(Error::NotFound)?;
        let frame = self.frame(db).await?;
        let reading = self.match_notice(db, &import.text).await?;
        let tasks = notice::tasks(db, campaign.notice).await?;
        let known = notice::figures(db, campaign.notice).await?;
        let material = graph::material(db, id, None).await?.ok_or(Error::NotFound)?;
        let leads = carried(&reading, &tasks, import);
        let (import, founded) = as_if_founded(import);
        let rows = matched(
            &tasks,
            &known,
            written(&reading, &import, frame.at.day),
            figures(&reading, &import),
        );
        let name = |unit: UnitId| founded.get(&unit).cloned().unwrap_or_else(|| frame.org.unit_name(unit));
        let roster = |id: i64| {
            reading
                .rosters
                .get(&id)
                .map_or_else(String::new, |roster| roster.name.clone())
        };
        let changes = task_changes(&tasks, &rows, &name, &roster);
        let figures = figure_changes(&known, &rows);
        let exempt = |unit: &UnitId| is_government(&reading, *unit);
        let units = unit_changes((&tasks, &rows, &known), &changes, |unit| {
            let plan = material.plans.get(&unit);
            (name(unit), plan.map(|plan| plan.document), then(plan, exempt(&unit)))
        });
        let compared = Compared {
            current: rows::current(db, campaign.notice).await?,
            campaign,
            amendment: Amendment {
                tasks: changes,
                figures,
                units,
            },
            leads,
            reading,
        };
        Ok((compared, rows))
    }

    /// Takes a second version over: tasks, parts and figures change from today on, the version is filed with what it
    /// changed, plans in the making follow, units that have tasks for the first time get a plan, and every unit
    /// concerned is told once. All in one transaction; the same command again changes nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the office; [`Error::NotFound`]; [`Error::Invalid`] as for an import;
    /// [`Error::Refused`] with `amended_meanwhile` when `expected` is not the version in force, `nothing_amended` when
    /// the text asks for the same.
    pub async fn amend_campaign(
        &self,
        caller: &Caller,
        command: CommandId,
        (id, expected): (CampaignId, u32),
        import: Import,
    ) -> Result<Amendment> {
        registrar_only(caller)?;
        if caller.scope < Scope::Act {
            return Err(Error::forbidden("token_reads_only"));
        }
        let once = Once::of(caller, command, &(id, expected, &import))?;
        let tx = self.write().await?;
        if let Some(before) = once.before(&*tx).await? {
            return Ok(before);
        }
        let (mut compared, mut rows) = self.compared(&*tx, id, &import).await?;
        if compared.current != expected {
            return Err(Error::refused("amended_meanwhile"));
        }
        check::names(&compared.reading, &import, self.moment().day)?;
        let (import, made) = self.found_units(&tx, caller, self.moment().day, import).await?;
        if made {
            (compared, rows) = self.compared(&*tx, id, &import).await?;
        }
        let frame = self.frame(&*tx).await?;
        if compared.amendment.is_empty() {
            return Err(Error::refused("nothing_amended"));
        }
        self.remember_names(&tx, caller, &compared.reading, &import).await?;
        self.take_over(&tx, caller, &frame, (&compared, rows, &import)).await?;
        once.keep(&tx, &compared.amendment, frame.at.now).await?;
        tx.commit().await?;
        Ok(compared.amendment)
    }

    async fn take_over(
        &self,
        tx: &Write,
        caller: &Caller,
        frame: &Frame,
        (compared, rows, import): (&Compared, Rows, &Import),
    ) -> Result<()> {
        let (campaign, amendment) = (&compared.campaign, &compared.amendment);
        let no = compared.current + 1;
        let mut before: BTreeMap<UnitId, Asked> = BTreeMap::new();
        for one in &amendment.units {
            before.insert(one.unit, asked::asked(&**tx, campaign.id, one.unit).await?);
        }
        let joining = owing(&rows, amendment);
        let version = rows::Version {
            no,
            title: import.title.trim().to_owned(),
            number: import.number.clone(),
            dated: import.dated,
            text: import.text.clone(),
            hash: hash(&import.text),
            by: caller.person,
            at: frame.at.now,
            amendment: Some(serde_json::to_value(amendment).map_err(Error::internal)?),
        };
        rows::take_over(&**tx, campaign.notice, version, rows, frame.at.day).await?;
        let known: BTreeSet<UnitId> = campaign::units(&**tx, campaign.id)
            .await?
            .into_iter()
            .map(|owing| owing.unit)
            .collect();
        let joining: Vec<Owing> = joining.into_iter().filter(|one| !known.contains(&one.unit)).collect();
        campaign::add_units(&**tx, campaign.id, &joining).await?;
        let deed = Deed::new("notice.amend", "campaign", campaign.id)
            .with("version", no)
            .with("tasks", amendment.tasks.len())
            .with("figures", amendment.figures.len())
            .with("units", amendment.units.len())
            .with("hash", hash(&import.text));
        self.record(&**tx, Some(caller), deed).await?;
        let fixed = party::of_campaign(&**tx, Some(campaign.id)).await?;
        for one in &amendment.units {
            let wanted = asked::asked(&**tx, campaign.id, one.unit).await?;
            let plan = match (one.then, one.plan) {
                (Then::Opens, _) => {
                    let title = import.campaign.plan_title.replace("{unit}", &one.name);
                    let new = NewDocument {
                        definition: self.current_definition(&**tx, &annual_plan::TYPE.code).await?,
                        campaign: Some(campaign.id),
                        unit: one.unit,
                        title: title.replace("{year}", &campaign.year.to_string()),
                        content: annual_plan::prefill(&wanted, &[]),
                        due_on: Some(campaign.plan_due.max(compared.reading.proposed.plan_due)),
                        revises: None,
                    };
                    Some(self.create_document(tx, None, (frame, fixed.as_ref()), new).await?)
                }
                (Then::Follows, Some(plan)) => {
                    if let Some(was) = before.get(&one.unit) {
                        self.follow(tx, caller, plan, (was, &wanted)).await?;
                    }
                    Some(plan)
                }
                (_, plan) => plan,
            };
            if let Some(plan) = plan {
                self.tell_unit(tx, caller, frame, (one, plan, no)).await?;
            }
        }
        Ok(())
    }

    /// The text of a plan in the making follows what is asked now.
    async fn follow(&self, tx: &Write, caller: &Caller, plan: DocumentId, asked: (&Asked, &Asked)) -> Result<()> {
        let body = document::body(&**tx, plan)
            .await?
            .ok_or_else(|| Error::internal(format!("document {plan} has no body")))?;
        let content = amended::follow(&body.content, asked.0, asked.1);
        if content == body.content {
            return Ok(());
        }
        if !document::follow_body(&**tx, plan, body.edit_version, &content).await? {
            return Err(Error::Store(duban_store::StoreError::Contention(format!(
                "body of {plan}"
            ))));
        }
        let deed = Deed::new("document.follow", "document", plan);
        self.record(&**tx, Some(caller), deed).await?;
        Ok(())
    }

    /// Tells a unit's writers and heads once what a version means for them.
    async fn tell_unit(
        &self,
        tx: &Write,
        caller: &Caller,
        frame: &Frame,
        (one, plan, no): (&UnitChange, DocumentId, u32),
    ) -> Result<()> {
        let roles = [Role::Drafter, Role::Deputy, Role::Head];
        let people: BTreeSet<_> = roles
            .into_iter()
            .flat_map(|role| frame.org.holders(one.unit, role, frame.at.day))
            .collect();
        let listed = |numbers: &[i32]| {
            let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
            numbers.join("、")
        };
        let told = [
            ("task_gained", &one.gained),
            ("task_lost", &one.lost),
            ("task_changed", &one.changed),
        ];
        let told = told.into_iter().filter(|(_, numbers)| !numbers.is_empty());
        let mut reasons: Vec<Reason> = told
            .map(|(code, numbers)| Reason::new(code).with("tasks", listed(numbers)))
            .collect();
        reasons.push(Reason::new(&format!("plan_{}", one.then.code())));
        let found = document::find(&**tx, plan).await?.ok_or(Error::NotFound)?;
        let effect = Effect::Tell {
            people: people.into_iter().collect(),
            topic: Topic::Amended,
            stage: found.stage.unwrap_or_else(|| StageId::from("draft")),
            reasons,
        };
        let about = About {
            document: plan,
            // What makes the occasion one of its own is the version of the notice, not that of the paper.
            version: Version(no),
            by: Some(&caller.name),
            at: frame.at.now,
            working_day: frame.calendar.on_or_before(frame.at.day),
            note: None,
        };
        enqueue(tx, &[effect], &about).await
    }
}
