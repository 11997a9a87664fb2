//! Messages to groups (企业微信, 钉钉, 飞书): one a working morning and robot, with figures by unit and no names, texts or
//! links that would say more than the figures.

use crate::Service;
use crate::error::Result;
use crate::outbox::{self, Claim, LEASE, Letter};
use chrono::NaiveDate;
use duban_core::calendar::Calendar;
use duban_core::clock::{Light, Progress, light};
use duban_core::id::UnitId;
use duban_core::reminder::Watch;
use duban_store::outbox as rows;
use duban_store::outbox::Lane;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One unit in a message to a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupLine {
    /// The unit whose turn it is.
    pub unit: String,
    /// How many of its matters are late.
    pub late: usize,
    /// How many are due soon.
    pub soon: usize,
}

/// What a group is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupView {
    /// The morning.
    pub day: NaiveDate,
    /// Late matters in all.
    pub late: usize,
    /// Matters due soon in all.
    pub soon: usize,
    /// The units, most late first.
    pub lines: Vec<GroupLine>,
}

impl Service {
    /// Files the morning's message for the group behind each of these robots. Harmless to repeat.
    pub async fn tick_groups(&self, robots: &[&str]) -> Result<()> {
        let at = self.moment();
        if robots.is_empty() || self.local(at).time() < outbox::MORNING {
            return Ok(());
        }
        let calendar: Calendar = self.calendar().await?;
        if !calendar.is_working(at.day) {
            return Ok(());
        }
        let stamp = at.day.format("%Y%m%d").to_string();
        let missing = {
            let known: Option<serde_json::Value> = duban_store::setting::get(self.store().read(), FILED).await?;
            known != Some(serde_json::Value::String(stamp.clone()))
        };
        if !missing {
            return Ok(());
        }
        let tx = self.write().await?;
        let site = outbox::site(&*tx).await?;
        for robot in robots {
            let letter = outbox::payload(&Letter::Group { day: at.day })?;
            rows::add_for_group(&*tx, robot, &letter, &format!("group.{stamp}.{robot}@{site}"), at.now).await?;
        }
        duban_store::setting::set(&*tx, FILED, serde_json::Value::String(stamp)).await?;
        Ok(tx.commit().await?)
    }

    /// Claims up to `limit` messages for the group behind a robot.
    pub async fn claim_group(&self, robot: &str, limit: u64) -> Result<Vec<Claim>> {
        self.claim(Lane::Group(robot), limit).await
    }

    /// What there is to say to a group now. None when there is nothing, or when it is about another day: the row has
    /// been marked then.
    pub async fn prepare_group(&self, claim: &Claim) -> Result<Option<GroupView>> {
        let at = self.moment();
        let told = match outbox::letter(&claim.mail)? {
            Letter::Group { day } if day == at.day => Some(self.group_view(at).await?),
            _ => None,
        };
        let told = told.filter(|view| view.late + view.soon > 0);
        if told.is_none() {
            self.drop_mail(claim, "stale").await?;
        }
        Ok(told)
    }

    async fn group_view(&self, at: duban_core::org::Moment) -> Result<GroupView> {
        let world = self.world(at).await?;
        let mut units: BTreeMap<UnitId, (usize, usize)> = BTreeMap::new();
        let matters = world
            .clocks
            .iter()
            .filter(|clock| clock.watch.is_turn() || clock.watch == Watch::Finding);
        for clock in matters {
            let (late, soon) = units.entry(clock.unit).or_default();
            match light(Progress::Open, clock.due_on, at.day, &world.calendar) {
                Light::Red => *late += 1,
                Light::Yellow => *soon += 1,
                _ => {}
            }
        }
        units.retain(|_, (late, soon)| *late + *soon > 0);
        let mut lines: Vec<GroupLine> = units
            .into_iter()
            .map(|(unit, (late, soon))| GroupLine {
                unit: world.organisation.unit_name(unit),
                late,
                soon,
            })
            .collect();
        lines.sort_by_key(|line| (std::cmp::Reverse(line.late), std::cmp::Reverse(line.soon)));
        Ok(GroupView {
            day: at.day,
            late: lines.iter().map(|line| line.late).sum(),
            soon: lines.iter().map(|line| line.soon).sum(),
            lines,
        })
    }

    pub(crate) async fn claim(&self, lane: Lane<'_>, limit: u64) -> Result<Vec<Claim>> {
        let now = self.moment().now;
        if limit == 0 || rows::oldest_due(self.store().read(), lane, now).await?.is_none() {
            return Ok(Vec::new());
        }
        let token = Uuid::new_v4();
        let tx = self.write().await?;
        let mails = rows::claim(&*tx, now, now + LEASE, token, (lane, limit)).await?;
        tx.commit().await?;
        Ok(mails.into_iter().map(|mail| Claim { mail, token }).collect())
    }
}

/// The day for which messages were filed last.
const FILED: &str = "groups.filed";
