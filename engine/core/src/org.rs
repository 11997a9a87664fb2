//! Units, people, the posts they hold, and delegations: a frozen picture of the organisation at one moment.
//!
//! Nothing here knows a database or a clock; the service builds an [`Organisation`] and hands it in.

use crate::id::{DelegationId, PersonId, PostId, UnitId};
use crate::table::{Indexed, Table};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// What a unit is; it decides which steps of a workflow apply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 本级部门: a department of this level of government.
    Department,
    /// 垂直或派驻机构: answers to a higher body (customs, tax, a branch of a city bureau).
    Vertical,
    /// 司法机关: court or procuratorate.
    Judicial,
    /// 群团: a people's organisation.
    PeoplesOrganisation,
    /// 街镇: a street or town.
    Township,
    /// 园区: a park or development zone.
    Park,
    /// The government itself: its office, its leadership, its supervision office. Owes no plans.
    Government,
}

impl UnitKind {
    /// All kinds, in the order in which lists show them.
    pub const ALL: [Self; 7] = [
        Self::Department,
        Self::Vertical,
        Self::Judicial,
        Self::PeoplesOrganisation,
        Self::Township,
        Self::Park,
        Self::Government,
    ];

    /// The stable code used in files, tables and the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Vertical => "vertical",
            Self::Judicial => "judicial",
            Self::PeoplesOrganisation => "peoples_organisation",
            Self::Township => "township",
            Self::Park => "park",
            Self::Government => "government",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// True for a unit that is asked to agree and to report, but whose plan the district does not approve.
    pub fn answers_upward(self) -> bool {
        matches!(self, Self::Vertical | Self::Judicial)
    }
}

/// What a person does in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 填报人.
    Drafter,
    /// 分管负责人.
    Deputy,
    /// 主要负责人.
    Head,
    /// 会签人.
    Cosigner,
    /// 统筹部门 reviewer.
    Coordinator,
    /// 区政府办公室.
    Office,
    /// 分管区领导.
    Leader,
    /// 督查室.
    Inspector,
    /// Audit, assessment: reads within scope, changes nothing.
    Observer,
    /// System administrator: accounts and settings (proposes).
    Sysadmin,
    /// Security administrator: permissions (confirms).
    Secadmin,
    /// Audit administrator: the audit trail.
    Auditor,
}

impl Role {
    /// All roles, in the order in which lists show them.
    pub const ALL: [Self; 12] = [
        Self::Drafter,
        Self::Deputy,
        Self::Head,
        Self::Cosigner,
        Self::Coordinator,
        Self::Office,
        Self::Leader,
        Self::Inspector,
        Self::Observer,
        Self::Sysadmin,
        Self::Secadmin,
        Self::Auditor,
    ];

    /// The stable code used in files, tables and the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Drafter => "drafter",
            Self::Deputy => "deputy",
            Self::Head => "head",
            Self::Cosigner => "cosigner",
            Self::Coordinator => "coordinator",
            Self::Office => "office",
            Self::Leader => "leader",
            Self::Inspector => "inspector",
            Self::Observer => "observer",
            Self::Sysadmin => "sysadmin",
            Self::Secadmin => "secadmin",
            Self::Auditor => "auditor",
        }
    }

    /// The role with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The three administrators (三员), who never decide on papers.
    pub fn is_administrator(self) -> bool {
        matches!(self, Self::Sysadmin | Self::Secadmin | Self::Auditor)
    }
}

/// A unit with the period in which it exists. `until` is the first day on which it no longer does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its number.
    pub id: UnitId,
    /// Its full name.
    pub name: String,
    /// What it is.
    pub kind: UnitKind,
    /// Other names by which notices call it.
    pub aliases: Vec<String>,
    /// First day (civil date).
    pub valid_from: NaiveDate,
    /// First day on which it no longer exists, if any.
    pub valid_until: Option<NaiveDate>,
}

impl Unit {
    /// True when the unit exists on `day`.
    pub fn exists_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|until| day < until)
    }

    /// True when `name` is its name or one of its aliases.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// A person as the rules need to know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their number.
    pub id: PersonId,
    /// Their name as shown.
    pub name: String,
    /// False once the account is closed; such a person can do nothing.
    pub active: bool,
}

/// A post (岗位): this person does this in this unit, half-open period of civil dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Its number.
    pub id: PostId,
    /// Who.
    pub person: PersonId,
    /// Where.
    pub unit: UnitId,
    /// What they do there.
    pub role: Role,
    /// First day.
    pub from: NaiveDate,
    /// First day on which it no longer holds, if any.
    pub until: Option<NaiveDate>,
}

impl Post {
    /// True when the post is held on `day`.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// A delegation (代理): a post lent to another person for a half-open period, optionally for one document type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Its number.
    pub id: DelegationId,
    /// The post that is lent.
    pub post: PostId,
    /// Who may act with it meanwhile.
    pub delegate: PersonId,
    /// First instant (UTC).
    pub from: DateTime<Utc>,
    /// First instant at which it no longer holds (UTC).
    pub until: DateTime<Utc>,
    /// Only for documents of this type; all types when absent.
    pub document_type: Option<String>,
    /// When it was taken back early, if it was (UTC).
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Delegation {
    /// True when the delegation is in force at `now`.
    pub fn in_force(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.until && self.revoked_at.is_none_or(|at| now < at)
    }
}

/// The person who acts, in which post, and for whom when they act on a delegation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who acts.
    pub person: PersonId,
    /// The unit of the post they act in.
    pub unit: UnitId,
    /// The role of the post they act in.
    pub role: Role,
    /// The delegation they act on and the person who lent the post, when they act for somebody.
    pub on_behalf_of: Option<(DelegationId, PersonId)>,
}

/// The organisation as it is at one moment. Whoever is in it may be asked about; whoever is not does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Units by number, those of the past included (papers keep naming them).
    pub units: BTreeMap<UnitId, Unit>,
    /// People by number.
    pub people: BTreeMap<PersonId, Person>,
    /// Posts, past and future included.
    pub posts: Table<Post>,
    /// Delegations, past and future included.
    pub delegations: Table<Delegation>,
}

/// Where posts stand, by what is asked about them.
#[derive(Clone, Debug, Default)]
pub struct PostIndex {
    by_number: HashMap<PostId, usize>,
    by_office: HashMap<(UnitId, Role), Vec<usize>>,
    by_person: HashMap<PersonId, Vec<usize>>,
    by_unit: HashMap<UnitId, Vec<usize>>,
}

impl Indexed for Post {
    type Index = PostIndex;
    fn note(&self, place: usize, index: &mut PostIndex) {
        // What is inherited bears the number of the post it follows from, which comes before it.
        index.by_number.entry(self.id).or_insert(place);
        index.by_office.entry((self.unit, self.role)).or_default().push(place);
        index.by_person.entry(self.person).or_default().push(place);
        index.by_unit.entry(self.unit).or_default().push(place);
    }
}

/// Where delegations stand, by what is asked about them.
#[derive(Clone, Debug, Default)]
pub struct DelegationIndex {
    by_post: HashMap<PostId, Vec<usize>>,
    by_delegate: HashMap<PersonId, Vec<usize>>,
}

impl Indexed for Delegation {
    type Index = DelegationIndex;
    fn note(&self, place: usize, index: &mut DelegationIndex) {
        index.by_post.entry(self.post).or_default().push(place);
        index.by_delegate.entry(self.delegate).or_default().push(place);
    }
}

/// The rows of a table at these places.
fn at<'t, T: Indexed>(table: &'t Table<T>, places: Option<&'t Vec<usize>>) -> impl Iterator<Item = &'t T> {
    places.into_iter().flatten().filter_map(|place| table.get(*place))
}

impl Organisation {
    /// The name of a unit, or its number when it is unknown.
    pub fn unit_name(&self, unit: UnitId) -> String {
        self.units
            .get(&unit)
            .map_or_else(|| unit.to_string(), |u| u.name.clone())
    }

    /// The name of a person, or their number when unknown.
    pub fn person_name(&self, person: PersonId) -> String {
        self.people
            .get(&person)
            .map_or_else(|| person.to_string(), |p| p.name.clone())
    }

    /// The post with this number.
    pub fn post(&self, id: PostId) -> Option<&Post> {
        let place = self.posts.index().by_number.get(&id)?;
        self.posts.get(*place)
    }

    /// Everybody's holdings of `role` in `unit`, past and future included.
    pub fn posts_as(&self, unit: UnitId, role: Role) -> impl Iterator<Item = &Post> {
        at(&self.posts, self.posts.index().by_office.get(&(unit, role)))
    }

    /// The posts of a person, past and future included.
    pub fn posts_of(&self, person: PersonId) -> impl Iterator<Item = &Post> {
        at(&self.posts, self.posts.index().by_person.get(&person))
    }

    /// The posts in a unit, past and future included.
    pub fn posts_in(&self, unit: UnitId) -> impl Iterator<Item = &Post> {
        at(&self.posts, self.posts.index().by_unit.get(&unit))
    }

    /// The loans of a post, past and future included.
    pub fn loans_of(&self, post: PostId) -> impl Iterator<Item = &Delegation> {
        at(&self.delegations, self.delegations.index().by_post.get(&post))
    }

    /// The loans to a person, past and future included.
    pub fn loans_to(&self, person: PersonId) -> impl Iterator<Item = &Delegation> {
        at(&self.delegations, self.delegations.index().by_delegate.get(&person))
    }

    /// True when this person is active and holds `role` in `unit` on `day` themselves.
    pub fn holds(&self, person: PersonId, unit: UnitId, role: Role, day: NaiveDate) -> bool {
        let mut own = self.posts_of(person);
        self.people.get(&person).is_some_and(|p| p.active)
            && own.any(|post| post.unit == unit && post.role == role && post.holds_on(day))
    }

    /// The one holder for whom a seat that was handed over or lent to `person` waits; none once they no longer hold its
    /// post, when it waits for all who do.
    pub fn meant(&self, person: Option<PersonId>, unit: UnitId, role: Role, day: NaiveDate) -> Option<PersonId> {
        person.filter(|person| self.holds(*person, unit, role, day))
    }

    /// True when this person holds the post themselves, or it was ever lent to them: a quick look before
    /// [`Organisation::capacities`].
    pub fn may_reach(&self, person: PersonId, unit: UnitId, role: Role) -> bool {
        self.reach(person).contains(&(unit, role))
    }

    /// Every post that this person holds or was ever lent, with repeats.
    pub fn reach(&self, person: PersonId) -> Vec<(UnitId, Role)> {
        let lent = self.loans_to(person).filter_map(|loan| self.post(loan.post));
        // With a post comes what its holder has inherited by it.
        let lent = lent.flat_map(|post| self.posts_of(post.person).filter(|other| other.id == post.id));
        self.posts_of(person)
            .chain(lent)
            .map(|post| (post.unit, post.role))
            .collect()
    }

    /// Active people who themselves hold `role` in `unit` on `day`, in order of their numbers, without repeats.
    pub fn holders(&self, unit: UnitId, role: Role, day: NaiveDate) -> Vec<PersonId> {
        let mut found: Vec<_> = self
            .posts_as(unit, role)
            .filter(|post| post.holds_on(day))
            .map(|post| post.person)
            .filter(|person| self.people.get(person).is_some_and(|p| p.active))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Every way in which `person` may act as `role` of `unit` at `now`: with a post of their own (first), or with
    /// one lent to them. One hop only: a lent post cannot be lent on, because a delegation names a post and the
    /// post's own holder lends it. `day` is the civil date of `now` where the government sits.
    pub fn capacities(
        &self,
        person: PersonId,
        unit: UnitId,
        role: Role,
        at: Moment,
        document_type: &str,
    ) -> Vec<Actor> {
        if !self.people.get(&person).is_some_and(|p| p.active) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for post in self.posts_as(unit, role).filter(|post| post.holds_on(at.day)) {
            if post.person == person {
                found.insert(
                    0,
                    Actor {
                        person,
                        unit,
                        role,
                        on_behalf_of: None,
                    },
                );
                continue;
            }
            let lender_active = self.people.get(&post.person).is_some_and(|p| p.active);
            for loan in self.loans_of(post.id).filter(|loan| loan.delegate == person) {
                let scope_fits = loan.document_type.as_deref().is_none_or(|scope| scope == document_type);
                if lender_active && scope_fits && loan.in_force(at.now) {
                    found.push(Actor {
                        person,
                        unit,
                        role,
                        on_behalf_of: Some((loan.id, post.person)),
                    });
                }
            }
        }
        found
    }
}

/// An instant together with its civil date where the government sits (Asia/Shanghai by default).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The instant (UTC).
    pub now: DateTime<Utc>,
    /// The civil date at that instant.
    pub day: NaiveDate,
}

/// A roster (名单): a collective name of notices and the units it stands for, with dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The collective name, as in 各街镇园区.
    pub name: String,
    /// Its members with the half-open period of civil dates in which they belong to it.
    pub members: Vec<RosterMember>,
}

/// One member of a roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterMember {
    /// The unit.
    pub unit: UnitId,
    /// First day.
    pub from: NaiveDate,
    /// First day on which it no longer belongs, if any.
    pub until: Option<NaiveDate>,
}

impl Roster {
    /// The members on `day`.
    pub fn members_on(&self, day: NaiveDate) -> Vec<UnitId> {
        self.members
            .iter()
            .filter(|m| m.from <= day && m.until.is_none_or(|until| day < until))
            .map(|m| m.unit)
            .collect()
    }
}
