//! Several servers over one PostgreSQL: one reminder for an occasion, whoever is killed, frozen or cut off.

use super::*;
use chrono::Days;
use duban_core::calendar::Calendar;
use duban_tests::cable::Cable;
use duban_tests::network;
use duban_tests::node::{MachineClock, Node};
use duban_tests::postgres::Postgres;
use duban_tests::proof::{Chance, count};
use duban_tests::smtp::Smtp;
use serde_json::json;

/// Servers over one database, each at a cable of its own, and their relay.
struct Cluster {
    district: District,
    clock: MachineClock,
    relay: Smtp,
    nodes: Vec<Node>,
    cables: Vec<Cable>,
    _postgres: Postgres,
}

impl Cluster {
    async fn of(size: u8, demanded_by: &[NaiveDate]) -> Option<Self> {
        let postgres = Postgres::available()?;
        let url = postgres.database("nodes").expect("database");
        let district = District::build(&url).await;
        findings(district.service.store(), demanded_by).await;
        let clock = MachineClock::new(local(day("2026-01-06"), 8, 0));
        let relay = Smtp::running();
        let mut settings = relay.environment();
        settings.retain(|(key, _)| *key != "DUBAN_SMTP_DATA_SECONDS");
        settings.push(("DUBAN_SMTP_DATA_SECONDS", "60".to_owned()));
        let (login, rest) = url.split_once('@').expect("a login");
        let (address, name) = rest.split_once('/').expect("a name");
        let (_, port) = address.rsplit_once(':').expect("a port");
        let mut cables = Vec::new();
        let mut nodes = Vec::new();
        for number in 1..=size {
            let cable = Cable::to(port.parse().expect("port"), number).await;
            nodes.push(Node::over(
                &format!("{login}@{}/{name}", cable.address()),
                &clock,
                &settings,
            ));
            cables.push(cable);
        }
        for node in &mut nodes {
            node.start().await;
        }
        Some(Self {
            district,
            clock,
            relay,
            nodes,
            cables,
            _postgres: postgres,
        })
    }

    fn store(&self) -> &Store {
        self.district.service.store()
    }

    async fn waiting(&self) -> usize {
        number(self.store(), "SELECT count(*) FROM outbox WHERE state = 'waiting'").await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_nodes_one_reminds_of_each_occasion_whoever_is_killed_frozen_or_cut_off() {
    if network::runs_in_its_own(
        module_path!(),
        "of_three_nodes_one_reminds_of_each_occasion_whoever_is_killed_frozen_or_cut_off",
    ) {
        return;
    }
    let (papers, mornings) = (count(12, 40), count(4, 25));
    let demanded_by = vec![day("2026-02-06"); papers];
    let Some(mut cluster) = Cluster::of(3, &demanded_by).await else {
        return;
    };
    let control = Control::with_findings(&demanded_by).await;
    let mut chance = Chance::new(19);
    let mut today = day("2026-02-06");
    let mut wanted = BTreeSet::new();
    for morning in 0..mornings {
        today = Calendar::default().plus(today, 1);
        let at = local(today, 8, 30);
        wanted = control.at(at).await;
        cluster.clock.set(at);
        tokio::time::sleep(Duration::from_millis(chance.below(2_500))).await;
        let hurt = usize::try_from(chance.below(3)).expect("small");
        match morning % 3 {
            0 => cluster.nodes[hurt].kill(),
            1 => cluster.nodes[hurt].freeze(),
            _ => cluster.cables[hurt].pull(),
        }
        tokio::time::sleep(Duration::from_millis(500 + chance.below(2_500))).await;
        match morning % 3 {
            0 => cluster.nodes[hurt].start().await,
            1 => cluster.nodes[hurt].thaw(),
            _ => cluster.cables[hurt].plug(),
        }
        // What the hurt one held is free when its claim has run out: two minutes of their time.
        let looked = std::cell::Cell::new(0);
        within(Duration::from_secs(120), "the morning's mails", async || {
            looked.set(looked.get() + 1);
            if looked.get() % 15 == 0 {
                cluster.clock.jump(TimeDelta::seconds(130));
            }
            keys(cluster.store()).await == wanted && cluster.waiting().await == 0
        })
        .await;
    }
    assert!(wanted.len() >= count(96, 2_000), "{} occasions", wanted.len());
    let told = told(cluster.store()).await;
    assert_eq!(complaints(&wanted, &told), Vec::<String>::new());
    let rows = number(cluster.store(), "SELECT count(*) FROM outbox WHERE state = 'sent'").await;
    let arrived = cluster.relay.arrived();
    let ids: BTreeSet<_> = arrived.iter().collect();
    assert_eq!(ids.len(), rows, "each mail has arrived");
    println!(
        "{} occasions, {mornings} disturbances, {} mails, {} raw copies too many",
        wanted.len(),
        rows,
        arrived.len() - rows
    );
    assert!(arrived.len() - rows <= mornings * 4, "{} arrived", arrived.len());
    // The constraint is what it rests on: without it nothing is filed at all, and the count above would not be met.
    run_sql(
        cluster.store(),
        "ALTER TABLE occurrence DROP CONSTRAINT occurrence_pkey",
    )
    .await;
    let next = local(today + Days::new(7), 9, 0);
    cluster.district.clock.set(next);
    assert!(
        cluster.district.service.tick().await.is_err(),
        "a key that is not unique goes unnoticed"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_was_cut_off_or_frozen_while_sending_is_replaced_and_its_late_word_is_refused() {
    if network::runs_in_its_own(
        module_path!(),
        "a_node_that_was_cut_off_or_frozen_while_sending_is_replaced_and_its_late_word_is_refused",
    ) {
        return;
    }
    let rounds = count(4, 20);
    let Some(cluster) = Cluster::of(2, &[day("2026-01-05")]).await else {
        return;
    };
    let refused = |node: usize| {
        cluster.nodes[node]
            .log()
            .matches("taken over by another sender")
            .count()
    };
    // What is due at the start is not part of it.
    within(Duration::from_secs(60), "the first mails", async || {
        cluster.relay.arrived().len() == 2 && cluster.waiting().await == 0
    })
    .await;
    let mut today = day("2026-01-06");
    let mut slowest = Duration::ZERO;
    let mut lost_before = 0;
    for round in 0..rounds {
        today = Calendar::default().plus(today, 1);
        let (holder, other) = (round % 2, 1 - round % 2);
        let before = (cluster.relay.arrived().len(), refused(holder));
        cluster.nodes[other].freeze();
        cluster.relay.misbehave(&json!({"delay": 3}));
        cluster.clock.set(local(today, 8, 30));
        within(Duration::from_secs(60), "mails on their way", async || {
            cluster.relay.arrived().len() >= before.0 + 2
        })
        .await;
        // The relay has the mails; the word about them does not reach the database.
        if round % 4 < 2 {
            cluster.nodes[holder].freeze();
        } else {
            cluster.cables[holder].pull();
        }
        cluster.relay.misbehave(&json!({}));
        cluster.clock.jump(TimeDelta::seconds(130));
        cluster.nodes[other].thaw();
        let took = within(Duration::from_secs(30), "the other node", async || {
            cluster.waiting().await == 0
        })
        .await;
        slowest = slowest.max(took);
        if round % 4 < 2 {
            cluster.nodes[holder].thaw();
        } else {
            // What the relay said has to be lost on its way to the database first.
            within(Duration::from_secs(30), "a lost packet", async || {
                Cable::lost().is_none_or(|lost| lost > lost_before)
            })
            .await;
            lost_before = Cable::lost().unwrap_or(0);
            cluster.cables[holder].plug();
        }
        within(Duration::from_secs(60), "the late word", async || {
            refused(holder) > before.1
        })
        .await;
    }
    let ids: BTreeSet<_> = cluster.relay.arrived().into_iter().collect();
    let rows = number(cluster.store(), "SELECT count(*) FROM outbox WHERE state = 'sent'").await;
    assert_eq!((ids.len(), rows), (2 + 2 * rounds, 2 + 2 * rounds));
    // A late word that counted would have counted as a second try.
    let twice = number(cluster.store(), "SELECT count(*) FROM outbox WHERE attempts <> 1").await;
    assert_eq!(twice, 0, "late words that were accepted");
    println!("{rounds} rounds, the other node took over within {slowest:?}, {lost_before} packets lost at the filter");
}
