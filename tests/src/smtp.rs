//! An SMTP server of the test's own: a real one (aiosmtpd), with faults on demand.

use serde::Deserialize;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A port with a server behind it, or not yet.
pub struct Smtp {
    folder: tempfile::TempDir,
    port: u16,
    tls: Option<(PathBuf, PathBuf, &'static str)>,
    child: Option<Child>,
}

/// A mail that the server took.
#[derive(Clone, Debug, Deserialize)]
pub struct Taken {
    /// Envelope recipients.
    pub to: Vec<String>,
    /// `Message-ID`.
    pub message_id: String,
    /// `Subject`, decoded.
    pub subject: String,
    /// `Auto-Submitted`.
    pub automatic: Option<String>,
    /// Type of the whole message.
    #[serde(rename = "type")]
    pub kind: String,
    /// Text part.
    pub text: String,
    /// HTML part.
    pub html: String,
    /// What a strict parser complained about.
    pub defects: Vec<String>,
    /// Calendar files.
    pub calendar: Vec<String>,
    /// The whole mail in base 64.
    pub raw: String,
}

impl Smtp {
    /// A port on which nobody listens yet.
    pub fn reserve() -> Self {
        Self {
            folder: tempfile::tempdir().expect("temporary folder"),
            port: crate::world::free_port(),
            tls: None,
            child: None,
        }
    }

    /// A running server with this certificate and key, that wants an account; `mode` is `starttls`, `tls`, or
    /// `starttls-missing` for one that does not offer what it should.
    pub fn with_tls(certificate: PathBuf, key: PathBuf, mode: &'static str) -> Self {
        let mut server = Self::reserve();
        server.tls = Some((certificate, key, mode));
        server.start();
        server
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The commands that give something away which it has heard: AUTH, MAIL, RCPT, DATA.
    pub fn commands(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("spool.commands")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// A running server.
    pub fn running() -> Self {
        let mut server = Self::reserve();
        server.start();
        server
    }

    /// Starts the server.
    pub fn start(&mut self) {
        let tls = self.tls.iter().flat_map(|(certificate, key, mode)| {
            [
                certificate.clone().into_os_string(),
                key.clone().into_os_string(),
                (*mode).into(),
            ]
        });
        let mut child = Command::new(python())
            .arg(crate::world::root().join("tests/support/smtp.py"))
            .arg(self.port.to_string())
            .arg(self.spool())
            .arg(self.folder.path().join("faults"))
            .args(tls)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the SMTP server starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its first line");
        assert_eq!(line.trim(), "ready", "the SMTP server did not come up");
        self.child = Some(child);
    }

    /// Lets everything else on this machine go first, as if the server stood on a machine of its own: where the time of
    /// pages is measured, its work is not the program's.
    pub fn give_way(&self) {
        let id = self.child.as_ref().expect("a running server").id().to_string();
        let done = Command::new("renice").args(["-n", "19", "-p", &id]).output();
        assert!(done.is_ok_and(|done| done.status.success()), "renice {id}");
    }

    /// What the program is told to send to, with limits of two seconds a phase.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("DUBAN_SMTP_HOST", "127.0.0.1".to_owned()),
            ("DUBAN_SMTP_PORT", self.port.to_string()),
            ("DUBAN_SMTP_FROM", "督办 <duban@district.example>".to_owned()),
            ("DUBAN_SMTP_CONNECT_SECONDS", "2".to_owned()),
            ("DUBAN_SMTP_REPLY_SECONDS", "2".to_owned()),
            ("DUBAN_SMTP_DATA_SECONDS", "2".to_owned()),
        ]
    }

    /// Lets the server misbehave from now on, as `tests/support/smtp.py` tells; `{}` for good behaviour.
    pub fn misbehave(&self, faults: &Value) {
        let aside = self.folder.path().join("faults.new");
        std::fs::write(&aside, faults.to_string()).expect("faults file");
        std::fs::rename(&aside, self.folder.path().join("faults")).expect("faults file");
    }

    /// Everything it took so far.
    pub fn taken(&self) -> Vec<Taken> {
        let text = std::fs::read_to_string(self.spool()).unwrap_or_default();
        // A line that is being written has no end yet.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole
            .lines()
            .map(|line| serde_json::from_str(line).expect("spool"))
            .collect()
    }

    /// Recipient and Message-ID of everything it took so far; quicker to read than the mails.
    pub fn arrived(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(self.folder.path().join("spool.ids")).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let pairs = whole.lines().filter_map(|line| line.split_once(' '));
        pairs.map(|(to, id)| (to.to_owned(), id.to_owned())).collect()
    }

    /// Waits until `enough` says so, at most twenty seconds; fails with what there is.
    pub async fn wait_for(&self, what: &str, enough: impl Fn(&[Taken]) -> bool) -> Vec<Taken> {
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            let taken = self.taken();
            if enough(&taken) {
                return taken;
            }
            if Instant::now() > give_up {
                let seen: Vec<_> = taken.iter().map(|mail| (&mail.to, &mail.subject)).collect();
                panic!("waited in vain for {what}; taken: {seen:#?}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The file with everything it took.
    pub fn spool(&self) -> PathBuf {
        self.folder.path().join("spool")
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A Python with aiosmtpd, dkimpy and icalendar, made by the test command.
pub fn python() -> PathBuf {
    let made = crate::world::root().join("target/test-tools/python/bin/python");
    let python = std::env::var_os("DUBAN_TEST_PYTHON").map_or(made, PathBuf::from);
    assert!(
        python.exists(),
        "{} is missing: run the tests with ./test, which makes it",
        python.display()
    );
    python
}
