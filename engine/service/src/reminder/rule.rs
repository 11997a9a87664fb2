//! The rules with what people decided about them: paused, switched off for oneself, and the hours of mail.

use crate::audit::Deed;
use crate::error::{Error, FieldProblem, Result};
use crate::outbox::see_reminders;
use crate::{Caller, Service};
use chrono::{DateTime, Days, NaiveDateTime, Utc};
use duban_core::id::PersonId;
use duban_core::org::Moment;
use duban_core::org::Role;
use duban_core::reminder::{Hours, Occurrence, Rule, next_runs};
use duban_store::{Connection, setting};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const PAUSED: &str = "reminders.paused";
pub(crate) const MUTED: &str = "reminders.muted";
const HOURS: &str = "reminders.hours";
const EDITS: &str = "reminders.rules";
/// How many days ahead the next runs of a rule are looked for.
const LOOKED_AHEAD: u64 = 120;
/// How many edits of a rule are remembered.
const REMEMBERED: usize = 50;

/// One edit of a rule; the newest is in force.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Edit {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Who, by name.
    pub by: String,
    /// The rule from then on; none: as it is shipped.
    pub rule: Option<Rule>,
}

/// A rule with what an administrator decided about it.
#[derive(Clone, Debug, Serialize)]
pub struct RuleState {
    /// The rule.
    pub rule: Rule,
    /// True while it reminds nobody.
    pub paused: bool,
    /// What was changed about it here, the newest first.
    pub edits: Vec<Edit>,
}

impl Service {
    /// The rules with what was decided about them.
    pub async fn reminder_rules(&self, caller: &Caller) -> Result<Vec<RuleState>> {
        see_reminders(caller)?;
        self.rules().await
    }

    /// When a rule, as it would be, would remind whom next if nobody acts: up to `limit` moments with the number of
    /// people, from the clocks that run now. Empty when nothing that it watches runs.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for those who may not see reminders, [`Error::Invalid`] on `rung` as [`Rule::problems`].
    pub async fn preview_rule(
        &self,
        caller: &Caller,
        rule: &Rule,
        limit: usize,
    ) -> Result<Vec<(NaiveDateTime, usize)>> {
        see_reminders(caller)?;
        checked(rule)?;
        let at = self.moment();
        let world = self.world(at).await?;
        let until = at.day.checked_add_days(Days::new(LOOKED_AHEAD)).unwrap_or(at.day);
        let mut runs: BTreeMap<NaiveDateTime, BTreeSet<PersonId>> = BTreeMap::new();
        for occurrence in next_runs(std::slice::from_ref(rule), &world.situation(), until) {
            runs.entry(occurrence.due_at).or_default().insert(occurrence.person);
        }
        Ok(runs
            .into_iter()
            .take(limit)
            .map(|(at, people)| (at, people.len()))
            .collect())
    }

    /// Keeps a rule as changed here, or (none) as it is shipped from now on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the office and the system administrator, [`Error::NotFound`] for an unknown
    /// rule, [`Error::Invalid`] on `rung` as [`Rule::problems`].
    pub async fn change_rule(&self, caller: &Caller, id: &str, rule: Option<Rule>) -> Result<()> {
        if !caller.has_any(&[Role::Office, Role::Sysadmin]) {
            return Err(Error::forbidden("not_your_page"));
        }
        let known = self.rules().await?;
        let shipped = known.iter().find(|state| state.rule.id == id).ok_or(Error::NotFound)?;
        if let Some(rule) = &rule {
            checked(rule)?;
            // What a rule is about and is called stays what keys and pages know it by.
            if (&rule.id, rule.watch) != (&shipped.rule.id, shipped.rule.watch) {
                return Err(Error::NotFound);
            }
        }
        let at = self.moment();
        let account = self.account(caller).await?;
        let tx = self.write().await?;
        let mut edits: BTreeMap<String, Vec<Edit>> = read(setting::get(&*tx, EDITS).await?)?;
        let mine = edits.entry(id.to_owned()).or_default();
        let verb = if rule.is_some() {
            "reminder.change"
        } else {
            "reminder.reset"
        };
        mine.insert(
            0,
            Edit {
                at: at.now,
                by: account.person.name,
                rule,
            },
        );
        mine.truncate(REMEMBERED);
        setting::set(&*tx, EDITS, serde_json::to_value(&edits).map_err(Error::internal)?).await?;
        self.record(&*tx, Some(caller), Deed::new(verb, "reminder_rule", id))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Pauses a rule, or lets it run again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for those who may not see reminders, [`Error::NotFound`] for an unknown rule.
    pub async fn pause_rule(&self, caller: &Caller, rule: &str, paused: bool) -> Result<()> {
        see_reminders(caller)?;
        if !self.rules().await?.iter().any(|state| state.rule.id == rule) {
            return Err(Error::NotFound);
        }
        let tx = self.write().await?;
        let mut ids: BTreeSet<String> = read(setting::get(&*tx, PAUSED).await?)?;
        let changed = if paused {
            ids.insert(rule.to_owned())
        } else {
            ids.remove(rule)
        };
        if changed {
            setting::set(&*tx, PAUSED, serde_json::to_value(&ids).map_err(Error::internal)?).await?;
            let verb = if paused { "reminder.pause" } else { "reminder.resume" };
            self.record(&*tx, Some(caller), Deed::new(verb, "reminder_rule", rule))
                .await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The rules that a person may switch off for themselves, each with whether they have.
    pub async fn own_reminders(&self, caller: &Caller) -> Result<Vec<(Rule, bool)>> {
        let muted: BTreeSet<(String, PersonId)> = muted(self.store().read()).await?;
        let rules = self.rules().await?.into_iter().map(|state| state.rule);
        Ok(rules
            .filter(|rule| rule.mutable)
            .map(|rule| {
                let off = muted.contains(&(rule.id.clone(), caller.person));
                (rule, off)
            })
            .collect())
    }

    /// Switches a rule off for oneself, or on again.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a rule that does not exist or may not be switched off.
    pub async fn mute_rule(&self, caller: &Caller, rule: &str, off: bool) -> Result<()> {
        let known = self.rules().await?;
        if !known.iter().any(|state| state.rule.id == rule && state.rule.mutable) {
            return Err(Error::NotFound);
        }
        let tx = self.write().await?;
        let mut muted: BTreeSet<(String, PersonId)> = muted(&*tx).await?;
        let pair = (rule.to_owned(), caller.person);
        let changed = if off { muted.insert(pair) } else { muted.remove(&pair) };
        if changed {
            setting::set(&*tx, MUTED, serde_json::to_value(&muted).map_err(Error::internal)?).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Whether each of these may be switched off by its reader; false when there is none.
    pub(crate) async fn all_mutable(&self, occurrences: &[Occurrence]) -> Result<bool> {
        let rules = self.rules().await?;
        let mutable = |id: &str| rules.iter().any(|state| state.rule.id == id && state.rule.mutable);
        Ok(!occurrences.is_empty() && occurrences.iter().all(|occurrence| mutable(&occurrence.rule)))
    }

    pub(crate) async fn rules(&self) -> Result<Vec<RuleState>> {
        let paused: BTreeSet<String> = read(setting::get(self.store().read(), PAUSED).await?)?;
        let mut edits: BTreeMap<String, Vec<Edit>> = read(setting::get(self.store().read(), EDITS).await?)?;
        let rules = duban_workflows::reminders::shipped().map_err(Error::internal)?;
        Ok(rules
            .into_iter()
            .map(|shipped| {
                let mine = edits.remove(&shipped.id).unwrap_or_default();
                let edited = mine.first().and_then(|edit| edit.rule.clone());
                RuleState {
                    paused: paused.contains(&shipped.id),
                    rule: edited.unwrap_or(shipped),
                    edits: mine,
                }
            })
            .collect())
    }

    pub(crate) async fn active_rules(&self) -> Result<Vec<Rule>> {
        let rules = self.rules().await?.into_iter();
        Ok(rules.filter(|state| !state.paused).map(|state| state.rule).collect())
    }

    /// The hours in which mail goes out by itself.
    pub async fn mail_hours(&self) -> Result<Hours> {
        read(setting::get(self.store().read(), HOURS).await?)
    }

    /// Changes the hours in which mail goes out by itself.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for those who may not see reminders, [`Error::Invalid`] on `until` (`hours_order`) when the
    /// end is not after the beginning.
    pub async fn change_mail_hours(&self, caller: &Caller, hours: Hours) -> Result<()> {
        see_reminders(caller)?;
        if !hours.is_sound() {
            return Err(Error::invalid("until", "hours_order"));
        }
        let tx = self.write().await?;
        setting::set(&*tx, HOURS, serde_json::to_value(hours).map_err(Error::internal)?).await?;
        let deed = Deed::new("reminder.hours", "setting", HOURS)
            .with("from", hours.from.format("%H:%M"))
            .with("until", hours.until.format("%H:%M"));
        self.record(&*tx, Some(caller), deed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Until when it is quiet; none when mail may go out now.
    pub(crate) async fn quiet_until(&self, at: Moment) -> Result<Option<DateTime<Utc>>> {
        let now = self.local(at);
        let calendar = setting::calendar(self.store().read()).await?;
        let next = self.mail_hours().await?.next(now, &calendar);
        Ok((next > now).then(|| self.instant(next)))
    }
}

fn checked(rule: &Rule) -> Result<()> {
    let problems: Vec<FieldProblem> = rule
        .problems()
        .into_iter()
        .map(|reason| FieldProblem::of("rung", reason))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

/// A set kept as a setting; empty when it was never set.
fn read<T: serde::de::DeserializeOwned + Default>(value: Option<serde_json::Value>) -> Result<T> {
    value.map_or_else(
        || Ok(T::default()),
        |value| serde_json::from_value(value).map_err(Error::internal),
    )
}

/// Who has switched off which rule.
pub(crate) async fn muted(db: &impl Connection) -> Result<BTreeSet<(String, PersonId)>> {
    read(setting::get(db, MUTED).await?)
}
