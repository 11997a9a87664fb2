//! A Postfix with greylisting (postgrey) of the test's own: in a temporary folder, on free ports, stopped when
//! dropped. What it accepts goes on to another server of the test.

use crate::world::free_port;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Seconds after which a sender that comes again is let in.
const DELAY: u32 = 2;

/// A running Postfix.
pub struct Postfix {
    folder: tempfile::TempDir,
    port: u16,
    grey: Child,
}

impl Postfix {
    /// Starts one that hands on to `sink`, or says why there is none.
    pub fn start(sink: u16) -> Result<Self, String> {
        for program in ["/usr/sbin/postfix", "/usr/sbin/postgrey"] {
            if !Path::new(program).exists() {
                return Err(format!("{program} is missing (Debian: apt install postfix postgrey)"));
            }
        }
        let folder = tempfile::Builder::new()
            .prefix("duban-postfix")
            .tempdir()
            .map_err(|e| e.to_string())?;
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).map_err(|e| e.to_string())?;
        for name in ["conf", "queue", "data", "grey"] {
            std::fs::create_dir(folder.path().join(name)).map_err(|e| e.to_string())?;
        }
        run(Command::new("chown").arg("postfix").arg(folder.path().join("data")))?;
        run(Command::new("chown").arg("postgrey").arg(folder.path().join("grey")))?;
        let (port, grey) = (free_port(), free_port());
        let at = folder.path().display();
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {at}/queue\ndata_directory = {at}/data\n\
             command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\n\
             setgid_group = postdrop\nmyhostname = relay.district.example\nmydestination =\nlocal_recipient_maps =\n\
             alias_maps =\nalias_database =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             relayhost = [127.0.0.1]:{sink}\nsmtp_dns_support_level = disabled\nsmtpd_peername_lookup = no\n\
             smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n\
             smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{grey}, permit\n\
             maillog_file = {at}/log\nmaillog_file_prefixes = {at}\n"
        );
        let services = "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
             rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n\
             trace unix - - n - 0 bounce\nverify unix - - n - 1 verify\nflush unix n - n 1000? 0 flush\n\
             proxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\nrelay unix - - n - - smtp\n\
             error unix - - n - - error\nretry unix - - n - - error\nanvil unix - - n - 1 anvil\n\
             scache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n";
        let master = format!("127.0.0.1:{port} inet n - n - - smtpd\n{services}");
        std::fs::write(folder.path().join("conf/main.cf"), main).map_err(|e| e.to_string())?;
        std::fs::write(folder.path().join("conf/master.cf"), master).map_err(|e| e.to_string())?;
        let grey = Command::new("/usr/sbin/postgrey")
            .arg(format!("--inet=127.0.0.1:{grey}"))
            .arg(format!("--delay={DELAY}"))
            .arg(format!("--dbdir={at}/grey"))
            .args([
                "--whitelist-clients=/dev/null",
                "--whitelist-recipients=/dev/null",
                "--auto-whitelist-clients=0",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        let server = Self { folder, port, grey };
        run(Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(server.folder.path().join("conf"))
            .arg("start"))?;
        server.wait_until_ready()?;
        Ok(server)
    }

    /// A Postfix where there is one; without one, `None` and a line on standard error. With `CI` set it panics
    /// instead, so that CI never skips. Postfix starts as root only.
    pub fn available(sink: u16) -> Option<Self> {
        match Self::start(sink) {
            Ok(server) => Some(server),
            Err(why) if std::env::var_os("CI").is_none() => {
                eprintln!("skipped on Postfix: {why}");
                None
            }
            Err(why) => panic!("CI needs Postfix: {why}"),
        }
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it wrote about the mails.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(30) {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("Postfix did not get ready within 30 s: {}", self.log()))
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(self.folder.path().join("conf"))
            .arg("stop")
            .stderr(Stdio::null())
            .status();
        let _ = self.grey.kill();
        let _ = self.grey.wait();
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    // Not `output`: the daemons that it starts would keep its pipes open.
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
