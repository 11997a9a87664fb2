//! Files that come in. A PDF is taken apart in a process of its own, with limits on time and memory: its parser is not
//! ours, and a file that makes it recurse or fill memory without end would take the server and everybody's work with it.

use duban_intake::{FILE_LIMIT, Fault};
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Longest time for one file.
const TIME: Duration = Duration::from_secs(20);
/// Most memory of the process that takes a file apart, in bytes.
const MEMORY: u64 = 2 << 30;
/// How that process says what is wrong, by its exit code; anything else, a signal too, is a damaged file.
const FAULTS: [(u8, Fault); 3] = [
    (11, Fault::Scanned),
    (12, Fault::TooLarge(FILE_LIMIT / 1_000_000)),
    (13, Fault::Empty),
];

/// The text of a file of any kind that is read.
///
/// # Errors
/// [`Fault`] as [`duban_intake::text`] says, or a damaged file when its process came to no end.
pub async fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    if duban_intake::is_pdf(&bytes) {
        let apart = tokio::time::timeout(TIME, apart(bytes)).await;
        return apart.unwrap_or(Err(Fault::Broken("PDF")));
    }
    // Unpacking and parsing take a thread that may block.
    let work = tokio::task::spawn_blocking(move || duban_intake::text(&bytes));
    work.await.unwrap_or(Err(Fault::Broken("")))
}

/// The same in another process, which ends with its handle.
async fn apart(bytes: Vec<u8>) -> Result<String, Fault> {
    let broken = |what: std::io::Error| {
        tracing::warn!(%what, "a file could not be taken apart");
        Fault::Broken("PDF")
    };
    let program = program().map_err(broken)?;
    let mut child = Command::new(program)
        .args(["notice", "text"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(broken)?;
    if let Some(mut input) = child.stdin.take() {
        // A process that dies while it reads says so by its end.
        let _ = input.write_all(&bytes).await;
    }
    let output = child.wait_with_output().await.map_err(broken)?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|_| Fault::Broken("PDF"));
    }
    let code = output.status.code();
    let known = FAULTS.into_iter().find(|(number, _)| code == Some(i32::from(*number)));
    Err(known.map_or(Fault::Broken("PDF"), |(_, fault)| fault))
}

/// This program: also when its file was replaced by a newer one since it started.
fn program() -> std::io::Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe()
}

/// The other side: takes what comes in on standard input apart and writes its text to standard output.
///
/// # Errors
/// The exit code that says what is wrong with it.
pub fn taken_apart() -> Result<(), u8> {
    const DAMAGED: u8 = 1;
    limited();
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().take(FILE_LIMIT + 1);
    input.read_to_end(&mut bytes).map_err(|_| DAMAGED)?;
    let text = duban_intake::text(&bytes).map_err(|told| {
        let known = FAULTS.into_iter().find(|(_, fault)| fault.code() == told.code());
        known.map_or(DAMAGED, |(code, _)| code)
    })?;
    std::io::stdout().write_all(text.as_bytes()).map_err(|_| DAMAGED)
}

/// Sets this process its limits; a system that knows none leaves the time limit of whoever asked.
fn limited() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let most = |value| Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        for (what, value) in [
            (Resource::As, MEMORY),
            (Resource::Cpu, TIME.as_secs()),
            (Resource::Core, 0),
        ] {
            if let Err(error) = setrlimit(what, most(value)) {
                tracing::warn!(%error, "a limit could not be set");
            }
        }
    }
}
