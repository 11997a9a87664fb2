//! A network of a test's own (Linux), in which packets are dropped without the machine's own network being touched.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Set for a test that runs in a network of its own.
const OWN: &str = "DUBAN_TEST_OWN_NETWORK";

/// True in a network of its own.
pub fn is_own() -> bool {
    std::env::var_os(OWN).is_some()
}

/// Runs a test of this program (its module and name) once more in a network of its own and gives true when it has
/// passed there; the caller has nothing left to do then. False inside, and on a machine that allows no such network:
/// which of the two ways was taken is printed.
pub fn runs_in_its_own(module: &str, test: &str) -> bool {
    if is_own() {
        return false;
    }
    if let Err(why) = nft_in_its_own() {
        eprintln!("cables are pulled at a proxy, because no network of its own was to be had: {why}");
        return false;
    }
    let folder = module.split_once("::").map_or("", |(_, folder)| folder);
    let name = format!("{folder}::{test}");
    let output = own()
        .arg(std::env::current_exe().expect("own path"))
        .args([name.as_str(), "--exact", "--nocapture"])
        .env(OWN, "1")
        .output()
        .expect("unshare");
    let said = String::from_utf8_lossy(&output.stdout);
    eprintln!(
        "cables are pulled by a packet filter in a network of its own:\n{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{name} failed in a network of its own");
    assert!(said.contains("1 passed"), "{name} is no test");
    true
}

/// What starts a program in a new network in which the machine can talk to itself. Without root, rights over that
/// network come from a user namespace, in which everybody stays who they are.
fn own() -> Command {
    let mut command = Command::new("unshare");
    let id = Command::new("id").arg("-u").output();
    if id.is_ok_and(|id| id.stdout.trim_ascii() != b"0") {
        command.args(["--map-current-user", "--keep-caps"]);
    }
    let inside = r#"PATH="$PATH:/usr/sbin:/sbin"; ip link set lo up && exec "$@""#;
    command.args(["--net", "--", "sh", "-c", inside, "sh"]);
    command
}

fn nft_in_its_own() -> Result<(), String> {
    let output = own().args(["nft", "list", "tables"]).output();
    let output = output.map_err(|e| e.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Gives commands to the packet filter of this network and what it answers.
pub fn nft(commands: &str) -> String {
    assert!(is_own(), "the machine's own network is nobody's to filter");
    let mut child = Command::new("nft")
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("nft");
    let written = child.stdin.take().expect("its input").write_all(commands.as_bytes());
    written.expect("commands");
    let output = child.wait_with_output().expect("nft");
    assert!(output.status.success(), "nft: {commands}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
