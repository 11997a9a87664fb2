//! Mail: what acts enqueue, and what the worker asks before and after it sends.
//!
//! A row is written in the transaction of the act it tells about; nothing is sent inside a request. The worker claims
//! rows for a while, asks [`Service::prepare_mail`] what there is still to say (nobody who has already acted is
//! reminded), sends, and reports. A worker that dies leaves its lease to run out; the next one sends the same row with
//! the same Message-ID.

mod delivered;
mod told;

pub use delivered::Delivered;
use delivered::Held;
pub use told::Told;
pub(crate) use told::{About, enqueue};

use crate::back_off::{UNCLEAR, next_try, spread};
use crate::deadline::Deadlines;
use crate::digest::DigestView;
use crate::error::{Error, Result};
use crate::urge::{UrgeView, Urged};
use crate::{Caller, Service};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use duban_core::id::{DocumentId, PersonId};
use duban_core::org::Role;
use duban_core::reason::Reason;
use duban_core::reminder::Occurrence;
use duban_core::workflow::Topic;
use duban_store::mail_address::{self, AddressState};
use duban_store::outbox::{self, Lane, Outcome};
use duban_store::{Connection, inbox, person, reminder as rows, setting};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

pub use duban_store::outbox::{Mail, MailState};

/// How long a worker holds a mail before it has to renew its claim.
pub const LEASE: TimeDelta = TimeDelta::minutes(2);
/// The hour at which a digest that had to wait for a working day goes out.
pub(crate) const MORNING: NaiveTime = match NaiveTime::from_hms_opt(8, 30, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// The kind of the one mail of a working morning.
pub(crate) const DIGEST: &str = "digest";
const TOLD: &str = "told";

/// What a row says, as kept in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mail", rename_all = "snake_case")]
pub(crate) enum Letter {
    /// The reminders of one working morning.
    Digest {
        /// The morning.
        day: NaiveDate,
        /// What is to be told.
        occurrences: Vec<Occurrence>,
    },
    /// A copy, to whoever asked for it, of what somebody else would get.
    Sample {
        /// The morning.
        day: NaiveDate,
        /// What would be told.
        occurrences: Vec<Occurrence>,
    },
    /// One act.
    Told(Told),
    /// Somebody asks for a matter by hand (催办).
    Urge(Urged),
    /// The figures of one working morning, for a group.
    Group {
        /// The morning.
        day: NaiveDate,
    },
}

pub(crate) fn payload(letter: &Letter) -> Result<serde_json::Value> {
    serde_json::to_value(letter).map_err(Error::internal)
}

pub(crate) fn letter(mail: &Mail) -> Result<Letter> {
    serde_json::from_value(mail.payload.clone()).map_err(|e| Error::internal(format!("mail {}: {e}", mail.id)))
}

const SITE: &str = "mail.site";

/// The right-hand side of our Message-IDs, once it was made.
pub(crate) async fn known_site(db: &impl Connection) -> Result<Option<String>> {
    let site = setting::get(db, SITE).await?;
    Ok(site.and_then(|site| site.as_str().map(str::to_owned)))
}

/// The right-hand side of our Message-IDs: made once, so that two installations never make the same.
pub(crate) async fn site(db: &impl Connection) -> Result<String> {
    if let Some(site) = known_site(db).await? {
        return Ok(site);
    }
    let site = format!("{}.duban", Uuid::new_v4().simple());
    setting::set(db, SITE, serde_json::Value::String(site.clone())).await?;
    Ok(site)
}

/// A mail that is ours to send for a while.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The mail.
    pub mail: Mail,
    pub(crate) token: Uuid,
}

impl Claim {
    fn held(&self) -> Held {
        Held {
            mail: self.mail.id,
            token: self.token,
            person: self.mail.person.as_ref().map(|(person, _)| *person),
        }
    }
}

/// To whom a mail goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Addressee {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address, if they have one.
    pub address: Option<String>,
    /// Their language, `zh-CN` or `en`.
    pub locale: String,
}

/// A mail as it is to be rendered.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// To whom.
    pub to: Addressee,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// What it says.
    pub content: MailContent,
    /// What it changes in the reader's calendar.
    pub deadlines: Deadlines,
    /// The Message-ID under which mails about the same paper belong together, without angle brackets; none for a mail
    /// about several things.
    pub thread: Option<String>,
    /// True for a mail of which every line may be switched off by its reader.
    pub may_be_muted: bool,
    told: BTreeSet<String>,
}

impl Outgoing {
    /// A mail that is looked at and not sent: nothing is marked for it.
    pub fn for_preview(to: Addressee, message_id: &str, content: MailContent) -> Self {
        Self {
            to,
            message_id: message_id.to_owned(),
            content,
            deadlines: Deadlines::default(),
            thread: None,
            may_be_muted: false,
            told: BTreeSet::new(),
        }
    }
}

/// What a mail says.
#[derive(Clone, Debug)]
pub enum MailContent {
    /// The reminders of one working morning.
    Digest(DigestView),
    /// One act.
    Told(ToldView),
    /// Somebody asks for a matter by hand.
    Urge(UrgeView),
}

/// News of one act, with the words that its template needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToldView {
    /// What happened (code).
    pub topic: &'static str,
    /// The paper.
    pub document: DocumentId,
    /// Its title.
    pub title: String,
    /// The unit it belongs to.
    pub unit: String,
    /// The stage or end, as people call it in the reader's language.
    pub stage: String,
    /// Who did it.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// What they wrote.
    pub note: Option<String>,
    /// Reasons as codes.
    pub reasons: Vec<Reason>,
    /// The last day for answering, if there is one.
    pub due_on: Option<NaiveDate>,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq)]
pub enum Tried {
    /// The relay took it for this address.
    Sent(String),
    /// It was laid into the built-in mailbox, rendered.
    Kept(serde_json::Value),
    /// Nobody could be reached who takes mails; that says nothing about this one.
    Away(String),
    /// It did not work this time.
    Failed(String),
    /// The text was sent and no answer came: it may have arrived.
    Unclear(String),
    /// It will never work.
    Refused(String),
}

/// The name under which mails about one paper belong together; it is that of no real mail, so that every mail about
/// the paper refers to the same one, whichever came first.
fn thread(papers: &BTreeSet<Option<DocumentId>>, message_id: &str) -> Option<String> {
    let (_, site) = message_id.rsplit_once('@')?;
    match papers.iter().collect::<Vec<_>>()[..] {
        [Some(document)] => Some(format!("document.{document}@{site}")),
        _ => None,
    }
}

impl Service {
    /// Claims up to `limit` mails whose time has come.
    pub async fn claim_mails(&self, limit: u64) -> Result<Vec<Claim>> {
        self.claim(Lane::People, limit).await
    }

    /// Keeps a claim alive; false when it was lost, and then the mail must not be sent any more.
    pub async fn renew_mail(&self, claim: &Claim) -> Result<bool> {
        let until = self.moment().now + LEASE;
        let tx = self.write().await?;
        let held = outbox::renew(&*tx, claim.mail.id, claim.token, until).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// What there is still to say, asked just before sending. None when there is nothing (any more): the row has been
    /// marked then. Outside the hours of a working day only what a person sends by hand goes out; the rest waits.
    pub async fn prepare_mail(&self, claim: &Claim) -> Result<Option<Outgoing>> {
        let at = self.moment();
        let db = self.store().read();
        let account = match &claim.mail.person {
            Some((id, _)) => person::account(db, *id).await?,
            None => None,
        };
        let Some(account) = account.filter(|account| account.person.active) else {
            self.drop_mail(claim, "inactive").await?;
            return Ok(None);
        };
        let to = Addressee {
            person: account.person.id,
            name: account.person.name,
            address: account.email,
            locale: account.locale,
        };
        let letter = letter(&claim.mail)?;
        if !by_hand(&letter)
            && let Some(until) = self.quiet_until(at).await?
        {
            self.settle(&claim.held(), &Outcome::Postponed { until }, None).await?;
            return Ok(None);
        }
        if let Some(why) = self.unreachable(&to).await? {
            self.settle(&claim.held(), &Outcome::Failed { error: why.to_owned() }, None)
                .await?;
            return Ok(None);
        }
        let world = self.world(at).await?;
        let mut may_be_muted = false;
        let mut shown = Vec::new();
        let mut papers = BTreeSet::new();
        let (content, told) = match letter {
            Letter::Digest { occurrences, .. } => {
                let view = self.digest_in(&world, &to, &occurrences, at.day);
                let told = view.keys();
                may_be_muted = self.all_mutable(&occurrences).await?;
                for line in view.own.iter().chain(&view.others) {
                    papers.insert(line.document);
                }
                let dated = view.own.iter().filter_map(|line| Some((line, line.due_on?)));
                shown.extend(dated.map(|(line, due_on)| (line.clock.clone(), line.title.clone(), due_on)));
                (MailContent::Digest(view), told)
            }
            Letter::Urge(urged) => match self.urge_view(&world, &to, urged, at) {
                Some((view, told)) => {
                    papers.insert(view.line.document);
                    (MailContent::Urge(view), told)
                }
                None => {
                    self.drop_mail(claim, "stale").await?;
                    return Ok(None);
                }
            },
            Letter::Told(told) => match self.told_view(&to, told).await? {
                Some(view) => {
                    papers.insert(Some(view.document));
                    (MailContent::Told(view), BTreeSet::new())
                }
                None => {
                    self.drop_mail(claim, "stale").await?;
                    return Ok(None);
                }
            },
            Letter::Sample { day, occurrences } => {
                let view = self.digest_in(&world, &to, &occurrences, day);
                (MailContent::Digest(view), BTreeSet::new())
            }
            Letter::Group { .. } => return Err(Error::internal("a message to a group among the mails")),
        };
        if let MailContent::Digest(view) = &content
            && view.is_empty()
        {
            self.drop_mail(claim, "stale").await?;
            return Ok(None);
        }
        let deadlines = self.deadlines(&world, to.person, &shown).await?;
        Ok(Some(Outgoing {
            thread: thread(&papers, &claim.mail.message_id),
            to,
            message_id: claim.mail.message_id.clone(),
            content,
            deadlines,
            may_be_muted,
            told,
        }))
    }

    /// Why no mail may go to somebody's address; none when it may. Asked at sending, because an address may have been
    /// entered before it bounced or before the list of domains was drawn up.
    async fn unreachable(&self, to: &Addressee) -> Result<Option<&'static str>> {
        let Some(address) = &to.address else {
            return Ok(None);
        };
        if !self.may_mail(address) {
            return Ok(Some("domain_refused"));
        }
        let known = mail_address::known(self.store().read(), &[address.trim()]).await?;
        let bounced = known.values().any(|known| known.state == AddressState::Bounced);
        Ok(bounced.then_some("suppressed"))
    }

    /// Writes what became of a try. False when the claim was lost meanwhile; nothing changes then.
    pub async fn finish_mail(&self, claim: &Claim, outgoing: Option<&Outgoing>, tried: Tried) -> Result<bool> {
        let now = self.moment().now;
        let outcome = match tried {
            Tried::Sent(address) => Outcome::Sent { address },
            Tried::Kept(rendered) => {
                let mut payload = claim.mail.payload.clone();
                if let Some(fields) = payload.as_object_mut() {
                    fields.insert("rendered".to_owned(), rendered);
                }
                Outcome::Kept { rendered: payload }
            }
            // Not counted: the sender asks rarely enough by itself, and when the relay is back this mail goes at once.
            Tried::Away(error) => match next_try(1, claim.mail.created_at, now) {
                Some(at) => Outcome::Away { at, error },
                None => Outcome::Failed { error },
            },
            Tried::Failed(error) => match next_try(claim.mail.attempts + 1, claim.mail.created_at, now) {
                Some(at) => Outcome::Retry {
                    at: spread(at, now, claim.mail.id),
                    error,
                },
                None => Outcome::Failed { error },
            },
            // It may have arrived: the next copy waits until a slow relay has had time to deliver the first.
            Tried::Unclear(error) => match next_try(claim.mail.attempts + 1, claim.mail.created_at, now) {
                Some(at) => Outcome::Retry {
                    at: spread(at, now, claim.mail.id).max(now + UNCLEAR),
                    error,
                },
                None => Outcome::Failed { error },
            },
            Tried::Refused(error) => Outcome::Failed { error },
        };
        let told = matches!(outcome, Outcome::Sent { .. } | Outcome::Kept { .. })
            .then_some(outgoing)
            .flatten();
        self.settle(
            &claim.held(),
            &outcome,
            told.map(|outgoing| (&outgoing.told, &outgoing.deadlines)),
        )
        .await
    }

    pub(crate) async fn drop_mail(&self, claim: &Claim, why: &str) -> Result<()> {
        let outcome = Outcome::Dropped { why: why.to_owned() };
        self.settle(&claim.held(), &outcome, Some((&BTreeSet::new(), &Deadlines::default())))
            .await?;
        Ok(())
    }

    /// The unit's last day while it has the paper: of its seat, else as it was set.
    async fn unit_due(&self, paper: &rows::Paper) -> Result<Option<NaiveDate>> {
        let seats = inbox::seats_in(self.store().read(), &BTreeSet::from([paper.id])).await?;
        let of_seats = seats.values().flatten().filter(|seat| seat.unit == paper.unit);
        Ok(of_seats.filter_map(|seat| seat.due_on).min().or(paper.due_on))
    }

    /// The words for news of an act; none when the paper is gone.
    async fn told_view(&self, to: &Addressee, told: Told) -> Result<Option<ToldView>> {
        let db = self.store().read();
        let Some(paper) = rows::papers(db, vec![told.document.0]).await?.remove(&told.document) else {
            return Ok(None);
        };
        let organisation = person::organisation(db).await?;
        let due_on = match told.topic {
            Topic::Returned | Topic::ExtensionGranted | Topic::ExtensionRefused => self.unit_due(&paper).await?,
            _ => None,
        };
        Ok(Some(ToldView {
            topic: told.topic.code(),
            document: told.document,
            unit: organisation.unit_name(paper.unit),
            stage: self.stage_title(&paper, &told.stage, &to.locale),
            title: paper.title,
            by: told.by,
            at: told.at,
            note: told.note,
            reasons: told.reasons,
            due_on,
        }))
    }

    /// The instant at this local time; of two the earlier one, of none the next that exists.
    pub(crate) fn instant(&self, local: chrono::NaiveDateTime) -> DateTime<Utc> {
        let mut local = local;
        // A gap in local time is hours long at most.
        for _ in 0..48 {
            if let Some(at) = self.zone().from_local_datetime(&local).earliest() {
                return at.with_timezone(&Utc);
            }
            local += TimeDelta::minutes(30);
        }
        local.and_utc()
    }
}

/// Who may look at reminders: the system administrator, the coordinator, the office.
pub(crate) fn see_reminders(caller: &Caller) -> Result<()> {
    if caller.has_any(&[Role::Sysadmin, Role::Coordinator, Role::Office]) {
        Ok(())
    } else {
        Err(Error::forbidden("not_your_page"))
    }
}

/// What a person sent on purpose goes out in quiet hours too.
fn by_hand(letter: &Letter) -> bool {
    match letter {
        Letter::Urge(_) | Letter::Sample { .. } => true,
        Letter::Told(told) => told.topic == Topic::Urged,
        Letter::Digest { .. } | Letter::Group { .. } => false,
    }
}
