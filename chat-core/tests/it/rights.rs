//! The whole table of who may do what, to be read beside the rules in words.

use chat_core::{ConversationKind, MemberRole, Right};

/// `-` nobody; `m` every member, `a` admins and owners, `o` owners.
const TABLE: &[(Right, &str)] = &[
    // direct, group, channel
    (Right::Send, "m m a"),
    (Right::React, "m m m"),
    (Right::MentionAll, "- a a"),
    (Right::Pin, "m a a"),
    (Right::SetTimer, "m a a"),
    (Right::ChangeInfo, "- a a"),
    (Right::DeleteOthers, "- a a"),
    (Right::AddMembers, "- a a"),
    (Right::RemoveMembers, "- a a"),
    (Right::GiveRoles, "- o o"),
    (Right::DeleteConversation, "- o o"),
];

const KINDS: [ConversationKind; 3] = [
    ConversationKind::Direct,
    ConversationKind::Group,
    ConversationKind::Channel,
];

const ROLES: [MemberRole; 3] = [MemberRole::Member, MemberRole::Admin, MemberRole::Owner];

#[test]
fn every_role_may_what_the_table_says_and_nothing_else() {
    for (right, row) in TABLE {
        for (kind, least) in KINDS.into_iter().zip(row.split(' ')) {
            let may = ROLES.map(|role| role.may(*right, kind));
            let expected = match least {
                "m" => [true, true, true],
                "a" => [false, true, true],
                "o" => [false, false, true],
                _ => [false, false, false],
            };
            assert_eq!(may, expected, "{right:?} in a {kind:?}");
        }
    }
}

#[test]
fn every_right_is_in_the_table_once() {
    let table: Vec<_> = TABLE.iter().map(|(right, _)| *right).collect();
    assert_eq!(table, Right::ALL);
}
