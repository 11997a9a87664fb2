//! Documents: making them, writing in them, reading them.

use crate::audit::Deed;
use crate::case::{Case, Frame, surroundings_of};
use crate::error::{Conflict, Error, FieldProblem, Result};
use crate::session::{Caller, Scope};
use crate::{Service, access, effect};
use duban_core::document::content::Content;
use duban_core::document::edit;
use duban_core::document::validate::Problem;
use duban_core::id::{CampaignId, DocumentId, PersonId, RevisionNo, UnitId};
use duban_core::workflow::{ActKind, Definition, Offer, available, start};
use duban_store::document::{Body, NewDocument as Row};
use duban_store::party::Fixed;
use duban_store::{Connection, Write, document, inbox, instance, person};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A document to be made.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// The workflow it follows, which says what type of paper it is.
    pub definition: Arc<Definition>,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// Its title.
    pub title: String,
    /// What is written in it at first.
    pub content: Content,
    /// The last day for the unit to submit it.
    pub due_on: Option<chrono::NaiveDate>,
    /// The document that it changes.
    pub revises: Option<DocumentId>,
}

impl Service {
    /// Makes a document within the caller's transaction and starts its way. Whether the caller may is for the use
    /// case to say (opening a campaign, raising findings, asking for a change). `fixed` is what the campaign fixes,
    /// read once by whoever makes many.
    pub(crate) async fn create_document(
        &self,
        tx: &Write,
        caller: Option<&Caller>,
        (frame, fixed): (&Frame, Option<&Fixed>),
        new: NewDocument,
    ) -> Result<DocumentId> {
        let definition = new.definition;
        let owner = frame.org.units.get(&new.unit).ok_or(Error::NotFound)?;
        let row = Row {
            document_type: definition.document_type.clone(),
            campaign: new.campaign,
            unit: new.unit,
            title: new.title,
            definition: (definition.id.clone(), definition.version),
            due_on: new.due_on,
            created_by: caller.map(|c| c.person),
            revises: new.revises,
        };
        let id = document::add(&**tx, row, &new.content, frame.at.now).await?;
        let found = document::find(&**tx, id).await?.ok_or(Error::NotFound)?;
        let mut surroundings = surroundings_of(fixed, new.campaign.is_some(), owner);
        surroundings.add_form(&definition, &new.content, &frame.org, owner.id);
        // Only a case needs an instance, and there is none before the start: the context is written out.
        let authors = BTreeSet::new();
        let hashes = BTreeMap::new();
        let context = duban_core::workflow::Context {
            at: frame.at,
            org: &frame.org,
            calendar: &frame.calendar,
            parties: &surroundings.parties,
            facts: &surroundings.facts,
            authors: &authors,
            revision: RevisionNo(0),
            hashes: &hashes,
            due_on: new.due_on,
            unready: &BTreeMap::new(),
        };
        let decision = start(&definition, id, caller.map(|c| c.person), &context).map_err(Error::Refused)?;
        instance::add(&**tx, &decision.instance).await?;
        instance::append(&**tx, id, &decision.events).await?;
        let deed = Deed::new("document.start", "document", id)
            .with("unit", &owner.name)
            .with("definition", format!("{}.v{}", definition.id, definition.version));
        self.record(&**tx, caller, deed).await?;
        let case = Case {
            document: found,
            instance: decision.instance.clone(),
            definition,
            surroundings,
            authors,
            newest: RevisionNo(0),
            hashes,
            unready: BTreeMap::new(),
        };
        self.project(tx, &case, frame, &decision, false).await?;
        effect::carry_out(tx, &case, frame, caller.map(|c| c.name.as_str()), &decision).await?;
        Ok(id)
    }

    /// Saves what is being written, over the edit version `expected`, and gives the new one. Saving never refuses for
    /// what is missing or malformed; that is for the submission.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] when it is not the caller's to write now; [`Error::Conflict`] with
    /// the other's content when somebody saved in between; [`Error::Invalid`] with places for what may not be
    /// changed or would not fit.
    pub async fn save_content(&self, caller: &Caller, id: DocumentId, expected: u32, content: Content) -> Result<u32> {
        access::acting(caller)?;
        let tx = self.write().await?;
        let found = document::find_locked(&*tx, id).await?.ok_or(Error::NotFound)?;
        self.readable(&*tx, caller, id).await?;
        let frame = self.frame(&*tx).await?;
        let case = self.case(&*tx, found).await?;
        let groups = writable(&case, &frame, caller.person);
        if groups.is_empty() {
            return Err(Error::forbidden("not_yours_to_write"));
        }
        let before = document::body(&*tx, id)
            .await?
            .ok_or_else(|| Error::internal(format!("document {id} has no body")))?;
        if before.edit_version != expected {
            return Err(conflict(&*tx, self.shown(caller, &case, before)?).await?);
        }
        let kind = case.kind()?;
        let hidden = case.hidden(&access::capacities(caller, &case.document.document_type).collect::<Vec<_>>());
        let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
        let content = kind.keeping(cleaned(content), &before.content, &hidden);
        if content == before.content {
            return Ok(expected);
        }
        let problems = edit::check(kind, &before.content, &content, &groups);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems.into_iter().map(FieldProblem::from).collect()));
        }
        let now = frame.at.now;
        if !document::save_body(&*tx, id, expected, &content, (caller.person, now)).await? {
            return Err(Error::Store(duban_store::StoreError::Contention(format!(
                "body of {id}"
            ))));
        }
        let first = !case.authors.contains(&caller.person);
        document::add_author(&*tx, id, caller.person, now).await?;
        if first {
            // Who wrote is what separates duties: worth a record of its own, once a person.
            self.record(&*tx, Some(caller), Deed::new("document.write", "document", id))
                .await?;
        }
        tx.commit().await?;
        Ok(expected + 1)
    }

    /// What this caller can do with the document now.
    pub(crate) fn offers(&self, caller: &Caller, case: &Case, frame: &Frame) -> Vec<Offer> {
        if caller.scope < Scope::Act || caller.must_change_password {
            return Vec::new();
        }
        available(
            &case.definition,
            &case.instance,
            caller.person,
            &case.context(frame, true),
        )
    }

    /// A document that the caller may read, with its case and the frame: what reading pages begin with.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn open_document(&self, caller: &Caller, id: DocumentId) -> Result<(Case, Frame)> {
        let db = self.store().read();
        let found = self.readable(db, caller, id).await?;
        Ok((self.case(db, found).await?, self.frame(db).await?))
    }

    /// What is being written, when the caller may see it: people of the document's own unit at any time, others while
    /// it is their turn to write in it.
    /// Fields that the caller's stages hide are not in it.
    pub async fn working(&self, caller: &Caller, case: &Case, frame: &Frame) -> Result<Option<Body>> {
        let found = &case.document;
        let own = access::capacities(caller, &found.document_type).any(|(unit, role)| {
            unit == found.unit && !role.is_administrator() && role != duban_core::org::Role::Observer
        });
        if own || !writable(case, frame, caller.person).is_empty() {
            let body = document::body(self.store().read(), found.id).await?;
            body.map(|body| self.shown(caller, case, body)).transpose()
        } else {
            Ok(None)
        }
    }

    /// A frozen revision.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revision(
        &self,
        caller: &Caller,
        id: DocumentId,
        no: RevisionNo,
    ) -> Result<(duban_store::document::RevisionHead, Content)> {
        let db = self.store().read();
        let found = self.readable(db, caller, id).await?;
        let (head, content) = document::revision(db, id, no).await?.ok_or(Error::NotFound)?;
        let definition = self.definition(&found.definition.0, found.definition.1)?;
        if definition.stages.iter().all(|stage| stage.hides.is_empty()) {
            return Ok((head, content));
        }
        let case = self.case(db, found).await?;
        Ok((head, self.visible(caller, &case, content)?))
    }

    /// The content without what the caller does not see.
    pub(crate) fn visible(&self, caller: &Caller, case: &Case, content: Content) -> Result<Content> {
        let capacities: Vec<_> = access::capacities(caller, &case.document.document_type).collect();
        let hidden = case.hidden(&capacities);
        let hidden: Vec<&str> = hidden.iter().map(String::as_str).collect();
        Ok(case.kind()?.without(content, &hidden))
    }

    fn shown(&self, caller: &Caller, case: &Case, body: Body) -> Result<Body> {
        let content = self.visible(caller, case, body.content)?;
        Ok(Body { content, ..body })
    }

    /// Marks the caller's copy of a document as read.
    pub async fn mark_read(&self, caller: &Caller, id: DocumentId) -> Result<()> {
        if !inbox::has_unread(self.store().read(), caller.person, id).await? {
            return Ok(());
        }
        let tx = self.write().await?;
        inbox::mark_read(&*tx, caller.person, id, self.moment().now).await?;
        Ok(tx.commit().await?)
    }
}

/// The groups of fields that this person may write in now: those of the stages they could submit from.
pub fn writable<'a>(case: &'a Case, frame: &Frame, who: PersonId) -> Vec<&'a str> {
    let offers = available(&case.definition, &case.instance, who, &case.context(frame, true));
    let submits = offers.iter().filter(|offer| offer.act == ActKind::Submit);
    let stages = submits.filter_map(|offer| case.definition.stage(&offer.stage));
    let groups: BTreeSet<&str> = stages
        .flat_map(|stage| stage.edits.iter().map(String::as_str))
        .collect();
    groups.into_iter().collect()
}

async fn conflict(db: &impl Connection, there: Body) -> Result<Error> {
    let by = match there.edited_by {
        Some(by) => person::account(db, by).await?.map(|account| account.person.name),
        None => None,
    };
    Ok(Error::Conflict(Box::new(Conflict {
        current: there.edit_version,
        by,
        at: Some(there.edited_at),
        reasons: Vec::new(),
        theirs: Some(there.content),
    })))
}

fn cleaned(mut content: Content) -> Content {
    let tidy = |fields: &mut duban_core::document::content::Fields| {
        for text in fields.values_mut() {
            *text = edit::clean(text);
        }
    };
    tidy(&mut content.head);
    for line in &mut content.lines {
        tidy(&mut line.fields);
        line.items.iter_mut().for_each(|item| tidy(&mut item.fields));
    }
    content
}

impl From<Problem> for FieldProblem {
    fn from(problem: Problem) -> Self {
        Self {
            field: problem.place.field.clone().unwrap_or_default(),
            place: Some(problem.place),
            reason: problem.reason,
        }
    }
}
