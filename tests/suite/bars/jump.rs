//! A machine whose clock is set while the server runs (libfaketime).

use super::*;
use duban_tests::node::{MachineClock, Node};
use duban_tests::smtp::Smtp;

#[tokio::test]
async fn a_clock_that_jumps_makes_each_occasion_once_and_none_early() {
    let demanded_by: Vec<NaiveDate> = [
        "2026-02-10",
        "2026-02-11",
        "2026-02-12",
        "2026-02-13",
        "2026-03-20",
        "2026-03-25",
    ]
    .map(day)
    .into();
    let control = Control::with_findings(&demanded_by).await;
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite:{}/d.db", folder.path().display());
    let district = District::build(&url).await;
    findings(district.service.store(), &demanded_by).await;
    let store = district.service.store();
    let clock = MachineClock::new(local(day("2026-02-10"), 8, 20));
    let relay = Smtp::running();
    let mut node = Node::over(&url, &clock, &relay.environment());
    node.start().await;
    let mut wanted = control.at(clock.now()).await;
    assert!(wanted.len() < 10, "{wanted:?}");
    let jumps = [
        ("an hour on", TimeDelta::hours(1), false),
        ("a day on", TimeDelta::days(1), false),
        ("an hour back", TimeDelta::hours(-1), false),
        ("an hour on again", TimeDelta::hours(1), false),
        ("a day back", TimeDelta::days(-1), false),
        ("forty days on", TimeDelta::days(40), false),
        ("a day on again", TimeDelta::days(1), false),
        ("ten minutes of standing still, and a day on", TimeDelta::days(1), true),
    ];
    let mut made = Vec::new();
    for (what, by, frozen) in jumps {
        if frozen {
            node.freeze();
            let seconds = duban_tests::proof::count(5, 600);
            tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
            clock.jump(by);
            node.thaw();
        } else {
            clock.jump(by);
        }
        let before = wanted.len();
        wanted = control.at(clock.now()).await;
        let settled = async || {
            keys(store).await == wanted
                && number(store, "SELECT count(*) FROM outbox WHERE state = 'waiting'").await == 0
        };
        let took = within(Duration::from_secs(60), what, settled).await;
        // Longer than the program takes to look at the clock.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        assert_eq!(keys(store).await, wanted, "{what}");
        made.push(wanted.len() - before);
        println!(
            "{what}: {} new occasions, noticed within {took:?}",
            wanted.len() - before
        );
    }
    assert!(made.iter().filter(|new| **new > 0).count() >= 4, "{made:?}");
    assert_eq!(complaints(&wanted, &told(store).await), Vec::<String>::new());
    let early = "SELECT count(*) FROM occurrence WHERE created_at < due_at";
    assert_eq!(number(store, early).await, 0, "none early");
    let arrived = relay.arrived();
    let ids: BTreeSet<_> = arrived.iter().collect();
    assert_eq!(ids.len(), arrived.len(), "no mail twice");
    // What is early is seen.
    run_sql(store, "UPDATE occurrence SET created_at = '2026-01-01 00:00:00+00:00'").await;
    assert_eq!(number(store, early).await, wanted.len());
}
