//! Certificates and keys for servers of the tests' own, made by OpenSSL.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A certificate with its key.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate, its own authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Makes a certificate for this name (as in `IP:127.0.0.1`), valid for a year, or over since yesterday.
pub fn certificate(folder: &Path, file: &str, name: &str, over: bool) -> Certificate {
    let made = Certificate {
        certificate: folder.join(format!("{file}.pem")),
        key: folder.join(format!("{file}.key")),
    };
    // A negative number of days ends it before it begins.
    let days = if over { "-1" } else { "365" };
    let script = folder.join(format!("{file}.cnf"));
    let extensions =
        format!("[req]\ndistinguished_name=dn\n[dn]\n[v3]\nbasicConstraints=CA:FALSE\nsubjectAltName={name}\n");
    std::fs::write(&script, extensions).expect("configuration");
    run(Command::new("openssl")
        .args([
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-out",
        ])
        .arg(&made.key));
    let request = folder.join(format!("{file}.csr"));
    run(Command::new("openssl")
        .args(["req", "-new", "-subj", "/CN=test", "-key"])
        .arg(&made.key)
        .arg("-out")
        .arg(&request)
        .arg("-config")
        .arg(&script));
    run(Command::new("openssl")
        .args(["x509", "-req", "-extensions", "v3", "-in"])
        .arg(&request)
        .arg("-signkey")
        .arg(&made.key)
        .arg("-extfile")
        .arg(&script)
        .args(["-days", days])
        .arg("-out")
        .arg(&made.certificate));
    made
}

/// An RSA key in PEM, and its public half as a DNS record holds it.
pub fn dkim_key(folder: &Path) -> (PathBuf, String) {
    let key = folder.join("dkim.pem");
    run(Command::new("openssl")
        .args([
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            "-out",
        ])
        .arg(&key));
    let public = Command::new("openssl")
        .args(["pkey", "-pubout", "-in"])
        .arg(&key)
        .output()
        .expect("openssl");
    let text = String::from_utf8(public.stdout).expect("PEM");
    let lines = text.lines().filter(|line| !line.starts_with("-----"));
    (key, lines.collect())
}

fn run(command: &mut Command) {
    let done = command.output().expect("openssl");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
