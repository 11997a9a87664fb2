//! A plan in the making when its notice changes: what the notice gives follows it, what people wrote stays.

use super::annual_plan::{Asked, prefill};
use super::content::{Content, Fields, Item, Line};
use std::collections::BTreeSet;

/// The plan as it goes on under the new version. `before` and `after` are what was and is asked of the unit.
///
/// Lines of tasks that it has now are added where the notice has them. Fields that still say what they were filled in
/// with follow the new version; those that somebody changed keep their words. A line of a task that it has no more is
/// taken out when nothing was written in it, else it stays as one of the unit's own.
pub fn follow(content: &Content, before: &Asked, after: &Asked) -> Content {
    let (was, is) = (prefill(before, &[]), prefill(after, &[]));
    let of = |filled: &Content, source: Option<i64>| filled.lines.iter().find(|line| line.source == source).cloned();
    let mut numbers = next_number(content)..;
    let mut fresh = || numbers.next().unwrap_or(u32::MAX);
    let mut lines: Vec<Line> = Vec::new();
    for line in &content.lines {
        let old = line.source.and_then(|_| of(&was, line.source));
        match line.source.and_then(|_| of(&is, line.source)) {
            Some(new) => lines.push(merged(line, old.as_ref(), &new, &mut fresh)),
            None if line.source.is_none() => lines.push(line.clone()),
            None if old.is_some_and(|old| is_untouched(line, &old)) => {}
            None => lines.push(own(line)),
        }
    }
    let known: BTreeSet<_> = lines.iter().filter_map(|line| line.source).collect();
    let mut place = 0;
    for new in is.lines {
        match lines
            .iter()
            .position(|line| line.source == new.source && new.source.is_some())
        {
            Some(at) => place = at + 1,
            None if new.source.is_some_and(|source| !known.contains(&source)) => {
                lines.insert(place, renumbered(new, &mut fresh));
                place += 1;
            }
            None => {}
        }
    }
    Content {
        head: followed(&content.head, &was.head, &is.head),
        lines,
    }
}

fn next_number(content: &Content) -> u32 {
    let items = |line: &Line| line.items.iter().map(|item| item.id).max();
    let highest = content.lines.iter().map(|line| line.id.max(items(line).unwrap_or(0)));
    highest.max().unwrap_or(0).saturating_add(1)
}

/// The fields in which nobody wrote follow.
fn followed(have: &Fields, was: &Fields, is: &Fields) -> Fields {
    let mut fields = have.clone();
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for key in keys {
        if have.get(key) != was.get(key) {
            continue;
        }
        match is.get(key) {
            Some(text) => fields.insert(key.clone(), text.clone()),
            None => fields.remove(key),
        };
    }
    fields
}

fn merged(line: &Line, was: Option<&Line>, is: &Line, fresh: &mut impl FnMut() -> u32) -> Line {
    let none = Line::default();
    let was = was.unwrap_or(&none);
    let of = |line: &Line, source: Option<i64>| line.items.iter().find(|item| item.source == source).cloned();
    let mut items: Vec<Item> = Vec::new();
    for item in &line.items {
        let old = item.source.and_then(|_| of(was, item.source));
        match (item.source, item.source.and_then(|_| of(is, item.source))) {
            (None, _) => items.push(item.clone()),
            (Some(_), Some(new)) => {
                let fields = old.map(|old| old.fields).unwrap_or_default();
                items.push(Item {
                    fields: followed(&item.fields, &fields, &new.fields),
                    ..item.clone()
                });
            }
            (Some(_), None) if old.is_some_and(|old| old.fields == item.fields) => {}
            // Somebody wrote in it: it stays, as a figure of the unit's own.
            (Some(_), None) => items.push(Item {
                source: None,
                ..item.clone()
            }),
        }
    }
    for new in &is.items {
        if items.iter().all(|item| item.source != new.source) {
            items.push(Item {
                id: fresh(),
                ..new.clone()
            });
        }
    }
    Line {
        fields: followed(&line.fields, &was.fields, &is.fields),
        items,
        ..line.clone()
    }
}

fn is_untouched(line: &Line, was: &Line) -> bool {
    let items = |line: &Line| -> Vec<(Option<i64>, Fields)> {
        let items = line.items.iter().map(|item| (item.source, item.fields.clone()));
        items.collect()
    };
    line.fields == was.fields && items(line) == items(was)
}

fn own(line: &Line) -> Line {
    let items = line.items.iter().map(|item| Item {
        source: None,
        ..item.clone()
    });
    Line {
        source: None,
        items: items.collect(),
        ..line.clone()
    }
}

fn renumbered(line: Line, fresh: &mut impl FnMut() -> u32) -> Line {
    let id = fresh();
    let items = line.items.into_iter().map(|item| Item { id: fresh(), ..item });
    Line {
        id,
        items: items.collect(),
        ..line
    }
}

#[cfg(test)]
mod tests {
    use super::super::annual_plan::{AskedIndicator, AskedTask, Comparison};
    use super::*;
    use crate::id::{IndicatorId, TaskId};

    fn task(id: i64, title: &str, value: Option<i64>) -> AskedTask {
        let figure = |value: i64| AskedIndicator {
            id: IndicatorId(id * 10),
            name: "清淤河道".to_owned(),
            comparison: Comparison::AtLeast,
            value: Some(value.into()),
            measure: "公里".to_owned(),
            year: Some(2026),
        };
        AskedTask {
            id: TaskId(id),
            number: id.to_string(),
            title: title.to_owned(),
            section: String::new(),
            text: String::new(),
            role: "co",
            partners: Vec::new(),
            indicators: value.into_iter().map(figure).collect(),
            deadline: None,
            rhythm: None,
        }
    }

    fn asked(basis: &str, tasks: Vec<AskedTask>) -> Asked {
        Asked {
            year: 2026,
            basis: basis.to_owned(),
            tasks,
            indicators: Vec::new(),
        }
    }

    fn titles(content: &Content) -> Vec<(Option<i64>, &str)> {
        content
            .lines
            .iter()
            .map(|line| (line.source, line.field("title")))
            .collect()
    }

    #[test]
    fn what_the_notice_gave_follows_it_and_what_people_wrote_stays() {
        let before = asked(
            "旧文件",
            vec![task(1, "清淤", Some(12)), task(2, "宣传", None), task(3, "绿化", None)],
        );
        let after = asked("新文件", vec![task(1, "河道清淤", Some(15)), task(4, "监测", Some(2))]);
        let mut plan = prefill(&before, &[]);
        plan.lines[0]
            .fields
            .insert("measures".to_owned(), "分段清淤".to_owned());
        plan.lines[0].items[0]
            .fields
            .insert("target".to_owned(), "20".to_owned());
        plan.lines[1]
            .fields
            .insert("measures".to_owned(), "发放手册".to_owned());
        let found = follow(&plan, &before, &after);
        assert_eq!(
            titles(&found),
            [(Some(1), "河道清淤"), (Some(4), "监测"), (None, "宣传")],
            "the untouched line of 绿化 is gone, the written one of 宣传 is the unit's own now"
        );
        assert_eq!(found.head["basis"], "新文件");
        assert_eq!(found.lines[0].field("measures"), "分段清淤");
        let item = &found.lines[0].items[0];
        assert_eq!(
            (item.fields["wanted"].as_str(), item.fields["target"].as_str()),
            ("15", "20")
        );
        assert_eq!(found.lines[2].field("measures"), "发放手册");
        let mut ids: Vec<u32> = found.lines.iter().map(|line| line.id).collect();
        ids.extend(found.lines.iter().flat_map(|line| &line.items).map(|item| item.id));
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "numbers stay apart");
    }

    #[test]
    fn the_same_demand_changes_nothing() {
        let same = asked("文件", vec![task(1, "清淤", Some(12)), task(2, "宣传", None)]);
        let mut plan = prefill(&same, &[]);
        plan.lines[1]
            .fields
            .insert("measures".to_owned(), "发放手册".to_owned());
        plan.lines.push(Line {
            id: 90,
            ..Line::default()
        });
        assert_eq!(follow(&plan, &same, &same), plan);
    }
}
