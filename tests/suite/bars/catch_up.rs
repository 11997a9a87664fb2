//! What an outage missed: made up for as each rule's policy says.

use super::*;
use duban_core::calendar::Calendar;
use duban_core::reminder::{CatchUp, Recipient, Rung, Step};

/// What came of one outage: mails to each person, reminders told in them, reminders skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcome {
    mails: usize,
    told: usize,
    skipped: usize,
}

/// An office with forty findings that are late, of which the deputies of four units are reminded every morning.
struct Late {
    district: District,
    _folder: tempfile::TempDir,
}

const OCCASIONS: usize = 40;
const PEOPLE: usize = 4;

impl Late {
    async fn under(catch_up: CatchUp) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let district = District::build(&format!("sqlite:{}/d.db", folder.path().display())).await;
        findings(district.service.store(), &[day("2026-02-05"); OCCASIONS]).await;
        let office = district.person("office.5").await;
        let rules = district.service.reminder_rules(&office).await.expect("rules");
        let shipped = rules.into_iter().find(|state| state.rule.id == "finding-due");
        let mut rule = shipped.expect("rule").rule;
        rule.rungs = vec![Rung {
            step: Step::Every { from: 1, step: 1 },
            to: vec![Recipient::Deputy],
        }];
        rule.catch_up = catch_up;
        let changed = district.service.change_rule(&office, "finding-due", Some(rule)).await;
        changed.expect("change");
        let late = Self {
            district,
            _folder: folder,
        };
        late.at(local(day("2026-02-06"), 9, 0)).await;
        late
    }

    /// What an outage until this instant makes of the reminders.
    async fn at(&self, now: DateTime<Utc>) -> Outcome {
        let (service, store) = (&self.district.service, self.district.service.store());
        self.district.clock.set(now);
        let before = number(store, "SELECT count(*) FROM outbox WHERE state = 'sent'").await;
        let mut told = 0;
        let ticked = service.tick().await.expect("tick");
        assert_eq!(service.tick().await.expect("again").mails, 0, "ticking twice");
        let mut people = BTreeMap::new();
        for claim in service.claim_mails(10_000).await.expect("claim") {
            let outgoing = service.prepare_mail(&claim).await.expect("prepare").expect("a mail");
            *people.entry(outgoing.to.person).or_insert(0) += 1;
            told += claim.mail.payload["occurrences"].as_array().map_or(0, Vec::len);
            let sent = Tried::Sent("a@b.example".to_owned());
            let done = service.finish_mail(&claim, Some(&outgoing), sent).await;
            assert!(done.expect("finish"));
        }
        let sent = number(store, "SELECT count(*) FROM outbox WHERE state = 'sent'").await - before;
        let each: BTreeSet<usize> = people.values().copied().collect();
        assert!(each.len() <= 1, "{people:?}");
        assert_eq!(sent, PEOPLE * each.first().copied().unwrap_or(0));
        Outcome {
            mails: sent / PEOPLE,
            told,
            skipped: ticked.skipped,
        }
    }
}

#[tokio::test]
async fn an_outage_is_made_up_for_as_each_policy_says_and_what_is_skipped_is_counted() {
    let ten_minutes = (local(day("2026-02-09"), 8, 25), local(day("2026-02-09"), 8, 35));
    let three_days = (local(day("2026-02-09"), 9, 0), local(day("2026-02-12"), 9, 0));
    let forty_days = (local(day("2026-02-12"), 9, 0), local(day("2026-03-24"), 9, 0));
    let mornings = |from: &str, to: &str| {
        let days = Calendar::default().between(day(from), day(to));
        usize::try_from(days).expect("mornings")
    };
    let missed = mornings("2026-02-12", "2026-03-24");
    // All but those of the last seven days.
    let past = missed - mornings("2026-03-17", "2026-03-24");
    let outcome = |mails: usize, skipped: usize| Outcome {
        mails,
        told: mails * OCCASIONS,
        skipped: skipped * OCCASIONS,
    };
    let table = [
        (CatchUp::Digest, [outcome(1, 0), outcome(1, 0), outcome(1, 0)]),
        (CatchUp::Each, [outcome(1, 0), outcome(3, 0), outcome(missed, 0)]),
        (CatchUp::Skip(7), [outcome(1, 0), outcome(1, 0), outcome(1, past)]),
    ];
    for (catch_up, wanted) in table {
        let late = Late::under(catch_up).await;
        let store = late.district.service.store();
        for ((from, until), wanted) in [ten_minutes, three_days, forty_days].into_iter().zip(wanted) {
            late.at(from).await;
            assert_eq!(late.at(until).await, wanted, "{catch_up:?} from {from} until {until}");
        }
        let skipped = wanted.iter().map(|outcome| outcome.skipped).sum::<usize>();
        let office = late.district.person("office.5").await;
        let counted = late.district.service.mail_statistics(&office).await.expect("figures");
        assert_eq!(counted.skipped, skipped as u64, "{catch_up:?}");
        let records = texts(store, "SELECT canonical FROM audit WHERE verb = 'reminder.skip'").await;
        let in_audit: usize = records
            .iter()
            .map(|record| serde_json::from_str::<serde_json::Value>(record).expect("record"))
            .map(|detail| {
                detail["detail"]["count"]
                    .as_str()
                    .expect("count")
                    .parse::<usize>()
                    .expect("number")
            })
            .sum();
        assert_eq!(in_audit, skipped, "{catch_up:?}");
    }
    // Without the note of when it was last asked, an outage is not seen for what it was.
    let blind = Late::under(CatchUp::Each).await;
    run_sql(
        blind.district.service.store(),
        "DELETE FROM setting WHERE key = 'reminders.asked_at'",
    )
    .await;
    assert_ne!(blind.at(three_days.1).await, outcome(4, 0));
}
