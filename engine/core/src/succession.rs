//! A unit merged into another: what was asked of it is answered by whoever holds the same role in the unit that took
//! its place, from the day on which it ended, and they count as its own people.

use crate::id::UnitId;
use crate::org::Post;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Units that ended, each with the first day on which it no longer exists and the unit that took its place.
pub type Ended = BTreeMap<UnitId, (NaiveDate, UnitId)>;

/// The holdings that follow from `posts`: for every unit that ended, those of the units that took its place, one after
/// the other, as holdings of its own from the day of its end. They bear the numbers of the posts that they follow from.
/// What administrators hold is not inherited.
pub fn inherited(posts: &[Post], ended: &Ended) -> Vec<Post> {
    let mut found = Vec::new();
    for (unit, (day, successor)) in ended {
        let mut heirs = vec![*successor];
        // A circle of successors ends where it began.
        while let Some((_, next)) = heirs.last().and_then(|last| ended.get(last)) {
            if heirs.contains(next) || next == unit {
                break;
            }
            heirs.push(*next);
        }
        let theirs = posts.iter().filter(|post| heirs.contains(&post.unit));
        let theirs = theirs.filter(|post| !post.role.is_administrator() && post.until.is_none_or(|until| *day < until));
        found.extend(theirs.map(|post| Post {
            unit: *unit,
            from: post.from.max(*day),
            ..post.clone()
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{PersonId, PostId};
    use crate::org::Role;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn post(id: i64, unit: i64, from: &str, until: Option<&str>) -> Post {
        Post {
            id: PostId(id),
            person: PersonId(id),
            unit: UnitId(unit),
            role: Role::Deputy,
            from: day(from),
            until: until.map(day),
        }
    }

    #[test]
    fn the_heirs_of_a_unit_hold_its_posts_from_its_end_on() {
        // 1 went into 2 in March, 2 into 3 in May.
        let ended: Ended = [
            (UnitId(1), (day("2026-03-01"), UnitId(2))),
            (UnitId(2), (day("2026-05-01"), UnitId(3))),
        ]
        .into();
        let posts = [
            post(10, 1, "2025-01-01", Some("2026-03-01")),
            post(20, 2, "2025-01-01", Some("2026-05-01")),
            post(21, 2, "2025-01-01", Some("2026-02-01")),
            post(30, 3, "2026-04-01", None),
        ];
        let found = inherited(&posts, &ended);
        let on = |text: &str, unit: i64| {
            let held = found
                .iter()
                .filter(|post| post.unit == UnitId(unit) && post.holds_on(day(text)));
            held.map(|post| post.id.0).collect::<Vec<_>>()
        };
        assert_eq!(on("2026-02-28", 1), [] as [i64; 0]);
        assert_eq!(on("2026-03-01", 1), [20]);
        assert_eq!(on("2026-05-01", 1), [30]);
        assert_eq!(on("2026-04-30", 2), [] as [i64; 0]);
        assert_eq!(on("2026-05-01", 2), [30]);
    }

    #[test]
    fn a_circle_of_successors_comes_to_an_end() {
        let ended: Ended = [
            (UnitId(1), (day("2026-03-01"), UnitId(2))),
            (UnitId(2), (day("2026-05-01"), UnitId(1))),
        ]
        .into();
        let posts = [post(10, 1, "2025-01-01", None)];
        assert_eq!(inherited(&posts, &ended).len(), 1);
    }
}
