//! What the boards of a campaign are made of.

use chrono::{DateTime, NaiveDate, Utc};
use duban_core::clock::Light;
use duban_core::document::content::Line;
use duban_core::id::{DocumentId, TaskId, UnitId};
use duban_core::org::{Role, UnitKind};
use duban_core::workflow::Text;
use duban_store::campaign::Campaign;
use duban_store::notice::{Figure, Notice, Task};
use serde::Serialize;

/// How a unit stands in a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has written in its plan.
    NotStarted,
    /// Being written, not submitted yet.
    Drafting,
    /// Being reviewed.
    InReview,
    /// Came back to be changed.
    Returned,
    /// Nobody can act where it is.
    Blocked,
    /// Approved.
    Approved,
    /// Reported: the unit answers to a higher body, the plan is not approved here.
    Reported,
    /// Ended by the office without a result.
    Terminated,
    /// Owes no plan.
    Exempt,
}

impl State {
    /// All states in the order of the cycle.
    pub const ALL: [Self; 9] = [
        Self::NotStarted,
        Self::Drafting,
        Self::Returned,
        Self::InReview,
        Self::Blocked,
        Self::Reported,
        Self::Approved,
        Self::Terminated,
        Self::Exempt,
    ];

    /// The stable code, as in locale keys and filters.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Drafting => "drafting",
            Self::InReview => "in_review",
            Self::Returned => "returned",
            Self::Blocked => "blocked",
            Self::Approved => "approved",
            Self::Reported => "reported",
            Self::Terminated => "terminated",
            Self::Exempt => "exempt",
        }
    }

    /// The state with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// True when nothing more is to come.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Approved | Self::Reported | Self::Terminated | Self::Exempt)
    }
}

/// A campaign in a list.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The campaign.
    pub campaign: Campaign,
    /// Its notice.
    pub notice: Option<Notice>,
    /// Units that take part.
    pub units: usize,
    /// Of them, those with nothing more to come.
    pub done: usize,
    /// Of them, those past their date.
    pub late: usize,
}

/// A unit's row on the board.
#[derive(Clone, Debug)]
pub struct UnitRow {
    /// The unit.
    pub unit: UnitId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Option<UnitKind>,
    /// The roster through which alone it takes part.
    pub via: Option<String>,
    /// Its plan.
    pub document: Option<DocumentId>,
    /// The caller may open the plan.
    pub readable: bool,
    /// How it stands.
    pub state: State,
    /// The stage it is in.
    pub stage: Option<Text>,
    /// Its light today.
    pub light: Light,
    /// The day by which whoever holds it has to act.
    pub due_on: Option<NaiveDate>,
    /// True when that day lies in a year whose holidays are not known yet.
    pub provisional: bool,
    /// Working days left until then; below zero when it is past.
    pub days_left: Option<i64>,
    /// Working days that unit and reviewers were late before, in visits that are over.
    pub late: (u32, u32),
    /// The unit asks for a later day, and nobody has decided.
    pub extending: bool,
    /// Who can act now.
    pub holders: Vec<Holder>,
    /// Since when it lies there (UTC).
    pub since: Option<DateTime<Utc>>,
    /// How many tasks it has.
    pub tasks: usize,
    /// How many of them its last submitted plan answers.
    pub covered: usize,
}

/// Who can act on a paper now: a post of a unit, with the people who hold it today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The name of the unit.
    pub unit: String,
    /// The role.
    pub role: Role,
    /// Names of the people; empty when the post is vacant.
    pub people: Vec<String>,
}

/// A task's row on the board.
#[derive(Clone, Debug)]
pub struct TaskRow {
    /// The task.
    pub id: TaskId,
    /// Its number.
    pub number: i32,
    /// The heading it stands under.
    pub section: String,
    /// Its title.
    pub title: String,
    /// The name of the unit that leads.
    pub lead: Option<String>,
    /// How many units take part.
    pub units: usize,
    /// How many of them have submitted a plan with a line for it.
    pub covered: usize,
    /// The leading unit is among them.
    pub lead_covers: bool,
    /// Units named by themselves that have not, by name.
    pub missing: Vec<String>,
    /// How many of those that have not take part through a roster.
    pub missing_members: usize,
}

/// A campaign with everything its board shows.
#[derive(Clone, Debug)]
pub struct Board {
    /// The campaign.
    pub campaign: Campaign,
    /// Its notice.
    pub notice: Option<Notice>,
    /// The name of the coordinating unit.
    pub coordinator: String,
    /// Every unit, the latest first, then by what is due next.
    pub units: Vec<UnitRow>,
    /// Every task in the order of the notice.
    pub tasks: Vec<TaskRow>,
}

/// A unit's part in a task, with what its plan says about it.
#[derive(Clone, Debug)]
pub struct Part {
    /// The unit.
    pub row: UnitRow,
    /// Its part, as in `support`.
    pub role: &'static str,
    /// It leads.
    pub leads: bool,
    /// The lines of its last submitted plan for this task; none when there is no such plan or the caller may not read
    /// it.
    pub lines: Vec<Line>,
    /// It has submitted a plan with a line for the task, whether the caller may read it or not.
    pub covers: bool,
}

/// A task with everything its page shows.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// The campaign.
    pub campaign: Campaign,
    /// The task.
    pub task: Task,
    /// Its figures.
    pub figures: Vec<Figure>,
    /// Its units, the lead first.
    pub parts: Vec<Part>,
    /// The tasks before and after it.
    pub neighbours: (Option<Neighbour>, Option<Neighbour>),
}

/// A task beside another one, with its place in the notice.
pub type Neighbour = (TaskId, i32);

/// A unit with everything its page shows, for the newest campaign it takes part in.
#[derive(Clone, Debug)]
pub struct UnitView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// Other names.
    pub aliases: Vec<String>,
    /// The campaign, if it takes part in one, and its row there.
    pub campaign: Option<(Campaign, UnitRow)>,
    /// Its tasks with its part, whether it leads, the name of the lead, and whether its plan covers them.
    pub tasks: Vec<UnitTask>,
    /// Units that wait for it, with the number of tasks; those that wait most first.
    pub waited_by: Vec<(UnitId, String, usize)>,
    /// Units it waits for, with the number of tasks.
    pub waits_for: Vec<(UnitId, String, usize)>,
}

/// A task of a unit.
#[derive(Clone, Debug)]
pub struct UnitTask {
    /// The task.
    pub id: TaskId,
    /// Its number.
    pub number: i32,
    /// Its title.
    pub title: String,
    /// The unit's part, as in `support`.
    pub role: &'static str,
    /// It leads.
    pub leads: bool,
    /// The name of the unit that leads.
    pub lead: Option<String>,
    /// The unit's submitted plan answers it.
    pub covered: bool,
}
