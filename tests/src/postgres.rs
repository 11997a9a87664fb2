//! A PostgreSQL server of the test's own: in a temporary folder, on a free port, stopped when dropped.
//!
//! The server refuses to run as root, so when the tests run as root it is started as the user `postgres` (or
//! `nobody`); otherwise as whoever runs the tests.

use crate::cable::Cable;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server.
pub struct Postgres {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    bin: PathBuf,
}

impl Postgres {
    /// Starts a server, or says why there is none. In CI (`CI` set) a missing server is a failure of the caller's
    /// making, so callers should not swallow this there; see [`Postgres::available`].
    pub fn start() -> Result<Self, String> {
        let bin = binaries().ok_or("no PostgreSQL server is installed (Debian: apt install postgresql)")?;
        let folder = tempfile::Builder::new()
            .prefix("duban-pg")
            .tempdir()
            .map_err(|e| e.to_string())?;
        let user = unprivileged();
        if let Some(user) = &user {
            run(Command::new("chown").arg(user).arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        run(as_user(user.as_deref(), &bin.join("initdb"))
            .args([
                "-U",
                "duban",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .current_dir(folder.path()))?;
        let port = free_port()?;
        // Cables end at addresses of their own.
        let hosts: Vec<String> = std::iter::once("127.0.0.1".to_owned()).chain(Cable::hosts()).collect();
        let listen = format!("listen_addresses={}", hosts.join(","));
        let child = as_user(user.as_deref(), &bin.join("postgres"))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-p", &port.to_string(), "-c", &listen])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        let server = Self {
            child,
            folder,
            port,
            bin,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// A server where there is one; on a machine without, `None` and a line on standard error. With `CI` set it
    /// panics instead, so that CI never skips.
    pub fn available() -> Option<Self> {
        match Self::start() {
            Ok(server) => Some(server),
            Err(why) if std::env::var_os("CI").is_none() => {
                eprintln!("skipped on PostgreSQL: {why}");
                None
            }
            Err(why) => panic!("CI needs PostgreSQL: {why}"),
        }
    }

    /// Creates an empty database and gives its address.
    pub fn database(&self, name: &str) -> Result<String, String> {
        run(Command::new(self.bin.join("createdb")).args([
            "-h",
            "127.0.0.1",
            "-U",
            "duban",
            "-p",
            &self.port.to_string(),
            name,
        ]))?;
        Ok(format!("postgres://duban@127.0.0.1:{}/{name}", self.port))
    }

    /// The folder that holds everything of it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(30) {
            let ready = Command::new(self.bin.join("pg_isready"))
                .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
                .stdout(Stdio::null())
                .status()
                .map_err(|e| e.to_string())?;
            if ready.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("PostgreSQL did not get ready within 30 s".to_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT to the postmaster is a fast shutdown; its number is in the first line of its own file, because
        // our child may be the program that changed the user.
        let pid = std::fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap_or_default();
        if let Some(pid) = pid.lines().next() {
            let _ = Command::new("kill").args(["-INT", pid]).status();
        }
        let _ = self.child.wait();
    }
}

fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop()
}

fn unprivileged() -> Option<String> {
    let id = Command::new("id").arg("-u").output().ok()?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return None;
    }
    let known = |user: &&str| Command::new("id").arg(user).output().is_ok_and(|o| o.status.success());
    ["postgres", "nobody"]
        .iter()
        .find(|user| known(user))
        .map(|user| (*user).to_owned())
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    match user {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={user}"))
                .args(["--clear-groups", "--"])
                .arg(program);
            command
        }
        None => Command::new(program),
    }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    Ok(listener.local_addr().map_err(|e| e.to_string())?.port())
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
