//! Messages to groups.

use super::*;

#[tokio::test]
async fn groups_get_one_signed_message_a_working_morning_and_robots_without_a_certificate_none() {
    let folder = tempfile::tempdir().expect("folder");
    let shown = certificate(folder.path(), "robot", "IP:127.0.0.1", false);
    let spool = folder.path().join("spool");
    let port = free_port();
    let mut robot = Command::new(python())
        .arg(duban_tests::world::root().join("tests/support/robot.py"))
        .arg(port.to_string())
        .args([&shown.certificate, &shown.key, &spool])
        .arg("SEC-1")
        .stdout(Stdio::piped())
        .spawn()
        .expect("robot");
    let mut ready = String::new();
    BufReader::new(robot.stdout.take().expect("output"))
        .read_line(&mut ready)
        .expect("ready");
    let base = format!("https://127.0.0.1:{port}");
    let settings = |secret: &str, trusted: bool| {
        let mut settings = vec![
            ("DUBAN_ROBOTS_HOSTS", "127.0.0.1".to_owned()),
            ("DUBAN_ROBOTS_WECOM_URL", format!("{base}/wecom?key={secret}")),
            ("DUBAN_ROBOTS_DINGTALK_URL", format!("{base}/dingtalk?access_token=T")),
            ("DUBAN_ROBOTS_DINGTALK_SECRET", secret.to_owned()),
            ("DUBAN_ROBOTS_FEISHU_URL", format!("{base}/feishu")),
            ("DUBAN_ROBOTS_FEISHU_SECRET", secret.to_owned()),
        ];
        if trusted {
            settings.push(("DUBAN_ROBOTS_CA_FILE", shown.certificate.display().to_string()));
        }
        settings
    };
    let heard = || -> Vec<Value> {
        let text = std::fs::read_to_string(&spool).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("row"))
            .collect()
    };
    let mut office = Office::open(&settings("SEC-1", false), &[1, 2, 3]).await;
    office.at("2026-02-10T00:00:00Z");
    office.run().await;
    assert!(heard().is_empty(), "not before half past eight");
    office.at("2026-02-10T01:00:00Z");
    office.run().await;
    assert!(heard().is_empty(), "nobody vouches for the robot");
    office.app = app(&office.district, &settings("wrong", true));
    office.later(2);
    office.run().await;
    assert!(
        heard().iter().all(|row| row["right"] == false) && heard().len() == 3,
        "{:?}",
        heard()
    );
    let waiting = office.mails(&[MailState::Waiting]).await;
    let errors: Vec<_> = waiting.iter().filter_map(|mail| mail.error.as_deref()).collect();
    assert!(
        errors.iter().any(|error| error.contains("310000"))
            && !errors.iter().any(|error| error.contains("access_token")),
        "{errors:?}"
    );
    office.app = app(&office.district, &settings("SEC-1", true));
    office.later(20);
    office.run().await;
    office.run().await;
    let right: Vec<Value> = heard().into_iter().filter(|row| row["right"] == true).collect();
    let paths: BTreeSet<&str> = right.iter().filter_map(|row| row["path"].as_str()).collect();
    assert_eq!((right.len(), paths.len()), (3, 3), "{right:?}");
    let text = right[0]["text"].as_str().unwrap_or_default();
    assert!(text.contains("区统筹局") && text.contains("即将到期 3 件"), "{text}");
    assert!(!text.contains("drafter"), "no names");
    // A day off is silent.
    office.at("2026-02-14T01:00:00Z");
    office.run().await;
    assert_eq!(heard().iter().filter(|row| row["right"] == true).count(), 3);
    robot.kill().expect("kill");
    robot.wait().expect("wait");
}
