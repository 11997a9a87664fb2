//! `duban serve` as an operator runs it, one of several over a database, on a machine whose clock is set from outside
//! (libfaketime): the program asks its machine and is told.

use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The clock of a machine: it runs, and it can be set.
pub struct MachineClock {
    folder: tempfile::TempDir,
    ahead: Mutex<TimeDelta>,
}

impl MachineClock {
    /// A clock that shows `at` (UTC) now.
    pub fn new(at: DateTime<Utc>) -> Self {
        let clock = Self {
            folder: tempfile::tempdir().expect("folder"),
            ahead: Mutex::new(TimeDelta::zero()),
        };
        clock.set(at);
        clock
    }

    /// What it shows (UTC).
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + *self.ahead.lock().expect("lock")
    }

    /// Sets it, forward or back.
    pub fn set(&self, at: DateTime<Utc>) {
        let ahead = TimeDelta::seconds((at - Utc::now()).num_seconds());
        *self.ahead.lock().expect("lock") = ahead;
        // Written aside and renamed, so that nobody reads half a line.
        let aside = self.folder.path().join("new");
        std::fs::write(&aside, format!("{:+}\n", ahead.num_seconds())).expect("clock");
        std::fs::rename(aside, self.file()).expect("clock");
    }

    /// Moves it.
    pub fn jump(&self, by: TimeDelta) {
        self.set(self.now() + by);
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ahead")
    }
}

/// One server.
pub struct Node {
    folder: tempfile::TempDir,
    database: String,
    listen: String,
    environment: Vec<(String, String)>,
    child: Option<Child>,
}

impl Node {
    /// A server over this database, not started; `environment` says where the relay is.
    pub fn over(database: &str, clock: &MachineClock, environment: &[(&'static str, String)]) -> Self {
        let mut environment: Vec<(String, String)> = environment
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect();
        let library = faketime();
        for (key, value) in [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME_TIMESTAMP_FILE", &clock.file().display().to_string()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DISABLE_SHM", "1"),
            // Time that only runs is not what somebody sets.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            ("DUBAN_BASE_SEEDS", "false"),
        ] {
            environment.push((key.to_owned(), value.to_owned()));
        }
        Self {
            folder: tempfile::tempdir().expect("folder"),
            database: database.to_owned(),
            listen: format!("127.0.0.1:{}", crate::world::free_port()),
            environment,
            child: None,
        }
    }

    /// Starts it (again) and waits until it answers.
    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "the server is running already");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("log file");
        let mut command = Command::new(crate::world::binary());
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("DUBAN_")) {
            // Settings of the tests are not settings of the program, which refuses what it does not know.
            command.env_remove(key);
        }
        let child = command
            .args(["serve", "--listen", &self.listen])
            .env("DUBAN_DATABASE", &self.database)
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log file"))
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        self.child = Some(child);
        let give_up = Instant::now() + Duration::from_secs(120);
        let client = reqwest::Client::new();
        loop {
            let answer = client.get(format!("http://{}/healthz", self.listen)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            assert!(
                ended.is_none() && Instant::now() < give_up,
                "the server did not come up ({ended:?}); its log:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server is gone");
        }
    }

    /// Lets it stand still in the middle of whatever it does.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, which: &str) {
        let id = self.child.as_ref().expect("a running server").id().to_string();
        let sent = Command::new("kill").args([which, &id]).status().expect("kill");
        assert!(sent.success(), "kill {which}");
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        let log = self.log();
        if std::thread::panicking() {
            let tail: Vec<&str> = log.lines().rev().take(60).collect();
            eprintln!("--- the last lines of a server, newest first ---\n{}", tail.join("\n"));
        } else {
            assert!(!log.contains("panicked"), "something in the server panicked:\n{log}");
        }
    }
}

/// The library that tells a program another time (Debian: `apt install faketime`).
fn faketime() -> String {
    let found = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketimeMT.so.1")))
        .find(|path| path.exists());
    found.expect("libfaketime is missing: run ./test").display().to_string()
}
