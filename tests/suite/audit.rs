//! The audit trail outside of the system: what was exported is checked with nothing but the file.

use crate::hand_over::{day, post_of};
use crate::service::on_both;
use duban_core::org::Role;
use duban_service::delegation::NewLoan;
use duban_store::audit::Filter;
use duban_tests::district::{District, approve, submit};
use duban_tests::world::binary;
use std::path::Path;
use std::process::Command;

/// What the command line says of this file; true when it finds nothing wrong.
fn verify(file: &Path, head: Option<&str>) -> (bool, String) {
    let mut command = Command::new(binary());
    command.args(["audit", "verify"]).arg(file);
    if let Some(head) = head {
        command.args(["--head", head]);
    }
    // Nothing else is there: no database, no configuration.
    let output = command
        .env_clear()
        .current_dir(file.parent().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

/// The whole trail as the auditor exports it, one link a line, and the newest hash as it is kept outside.
async fn exported(d: &District) -> (Vec<String>, String) {
    let auditor = d.person("auditor.5").await;
    let mut lines = Vec::new();
    loop {
        let links = d.service.audit_export(&auditor, lines.len() as i64).await.unwrap();
        if links.is_empty() {
            break;
        }
        lines.extend(links.iter().map(|link| serde_json::to_string(link).unwrap()));
    }
    let state = d.service.audit_state(&auditor).await.unwrap();
    (lines, state.head)
}

#[tokio::test]
async fn an_exported_trail_is_checked_with_nothing_but_the_file() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        d.act("deputy.2", id, approve()).await.unwrap();
        let (lines, head) = exported(d).await;
        assert!(lines.len() > 5, "{} records", lines.len());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trail.jsonl");
        let write = |lines: &[String]| std::fs::write(&file, lines.join("\n")).unwrap();
        write(&lines);
        let (good, said) = verify(&file, Some(&head));
        assert!(good && said.contains(&head), "{said}");

        // Cut off at the end it is whole in itself; only who kept the newest hash elsewhere sees it.
        write(&lines[..lines.len() - 1]);
        assert!(verify(&file, None).0);
        let (good, said) = verify(&file, Some(&head));
        assert!(!good && said.contains("not with"), "{said}");

        let mut altered = lines.clone();
        altered[2] = altered[2].replacen("\\\"verb\\\":\\\"", "\\\"verb\\\":\\\"x", 1);
        assert_ne!(altered[2], lines[2]);
        write(&altered);
        let (good, said) = verify(&file, None);
        assert!(!good && said.contains("record 3 was altered"), "{said}");

        let mut removed = lines.clone();
        removed.remove(3);
        write(&removed);
        let (good, said) = verify(&file, None);
        assert!(!good && said.contains("record 5 where 4 was expected"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn whoever_acts_for_somebody_is_in_the_trail_with_both_names() {
    on_both(async |d| {
        let id = d.filled_plan(2).await;
        d.act("drafter.2", id, submit()).await.unwrap();
        let (principal, post) = post_of(d, "deputy.2", Role::Deputy).await;
        let delegate = d.person("head.2").await.person;
        let loan = NewLoan {
            post,
            delegate,
            from: day("2026-01-05"),
            to: day("2026-01-06"),
            document_type: None,
        };
        d.service.lend(&d.person("deputy.2").await, &loan).await.unwrap();
        d.act("head.2", id, approve()).await.unwrap();
        let filter = Filter {
            verb: Some("document.approve".to_owned()),
            ..Filter::default()
        };
        let auditor = d.person("auditor.5").await;
        let rows = d.service.audit_search(&auditor, &filter, None, 10).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (rows[0].person, rows[0].on_behalf_of),
            (Some(delegate.0), Some(principal.0))
        );
    })
    .await;
}
