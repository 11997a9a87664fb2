//! The real binary, started as a user would, in a folder of its own, with a clock that is moved by hand.

use crate::visitor::Visitor;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long the server may take to answer for the first time (an unoptimised build that seeds a whole district).
const START: Duration = Duration::from_secs(180);

/// One running demo district.
pub struct World {
    folder: tempfile::TempDir,
    listen: String,
    environment: Vec<(String, String)>,
    flags: Vec<String>,
    child: Option<Child>,
}

impl World {
    /// A demo district at this instant (RFC 3339), with mail to the built-in mailbox.
    pub async fn demo(at: &str) -> Self {
        Self::demo_with(at, &[]).await
    }

    /// A district of people and units in which nothing has happened yet.
    pub async fn empty(at: &str) -> Self {
        Self::launch(at, &[], &["--empty"]).await
    }

    /// A demo district with more environment variables, such as an SMTP server to send to.
    pub async fn demo_with(at: &str, environment: &[(&str, &str)]) -> Self {
        Self::launch(at, environment, &[]).await
    }

    async fn launch(at: &str, environment: &[(&str, &str)], flags: &[&str]) -> Self {
        let mut world = Self::laid_out(at, environment, flags);
        world.take_prepared(at).await;
        world.start().await;
        world
    }

    /// A world without campaign and papers that has not been started: a test may put a database of its own at
    /// [`World::database`] first.
    pub fn prepared(at: &str, environment: &[(&str, &str)]) -> Self {
        let world = Self::laid_out(at, environment, &["--empty"]);
        std::fs::create_dir_all(world.folder.path().join("data")).expect("data folder");
        world
    }

    fn laid_out(at: &str, environment: &[(&str, &str)], flags: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("duban-world")
            .tempdir()
            .expect("temporary folder");
        let environment = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let world = Self {
            folder,
            listen: format!("127.0.0.1:{}", free_port()),
            environment,
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            child: None,
        };
        world.set_clock(at);
        world
    }

    /// Begins with the data that the first world of this kind made: a district takes many seconds to fill in an
    /// unoptimised build, and every test begins with the same one.
    async fn take_prepared(&mut self, at: &str) {
        static PREPARED: OnceLock<Mutex<BTreeMap<String, tempfile::TempDir>>> = OnceLock::new();
        let data = self.folder.path().join("data");
        let mut prepared = PREPARED.get_or_init(Mutex::default).lock().await;
        let kind = format!("{at} {:?}", self.flags);
        if let Some(kept) = prepared.get(&kind) {
            copy_files(kept.path(), &data);
        } else {
            self.start().await;
            self.stop();
            let target = binary();
            let target = target.parent().expect("target folder");
            let kept = tempfile::Builder::new()
                .prefix("prepared-world")
                .tempdir_in(target)
                .expect("temporary folder");
            copy_files(&data, kept.path());
            prepared.insert(kind, kept);
        }
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The folder with its database and log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.folder.path().join("data").join("duban.db")
    }

    /// Moves the clock to this instant (RFC 3339). The server reads it anew each time it asks for the time.
    pub fn set_clock(&self, at: &str) {
        // Written aside and renamed, so that the server never reads half a line.
        let aside = self.folder.path().join("clock.new");
        std::fs::write(&aside, at).expect("clock file");
        std::fs::rename(&aside, self.folder.path().join("clock")).expect("clock file");
    }

    /// Starts the server (again) over the same data and waits until it answers.
    pub async fn start(&mut self) {
        assert!(self.child.is_none(), "the server is running already");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("log file");
        let mut command = Command::new(binary());
        command
            .arg("demo")
            .arg("--folder")
            .arg(self.folder.path().join("data"))
            .args(["--listen", &self.listen])
            .args(&self.flags)
            .arg("--clock-file")
            .arg(self.folder.path().join("clock"))
            .envs(self.environment.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log file"))
            .stderr(log);
        self.child = Some(command.spawn().expect("the binary starts"));
        let give_up = Instant::now() + START;
        let client = reqwest::Client::new();
        loop {
            let answer = client.get(format!("{}/readyz", self.url())).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if ended.is_some() || Instant::now() > give_up {
                panic!("the server did not come up ({ended:?}); its log:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks the server to stop and waits until it has.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let asked = Command::new("kill").arg(child.id().to_string()).status().expect("kill");
            assert!(asked.success(), "the server can be asked to stop");
            child.wait().expect("the server is gone");
        }
    }

    /// kill -9, as a power cut would: no goodbye, no flush.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("the server can be killed");
            child.wait().expect("the server is gone");
        }
    }

    /// What the server printed so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Somebody who has not signed in.
    pub fn guest(&self) -> Visitor {
        Visitor::new(&self.url())
    }

    /// A person of the demo district, signed in with the demo password.
    pub async fn visitor(&self, username: &str) -> Visitor {
        let mut visitor = self.guest();
        visitor.sign_in(username, PASSWORD).await;
        visitor
    }
}

/// The password of every demo account.
pub use duban_seeds::demo::PASSWORD;

impl Drop for World {
    fn drop(&mut self) {
        self.kill();
        if !std::thread::panicking() {
            let log = self.log();
            assert!(!log.contains("panicked at"), "something in the server panicked:\n{log}");
        } else {
            eprintln!("--- the server's log ---\n{}", self.log());
        }
    }
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for file in std::fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file").path();
        std::fs::copy(&file, to.join(file.file_name().expect("a name"))).expect("a copy");
    }
}

/// The binary under test, built beside this test.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("own path");
    let folder = test.parent().and_then(Path::parent).expect("target folder");
    let binary = folder.join("duban");
    assert!(
        binary.exists(),
        "{} is missing: run `cargo build` first",
        binary.display()
    );
    binary
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the repository")
        .to_owned()
}

/// A file of the folder with the real notice, which is not part of the repository: where `DUBAN_SHARED` points, or a
/// folder named `shared` beside or above the repository. Where there is none this says so and gives nothing; with
/// `CI` set it fails, so that CI never skips.
pub fn shared(file: &str) -> Option<String> {
    let named = std::env::var_os("DUBAN_SHARED").map(PathBuf::from);
    let beside = root()
        .ancestors()
        .map(|folder| folder.join("shared"))
        .collect::<Vec<_>>();
    let found = named
        .into_iter()
        .chain(beside)
        .map(|folder| folder.join(file))
        .find(|path| path.exists());
    match found {
        Some(path) => Some(std::fs::read_to_string(path).expect("UTF-8")),
        None if std::env::var_os("CI").is_some() => panic!("CI needs {file} in ../shared (or in DUBAN_SHARED)"),
        None => {
            eprintln!("skipped: there is no {file} in ../shared (or in DUBAN_SHARED)");
            None
        }
    }
}
