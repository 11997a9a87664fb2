//! Which roles one person may not hold together, and which may be lent: rules over roles alone.

use crate::org::Role;

/// The longest loan of a post, in days.
pub const LONGEST_LOAN_DAYS: i64 = 30;

/// True when one person may not hold both roles at the same time, wherever.
///
/// The three administrators (三员分立) hold nothing else: none of them decides on papers, and no one is two of them.
/// Whoever writes papers does not decide on them for the government (填报人 and 区政府办公室).
pub fn exclude(one: Role, other: Role) -> bool {
    if one == other {
        return false;
    }
    let pair = [one, other];
    pair.iter().any(|role| role.is_administrator()) || (pair.contains(&Role::Drafter) && pair.contains(&Role::Office))
}

/// The first of the roles held that does not go together with the new one.
pub fn excluded_by(held: impl IntoIterator<Item = Role>, new: Role) -> Option<Role> {
    held.into_iter().find(|role| exclude(*role, new))
}

/// True when a post with this role may be lent (代理): those that decide. Whoever writes is replaced by another post,
/// and an administrator's duties are never lent.
pub fn may_be_lent(role: Role) -> bool {
    !matches!(role, Role::Drafter | Role::Observer) && !role.is_administrator()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrators_hold_nothing_else_and_drafters_do_not_approve() {
        for admin in [Role::Sysadmin, Role::Secadmin, Role::Auditor] {
            for other in Role::ALL.into_iter().filter(|role| *role != admin) {
                assert!(exclude(admin, other) && exclude(other, admin), "{admin:?} {other:?}");
            }
            assert!(!may_be_lent(admin));
        }
        assert!(exclude(Role::Drafter, Role::Office) && exclude(Role::Office, Role::Drafter));
        assert!(!exclude(Role::Head, Role::Head));
        assert!(!exclude(Role::Drafter, Role::Deputy));
        assert_eq!(
            excluded_by([Role::Head, Role::Drafter], Role::Office),
            Some(Role::Drafter)
        );
        assert_eq!(excluded_by([Role::Head], Role::Deputy), None);
    }
}
