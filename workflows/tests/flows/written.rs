//! Definitions written for single rules: a vote, parallel branches, a split within a split.

use crate::cast::{PARTNERS, World, holder};
use duban_core::id::PersonId;
use duban_core::org::Role;
use duban_workflows::check;
use std::sync::Arc;

const HEAD: &str = r#"
id = "written"
version = 1
document_type = "annual_plan"
start = "draft"
title = { zh = "试", en = "Trial" }
description = { zh = "试", en = "Trial" }

[[stage]]
id = "draft"
kind = "work"
title = { zh = "起草", en = "Draft" }
description = { zh = "起草", en = "Draft" }
seats = [{ role = "drafter", party = "owner" }]
edits = ["plan"]
withdraw = true
"#;

const ENDS: &str = r#"
[[end]]
id = "approved"
title = { zh = "通过", en = "Approved" }
description = { zh = "通过", en = "Approved" }

[[end]]
id = "rejected"
outcome = "rejected"
title = { zh = "未通过", en = "Rejected" }
description = { zh = "未通过", en = "Rejected" }
"#;

/// A world whose definition is this text.
pub fn world(text: &str) -> World {
    let source = check(text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    World::of(Arc::new(source.definition))
}

/// A review stage of these lines.
pub fn stage(id: &str, lines: &str) -> String {
    format!(
        "\n[[stage]]\nid = \"{id}\"\nkind = \"review\"\ntitle = {{ zh = \"{id}\", en = \"{id}\" }}\ndescription = {{ zh = \"{id}\", en = \"{id}\" }}\n{lines}\n"
    )
}

/// The whole text of a definition: what the draft says besides, and the rest.
pub fn text(draft: &str, rest: &str) -> String {
    format!("{HEAD}{draft}\n{rest}{ENDS}")
}

/// A draft, then one vote of the three partners with these lines, then the end. A failed vote ends rejected.
pub fn vote(lines: &str) -> World {
    let seats = "seats = [{ role = \"cosigner\", party = \"partners\", each = true }]";
    let always = "fail = \"rejected\"\nnext = [{ to = \"approved\" }]";
    let guarded =
        "next = [{ when = { fact = \"partners.count\", at_least = 1 }, to = \"vote\" }, { to = \"approved\" }]";
    let seats = if lines.contains("seats =") { "" } else { seats };
    let on_reject = if lines.contains("on_reject") {
        ""
    } else {
        "on_reject = \"count\""
    };
    world(&text(
        guarded,
        &stage("vote", &format!("{seats}\n{lines}\n{on_reject}\n{always}")),
    ))
}

/// A draft, then one stage of the three partners, everybody of whom must agree, with these lines, then the leader.
pub fn countersign(lines: &str) -> World {
    let seats = "seats = [{ role = \"cosigner\", party = \"partners\", each = true }]";
    let guarded = "next = [{ when = { fact = \"partners.count\", at_least = 1 }, to = \"sign\" }, { to = \"leader\" }]";
    let sign = format!("{seats}\n{lines}\nreturns = [\"draft\"]\nnext = [{{ to = \"leader\" }}]");
    let leader = "seats = [{ role = \"leader\", party = \"leadership\" }]\nreturns = [\"draft\", \"sign\"]\non_reject = \"fail\"\nfail = \"rejected\"\nnext = [{ to = \"approved\" }]";
    world(&text(guarded, &(stage("sign", &sign) + &stage("leader", leader))))
}

/// A draft, a split into the coordinator, the office and the inspectors, a join, then the leader. `lines` belong to
/// the office's stage.
pub fn parallel(lines: &str) -> World {
    world(&parallel_text(lines, ""))
}

/// The same as text; the leader's stage says this besides.
pub fn parallel_text(lines: &str, leader: &str) -> String {
    let gates = r#"
[[split]]
id = "parts"
title = { zh = "并行", en = "In parallel" }
to = ["a", "b", "c"]

[[join]]
id = "together"
title = { zh = "汇合", en = "Together" }
of = "parts"
next = [{ to = "leader" }]
"#;
    let one = |role: &str, party: &str, lines: &str| {
        let returns = if lines.contains("returns =") {
            ""
        } else {
            "returns = [\"draft\"]"
        };
        format!(
            "seats = [{{ role = \"{role}\", party = \"{party}\" }}]\n{returns}\n{lines}\nnext = [{{ to = \"together\" }}]"
        )
    };
    let leader = format!(
        "seats = [{{ role = \"leader\", party = \"leadership\" }}]\nreturns = [\"draft\", \"a\", \"b\", \"c\"]\n{leader}\nnext = [{{ to = \"approved\" }}]"
    );
    let fail = if lines.contains("fail =") {
        ""
    } else {
        "\non_reject = \"fail\"\nfail = \"rejected\""
    };
    text(
        "next = [{ to = \"parts\" }]",
        &(gates.to_owned()
            + &stage("a", &one("coordinator", "coordinator", ""))
            + &stage("b", &one("office", "office", lines))
            + &stage("c", &one("inspector", "inspection", ""))
            + &stage("leader", &(leader + fail))),
    )
}

/// The three who vote.
pub fn voters() -> [PersonId; 3] {
    PARTNERS.map(|unit| holder(unit, Role::Cosigner, 0))
}
