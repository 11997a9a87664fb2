//! Mail and messages to groups as real servers receive them: certificates, accounts, silence, lost answers, what comes
//! back. The program's parts run inside the test, so that time is moved without waiting.

mod back;
mod group;
mod look;
mod relay;
mod wire;

use chrono::TimeDelta;
use duban_core::id::PersonId;
use duban_service::bounce::{Report, Taken};
use duban_service::outbox::{Mail, MailState};
use duban_store::Connection;
use duban_store::outbox;
use duban_tests::certificate::{Certificate, certificate, dkim_key};
use duban_tests::district::{District, PASSWORD, send_back, submit};
use duban_tests::smtp::{Smtp, Taken as Received, python};
use duban_tests::visitor::Visitor;
use duban_tests::world::free_port;
use duban_web::app::App;
use duban_web::channel::channels;
use duban_web::config::Layers;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A district whose plans are due on 13 February 2026, and the program's ways out of it.
pub(crate) struct Office {
    pub(crate) district: District,
    pub(crate) app: App,
    pub(crate) folder: tempfile::TempDir,
}

impl Office {
    pub(crate) async fn open(settings: &[(&str, String)], units: &[i64]) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let district = District::build(&format!("sqlite://{}/d.db", folder.path().display())).await;
        district
            .service
            .store()
            .schema()
            .execute_unprepared("UPDATE campaign SET plan_due = '2026-02-13'")
            .await
            .expect("due date");
        for unit in units {
            district.filled_plan(*unit).await;
        }
        let app = app(&district, settings);
        Self { district, app, folder }
    }

    pub(crate) fn at(&self, instant: &str) {
        self.district.clock.set(instant.parse().expect("instant"));
    }

    pub(crate) fn later(&self, minutes: i64) {
        let now = self.district.service.moment().now;
        self.district.clock.set(now + TimeDelta::minutes(minutes));
    }

    /// Makes the reminders that are due and sends everything that waits, on every way.
    pub(crate) async fn run(&self) {
        let robots: Vec<&str> = self.app.config.robots.list.iter().map(|robot| robot.kind).collect();
        self.app.service.tick_groups(&robots).await.expect("groups");
        self.app.service.tick().await.expect("tick");
        self.send().await;
    }

    /// Sends everything that waits, on every way.
    pub(crate) async fn send(&self) {
        for channel in channels(&self.app) {
            channel.send_waiting(&self.app).await.expect("send");
        }
    }

    pub(crate) async fn mails(&self, states: &[MailState]) -> Vec<Mail> {
        outbox::list(self.district.service.store().read(), states, None, 10_000)
            .await
            .expect("mails")
    }

    pub(crate) async fn unread(&self, username: &str) -> u64 {
        let caller = self.district.person(username).await;
        self.app.service.unread_alerts(caller.person).await.expect("alerts")
    }

    pub(crate) async fn sql(&self, statement: &str) {
        self.district
            .service
            .store()
            .schema()
            .execute_unprepared(statement)
            .await
            .expect("statement");
    }
}

fn app(district: &District, settings: &[(&str, String)]) -> App {
    let variables = settings.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    let mut config = Layers::defaults()
        .environment(variables)
        .expect("settings")
        .read()
        .expect("config");
    // Beside the database that is used, not beside the one that the settings name.
    let database = district.service.store().file();
    config.journal = database.and_then(|file| file.parent()).map(Into::into);
    duban_web::serve::app(config, district.service.clone()).expect("app")
}

fn relay(relay: &Smtp) -> Vec<(&'static str, String)> {
    relay.environment()
}

/// The morning on which the drafters' plans are due in three working days.
pub(crate) const MORNING: &str = "2026-02-10T01:00:00Z";

fn line(text: &str, name: &str) -> String {
    let unfolded = text.replace("\r\n ", "").replace("\n ", "");
    let found = unfolded
        .lines()
        .find_map(|line| line.strip_prefix(name).map(|value| value.trim().to_owned()));
    found.unwrap_or_default()
}

fn base64(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut child = Command::new("base64")
        .arg("-d")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("base64");
    child
        .stdin
        .take()
        .expect("stdin")
        .write_all(text.as_bytes())
        .expect("write");
    child.wait_with_output().expect("base64").stdout
}

fn told() -> Value {
    json!({"mail": "told", "topic": "returned", "document": 1, "stage": "draft", "by": null, "at": "2026-02-10T00:00:00Z", "note": null, "reasons": []})
}
