//! `/campaigns` and `/campaigns/{id}`: how every unit stands and how every task is covered, the latest first.

use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use axum::extract::{Path, Query};
use duban_core::clock::Light;
use duban_core::id::CampaignId;
use duban_core::org::Role;
use duban_service::campaign::{Board, State, Summary, TaskRow, UnitRow};
use duban_service::urge::URGERS;
use duban_store::amendment::Head;
use serde::{Deserialize, Serialize};

/// Campaigns on one page of the list.
const PAGE: u64 = 20;
/// Posts that a row names at once.
const FEW: usize = 3;

/// What the address of the list may say.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    before: Option<i64>,
}

#[derive(Serialize)]
struct ListView {
    rows: Vec<ListRow>,
    pager: Pager,
    may_import: bool,
}

#[derive(Serialize)]
struct Pager {
    previous: String,
    next: String,
    shown: usize,
}

#[derive(Serialize)]
struct ListRow {
    id: i64,
    title: String,
    year: i32,
    notice: String,
    number: String,
    plan_due: String,
    units: usize,
    done: usize,
    late: usize,
}

impl From<Summary> for ListRow {
    fn from(found: Summary) -> Self {
        let notice = found.notice;
        Self {
            id: found.campaign.id.0,
            title: found.campaign.title,
            year: found.campaign.year,
            notice: notice.as_ref().map_or_else(String::new, |notice| notice.title.clone()),
            number: notice.and_then(|notice| notice.number).unwrap_or_default(),
            plan_due: found.campaign.plan_due.to_string(),
            units: found.units,
            done: found.done,
            late: found.late,
        }
    }
}

/// `GET /campaigns`.
pub async fn list(signed: Signed, Query(query): Query<ListQuery>) -> Result<Page, PageError> {
    let before = query.before.map(CampaignId);
    let found = signed.app.service.campaigns(&signed.caller, before, PAGE + 1).await?;
    let more = found.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    let rows: Vec<ListRow> = found
        .into_iter()
        .take(usize::try_from(PAGE).unwrap_or(usize::MAX))
        .map(ListRow::from)
        .collect();
    let last = rows
        .last()
        .filter(|_| more)
        .map(|row| format!("/campaigns?before={}", row.id));
    let view = ListView {
        pager: Pager {
            previous: before.map_or_else(String::new, |_| "/campaigns".to_owned()),
            next: last.unwrap_or_default(),
            shown: rows.len(),
        },
        may_import: signed.caller.has(Role::Office),
        rows,
    };
    signed.page("pages/campaigns", &view)
}

/// What the address of a board may say.
#[derive(Debug, Default, Deserialize)]
pub struct BoardQuery {
    /// Only units in this state, or `late`.
    show: Option<String>,
}

#[derive(Serialize)]
struct BoardView {
    id: i64,
    title: String,
    year: i32,
    notice: String,
    number: String,
    dated: String,
    coordinator: String,
    plan_due: String,
    figures: Vec<Figure>,
    show: String,
    shown: usize,
    all: usize,
    rows: Vec<RowView>,
    tasks: Vec<TaskView>,
    tasks_led: usize,
    tasks_full: usize,
    /// How many late plans the reader may ask for.
    late: usize,
    /// The versions of its notice, the newest first; none when there was never but one.
    versions: Vec<VersionView>,
    /// The reader may take over another version.
    may_amend: bool,
}

#[derive(Serialize)]
struct VersionView {
    no: u32,
    number: String,
    at: String,
    by: String,
}

#[derive(Serialize)]
struct Figure {
    code: &'static str,
    count: usize,
    light: &'static str,
    current: bool,
}

/// A unit's row as shown; also on the pages of a task and a unit.
#[derive(Serialize)]
pub(super) struct RowView {
    unit: i64,
    name: String,
    kind: &'static str,
    via: String,
    document: Option<i64>,
    state: &'static str,
    badge: &'static str,
    stage: String,
    light: &'static str,
    late: bool,
    due: String,
    about: bool,
    due_state: &'static str,
    due_count: i64,
    /// Working days late before: of the unit, of the reviewers.
    unit_late: u32,
    reviewer_late: u32,
    extending: bool,
    holders: Vec<HolderView>,
    /// Those beyond the first few, behind a fold: a round of co-signers would push every other unit off the screen.
    holders_rest: Vec<HolderView>,
    since: String,
    since_day: String,
    tasks: usize,
    covered: usize,
    /// The plan, when the reader may ask for it and somebody can act on it.
    urge: Option<i64>,
}

#[derive(Serialize)]
struct HolderView {
    /// The post: the role, with its unit in front unless that says the same.
    post: String,
    people: String,
}

#[derive(Serialize)]
struct TaskView {
    id: i64,
    number: i32,
    section: String,
    title: String,
    lead: String,
    lead_covers: bool,
    units: usize,
    covered: usize,
    full: bool,
    missing: String,
    missing_members: usize,
}

impl RowView {
    /// The row for this reader.
    pub(super) fn new(signed: &Signed, row: &UnitRow) -> Self {
        let badge = match row.state {
            State::Approved | State::Reported => "badge-done",
            State::Returned | State::Blocked => "badge-bad",
            State::InReview | State::Drafting => "badge-info",
            State::NotStarted | State::Terminated | State::Exempt => "",
        };
        let holders = row.holders.iter().map(|holder| {
            let role = signed.text(&format!("role.{}", holder.role.code()));
            // The unit's own people need no unit in front of them, and the office's role is called as its unit is.
            let post = if holder.unit == row.name || holder.unit == role {
                role
            } else {
                format!("{} {role}", holder.unit)
            };
            HolderView {
                post,
                people: holder.people.join("、"),
            }
        });
        let mut holders: Vec<_> = holders.collect();
        let holders_rest = match holders.len() > FEW + 1 {
            true => holders.split_off(FEW),
            false => Vec::new(),
        };
        Self {
            unit: row.unit.0,
            name: row.name.clone(),
            kind: row.kind.map_or("department", |kind| kind.code()),
            via: row.via.clone().unwrap_or_default(),
            document: row.document.filter(|_| row.readable).map(|id| id.0),
            state: row.state.code(),
            badge,
            stage: row
                .stage
                .as_ref()
                .filter(|_| row.state == State::InReview)
                .map_or_else(String::new, |stage| stage.get(signed.locale.tag()).to_owned()),
            light: row.light.code(),
            late: row.light == Light::Red,
            due: row.due_on.map_or_else(String::new, |day| day.to_string()),
            about: row.provisional,
            due_state: match row.days_left {
                None => "none",
                Some(0) => "today",
                Some(1..) => "left",
                Some(_) => "over",
            },
            due_count: row.days_left.unwrap_or_default().abs(),
            unit_late: row.late.0,
            reviewer_late: row.late.1,
            extending: row.extending,
            holders,
            holders_rest,
            since: row.since.map_or_else(String::new, |at| at.to_rfc3339()),
            since_day: row.since.map_or_else(String::new, |at| {
                at.with_timezone(&signed.app.service.zone()).date_naive().to_string()
            }),
            tasks: row.tasks,
            covered: row.covered,
            urge: row
                .document
                .filter(|_| !row.holders.is_empty() && signed.caller.has_any(&URGERS))
                .map(|id| id.0),
        }
    }
}

impl From<&TaskRow> for TaskView {
    fn from(row: &TaskRow) -> Self {
        Self {
            id: row.id.0,
            number: row.number,
            section: row.section.clone(),
            title: row.title.clone(),
            lead: row.lead.clone().unwrap_or_default(),
            lead_covers: row.lead_covers,
            units: row.units,
            covered: row.covered,
            full: row.covered == row.units,
            missing: row.missing.join("、"),
            missing_members: row.missing_members,
        }
    }
}

/// `GET /campaigns/{id}`.
pub async fn show(signed: Signed, Path(id): Path<i64>, Query(query): Query<BoardQuery>) -> Result<Page, PageError> {
    let board = signed
        .app
        .service
        .campaign_board(&signed.caller, CampaignId(id))
        .await?;
    let versions = signed.app.service.notice_versions(board.campaign.notice).await?;
    let show = query.show.as_deref().unwrap_or_default();
    let view = BoardView {
        versions: listed(versions),
        ..board_view(&signed, &board, show)
    };
    signed.page("pages/campaign", &view)
}

/// The versions of a notice as a board lists them: nothing to list while there is one.
fn listed(versions: Vec<(Head, String)>) -> Vec<VersionView> {
    let views = versions.into_iter().rev().map(|(version, by)| VersionView {
        no: version.no,
        number: version.number.unwrap_or_default(),
        at: version.at.to_rfc3339(),
        by,
    });
    views.collect()
}

fn board_view(signed: &Signed, board: &Board, show: &str) -> BoardView {
    let state = State::from_code(show);
    let wanted = |row: &&UnitRow| match state {
        Some(state) => row.state == state,
        None => show != "late" || row.light == Light::Red,
    };
    let rows: Vec<RowView> = board
        .units
        .iter()
        .filter(wanted)
        .map(|row| RowView::new(signed, row))
        .collect();
    let late = board.units.iter().filter(|row| row.light == Light::Red).count();
    let mut figures = vec![Figure {
        code: "late",
        count: late,
        light: "red",
        current: show == "late",
    }];
    for one in State::ALL {
        let count = board.units.iter().filter(|row| row.state == one).count();
        // What is rare is shown only when it is there.
        let rare = matches!(one, State::Blocked | State::Terminated | State::Exempt);
        if count > 0 || !rare {
            figures.push(Figure {
                code: one.code(),
                count,
                light: "",
                current: state == Some(one),
            });
        }
    }
    let notice = board.notice.as_ref();
    BoardView {
        late: if signed.caller.has_any(&URGERS) { late } else { 0 },
        versions: Vec::new(),
        may_amend: signed.caller.has(Role::Office),
        id: board.campaign.id.0,
        title: board.campaign.title.clone(),
        year: board.campaign.year,
        notice: notice.map_or_else(String::new, |notice| notice.title.clone()),
        number: notice.and_then(|notice| notice.number.clone()).unwrap_or_default(),
        dated: notice
            .and_then(|notice| notice.dated)
            .map_or_else(String::new, |day| day.to_string()),
        coordinator: board.coordinator.clone(),
        plan_due: board.campaign.plan_due.to_string(),
        figures,
        shown: rows.len(),
        all: board.units.len(),
        // Anything else in the address shows everything.
        show: if state.is_some() || show == "late" {
            show.to_owned()
        } else {
            String::new()
        },
        rows,
        tasks_led: board.tasks.iter().filter(|task| task.lead_covers).count(),
        tasks_full: board.tasks.iter().filter(|task| task.covered == task.units).count(),
        tasks: board.tasks.iter().map(TaskView::from).collect(),
    }
}
