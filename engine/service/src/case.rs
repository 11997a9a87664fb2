//! Everything that a decision about one document depends on, read from the database and frozen.

use crate::error::{Error, Result};
use crate::{Caller, Service, access};
use duban_core::calendar::Calendar;
use duban_core::document::content::{Content, Fields, Place};
use duban_core::document::field::{DocumentType, Part};
use duban_core::document::validate::Problem;
use duban_core::document::{coverage, field, revision, validate};
use duban_core::graph::Graph;
use duban_core::id::{CampaignId, DocumentId, PersonId, RevisionNo, UnitId};
use duban_core::org::{Moment, Organisation, Role};
use duban_core::reason::Reason;
use duban_core::workflow::{Context, Definition, Fact, Instance, Stage, StageId, StageKind, form};
use duban_store::document::Document;
use duban_store::{Connection, asked, document, instance, party, person, setting};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is the same for every document at one moment.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The moment.
    pub at: Moment,
    /// Units, people, posts, delegations.
    pub org: Organisation,
    /// Working days.
    pub calendar: Calendar,
}

/// The named lists of units and the facts that a workflow may depend on.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Named lists of units.
    pub parties: BTreeMap<String, Vec<UnitId>>,
    /// What guards may look at.
    pub facts: BTreeMap<String, Fact>,
}

/// One document with everything that a decision about it depends on, besides the frame.
#[derive(Clone, Debug)]
pub struct Case {
    /// The document.
    pub document: Document,
    /// Where it stands.
    pub instance: Instance,
    /// The workflow it follows.
    pub definition: Arc<Definition>,
    /// Parties and facts.
    pub surroundings: Surroundings,
    /// Everyone who wrote in it.
    pub authors: BTreeSet<PersonId>,
    /// Its newest frozen revision; 0 when there is none.
    pub newest: RevisionNo,
    /// The hash of each field group of what is written now.
    pub hashes: BTreeMap<String, String>,
    /// Why its content may not be submitted, for each stage that somebody writes in now.
    pub unready: BTreeMap<StageId, Vec<Reason>>,
}

impl Surroundings {
    /// Adds what the form of `definition` says: the facts of `content`, and the units that it names.
    pub(crate) fn add_form(&mut self, definition: &Definition, content: &Content, org: &Organisation, owner: UnitId) {
        self.facts.extend(form::facts(definition, content));
        self.parties.extend(form::parties(definition, content, org, owner));
    }
}

impl Case {
    /// The context of a question about this document. `submitting`: about a submission, which would freeze the next
    /// revision.
    pub fn context<'a>(&'a self, frame: &'a Frame, submitting: bool) -> Context<'a> {
        Context {
            at: frame.at,
            org: &frame.org,
            calendar: &frame.calendar,
            parties: &self.surroundings.parties,
            facts: &self.surroundings.facts,
            authors: &self.authors,
            revision: RevisionNo(self.newest.0 + u32::from(submitting)),
            hashes: &self.hashes,
            unready: &self.unready,
        }
    }

    /// The type of the paper.
    ///
    /// # Errors
    /// [`Error::Internal`] when its definition names none that is known.
    pub fn kind(&self) -> Result<&DocumentType> {
        let known = self.definition.kind();
        known.ok_or_else(|| Error::internal(format!("unknown document type {}", self.document.document_type)))
    }

    /// The groups of fields that a reader with these capacities does not see.
    pub fn hidden(&self, capacities: &[(UnitId, Role)]) -> BTreeSet<String> {
        let rounds = self.instance.rounds.iter();
        let seated: Vec<_> = rounds
            .flat_map(|round| {
                round
                    .seats
                    .iter()
                    .map(|seat| (round.stage.clone(), seat.unit, seat.role))
            })
            .collect();
        form::hidden(&self.definition, &self.surroundings.parties, &seated, capacities)
    }
}

impl Service {
    /// The frame of this moment.
    pub(crate) async fn frame(&self, db: &impl Connection) -> Result<Frame> {
        Ok(Frame {
            at: self.moment(),
            org: person::organisation(db).await?,
            calendar: setting::calendar(db).await?,
        })
    }

    /// The case of this document. No question of access is asked.
    pub(crate) async fn case(&self, db: &impl Connection, found: Document) -> Result<Case> {
        let id = found.id;
        let definition = self.definition(&found.definition.0, found.definition.1)?;
        let instance = instance::find(db, id)
            .await?
            .ok_or_else(|| Error::internal(format!("document {id} has no instance")))?;
        let unit = frame_unit(db, found.unit).await?;
        let mut surroundings = surroundings(db, found.campaign, &unit).await?;
        let authors = document::authors(db, id).await?;
        let newest = document::newest_revision(db, id).await?;
        let body = document::body(db, id)
            .await?
            .ok_or_else(|| Error::internal(format!("document {id} has no body")))?;
        if definition.form.is_some() {
            // Whoever writes decides by what they write; everybody else by what was submitted.
            let writes = working_stages(&definition, &instance).next().is_some();
            let submitted = match writes {
                true => None,
                false => document::revision(db, id, newest).await?.map(|(_, content)| content),
            };
            let org = person::organisation(db).await?;
            surroundings.add_form(
                &definition,
                submitted.as_ref().unwrap_or(&body.content),
                &org,
                found.unit,
            );
        }
        let hashes = definition.kind().map_or_else(
            || Ok(BTreeMap::new()),
            |kind| revision::group_hashes(kind, &body.content).map_err(Error::internal),
        )?;
        let mut unready = BTreeMap::new();
        for stage in working_stages(&definition, &instance) {
            let problems = problems(db, &found, &definition, stage, &body.content).await?;
            unready.insert(stage.id.clone(), problems.into_iter().map(placed).collect());
        }
        Ok(Case {
            document: found,
            instance,
            definition,
            surroundings,
            authors,
            newest,
            hashes,
            unready,
        })
    }

    /// The document, when the caller may read it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or none for this caller.
    pub(crate) async fn readable(&self, db: &impl Connection, caller: &Caller, id: DocumentId) -> Result<Document> {
        let found = document::find(db, id).await?.ok_or(Error::NotFound)?;
        let seated = document::units(db, id).await?;
        if access::may_read(caller, &found, &seated) {
            return Ok(found);
        }
        let given =
            access::may_be_given(caller, &found) && !instance::given_copies(db, &[id], caller.person).await?.is_empty();
        if given { Ok(found) } else { Err(Error::NotFound) }
    }
}

/// The stages in which somebody writes now.
fn working_stages<'d>(definition: &'d Definition, instance: &Instance) -> impl Iterator<Item = &'d Stage> {
    let places = instance
        .places()
        .into_iter()
        .filter_map(|place| definition.stage(place));
    let stages: BTreeMap<&StageId, &Stage> = places
        .filter(|stage| stage.kind == StageKind::Work)
        .map(|stage| (&stage.id, stage))
        .collect();
    stages.into_values()
}

async fn frame_unit(db: &impl Connection, id: UnitId) -> Result<duban_core::org::Unit> {
    let mut units = duban_store::unit::all(db).await?;
    units
        .remove(&id)
        .ok_or_else(|| Error::internal(format!("unit {id} is missing")))
}

/// The parties and facts of a document of `owner` in a campaign; without a campaign, those of the newest one stand
/// in for the government's own units, and there are no partners.
pub(crate) async fn surroundings(
    db: &impl Connection,
    campaign: Option<CampaignId>,
    owner: &duban_core::org::Unit,
) -> Result<Surroundings> {
    let fixed = party::of_campaign(db, campaign).await?;
    Ok(surroundings_of(fixed.as_ref(), campaign.is_some(), owner))
}

/// The same, from what the campaign fixes.
pub(crate) fn surroundings_of(
    fixed: Option<&party::Fixed>,
    with_partners: bool,
    owner: &duban_core::org::Unit,
) -> Surroundings {
    let partners = match fixed {
        Some(fixed) if with_partners => Graph::new(&fixed.assignments).partners(owner.id),
        _ => BTreeSet::new(),
    };
    surroundings_among(fixed, partners, owner)
}

/// The same, with partners that are known already.
pub(crate) fn surroundings_among(
    fixed: Option<&party::Fixed>,
    partners: BTreeSet<UnitId>,
    owner: &duban_core::org::Unit,
) -> Surroundings {
    let mut found = Surroundings::default();
    found.parties.insert("owner".to_owned(), vec![owner.id]);
    let partners: Vec<UnitId> = partners.into_iter().collect();
    if let Some(fixed) = fixed {
        for (name, unit) in [
            ("coordinator", fixed.coordinator),
            ("office", fixed.office),
            ("leadership", fixed.leadership),
            ("inspection", fixed.inspection),
        ] {
            found.parties.insert(name.to_owned(), vec![unit]);
        }
        found
            .facts
            .insert("campaign.year".to_owned(), Fact::Integer(i64::from(fixed.year)));
    }
    let is_coordinator = fixed.is_some_and(|fixed| fixed.coordinator == owner.id);
    let count = i64::try_from(partners.len()).unwrap_or(i64::MAX);
    found.parties.insert("partners".to_owned(), partners);
    for (name, fact) in [
        ("owner.kind", Fact::Text(owner.kind.code().to_owned())),
        ("owner.answers_upward", Fact::Bool(owner.kind.answers_upward())),
        ("owner.is_coordinator", Fact::Bool(is_coordinator)),
        ("partners.count", Fact::Integer(count)),
    ] {
        found.facts.insert(name.to_owned(), fact);
    }
    found
}

/// What keeps `content` from being submitted from this stage: fields of the stage's groups, and coverage. A stage in
/// which nothing is written keeps nothing back.
pub(crate) async fn problems(
    db: &impl Connection,
    found: &Document,
    definition: &Definition,
    stage: &Stage,
    content: &Content,
) -> Result<Vec<Problem>> {
    let groups: Vec<&str> = stage.edits.iter().map(String::as_str).collect();
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let kind = definition
        .kind()
        .ok_or_else(|| Error::internal(format!("unknown document type {}", found.document_type)))?;
    let mut problems = validate::content(kind, content, &groups);
    if definition.form.is_some() {
        problems.extend(unknown_units(
            kind,
            content,
            &duban_store::unit::all(db).await?,
            &groups,
        ));
        return Ok(problems);
    }
    problems.extend(match (kind.code.as_str(), found.campaign) {
        ("annual_plan", Some(campaign)) => {
            let asked = asked::asked(db, campaign, found.unit).await?;
            coverage::annual_plan(&asked, content).problems
        }
        ("annual_plan", None) => Vec::new(),
        _ => {
            let findings = asked::findings(db, found.id).await?;
            coverage::rectification(&findings, content).problems
        }
    });
    Ok(problems)
}

/// Fields of `groups` that name a unit which there is not.
pub(crate) fn unknown_units(
    kind: &DocumentType,
    content: &Content,
    units: &BTreeMap<UnitId, duban_core::org::Unit>,
    groups: &[&str],
) -> Vec<Problem> {
    let wrong = |part: Part, fields: &Fields, line: Option<u32>| {
        let specs = kind.fields(part).iter();
        let specs = specs.filter(|spec| spec.kind == field::Kind::Unit && spec.is_in(groups));
        let found = specs.filter_map(|spec| {
            let typed = fields.get(&spec.key).map_or("", |text| text.trim());
            let known = typed.is_empty() || units.values().any(|unit| unit.is_called(typed));
            (!known).then(|| Problem {
                place: Place {
                    line,
                    item: None,
                    field: Some(spec.key.clone()),
                },
                reason: Reason::new("unit_not_known")
                    .with("field", kind.label(part, &spec.key))
                    .with("text", typed),
            })
        });
        found.collect::<Vec<_>>()
    };
    let mut found = wrong(Part::Head, &content.head, None);
    for line in &content.lines {
        found.extend(wrong(Part::Line, &line.fields, Some(line.id)));
    }
    found
}

/// The reason with its place as arguments, so that a refusal says where to look.
fn placed(problem: Problem) -> Reason {
    let mut reason = problem.reason;
    let place = problem.place;
    let parts = [("line", place.line), ("item", place.item)];
    for (name, number) in parts.into_iter().filter_map(|(name, number)| Some((name, number?))) {
        reason.args.entry(name.to_owned()).or_insert_with(|| number.to_string());
    }
    reason
}
