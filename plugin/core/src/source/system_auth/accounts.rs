//! Accounts and groups managed with shadow's tools: messages as in its sources.

#[cfg(test)]
pub(super) mod message_tests;

use super::forms::Failure::By;
use super::forms::{Sayings, failing, on, saying};
use crate::event::Category::Access;
use crate::event::Class::{Create, Delete, Execute, Grant, Revoke, Update};
use crate::event::FailureReport;
use crate::event::Outcome::{Denied, Failure as Failed, Success};

/// shadow's tools: useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd, passwd, chage, chfn, chsh, newgrp, vipw.
pub(super) static ACCOUNTS: Sayings = Sayings::new(
    const {
        &[
            saying("new user: name=%t, %*", "create_user", Create, Access, Success),
            on("group", saying("new group: name=%t, %*", "create_group", Create, Access, Success)),
            on("group", saying("new group: name=%t", "create_group", Create, Access, Success)),
            on(
                "group",
                saying(
                    "group added to %w name=%t, GID=%*",
                    "create_group",
                    Create,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("group added to %w name=%t", "create_group", Create, Access, Success),
            ),
            on(
                "group",
                saying("group %'%t' removed from %*", "delete_group", Delete, Access, Success),
            ),
            on("group", saying("group %'%t' removed", "delete_group", Delete, Access, Success)),
            on(
                "group",
                saying("group changed in %w (group %t/%*", "change_group", Update, Access, Success),
            ),
            on(
                "group",
                saying("group changed in %w (group %t,%*", "change_group", Update, Access, Success),
            ),
            on("group", saying("group changed in %*", "change_group", Update, Access, Success)),
            on("group", saying("add %'%u' to group %'%t'", "add_to_group", Grant, Access, Success)),
            on(
                "group",
                saying("add %'%u' to shadow group %'%t'", "add_to_group", Grant, Access, Success),
            ),
            on(
                "group",
                saying(
                    "administrators of group %t set by %b to %*",
                    "set_group_administrators",
                    Grant,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "access to group %t restricted by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("add member %u to group %t by %b", "add_to_group", Grant, Access, Success),
            ),
            on(
                "group",
                saying(
                    "user %u added by %b to group %t in /%*",
                    "add_to_group",
                    Grant,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("user %u added by %b to group %t", "add_to_group", Grant, Access, Success),
            ),
            on(
                "group",
                saying(
                    "user %u removed by %b from group %t in /%*",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "user %u removed by %b from group %t",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            saying("unlock user %'%t' password", "unlock_user", Update, Access, Success),
            on(
                "group",
                saying(
                    "user %'%b' (login %'%x) switched to group %'%t'",
                    "switch_group",
                    Execute,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "user %'%b' (login %'%x) returned to group %'%t'",
                    "switch_group",
                    Execute,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "delete %'%u' from group %'%t'",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "delete %'%u' from shadow group %'%t'",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            saying("delete user %'%t'", "delete_user", Delete, Access, Success),
            on(
                "group",
                saying(
                    "members of group %t set by %b to %*",
                    "set_group_members",
                    Grant,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("removed group %'%t' owned by %*", "delete_group", Delete, Access, Success),
            ),
            on(
                "group",
                saying(
                    "removed shadow group %'%t' owned by %*",
                    "delete_group",
                    Delete,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "remove member %u from group %t by %b",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "remove password from group %t by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on("group", saying("remove group %'%t'", "delete_group", Delete, Access, Success)),
            on(
                "group",
                saying(
                    "restrict access to group %t by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on("group", saying("removed group %'%t'", "delete_group", Delete, Access, Success)),
            on(
                "group",
                saying(
                    "change the password for group %t by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("change GID for %'%t' to %*", "change_group", Update, Access, Success),
            ),
            on("group", saying("change group %'%t' %*", "change_group", Update, Access, Success)),
            saying("change user name %'%t' to %'%*", "change_user", Update, Access, Success),
            saying("change user %'%t' password", "password_changed", Update, Access, Success),
            saying("change user %'%t' %*", "change_user", Update, Access, Success),
            saying("changed user %'%t' %*", "change_user", Update, Access, Success),
            on(
                "group",
                saying(
                    "change %'%u' to %'%w in group %'%t'",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "change %'%u' to %'%w in shadow group %'%t'",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "change admin %'%u' to %'%w in shadow group %'%t'",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            saying("changed password expiry for %t", "change_user", Update, Access, Success),
            saying(
                "can't view or modify password information for %t",
                "password_changed",
                Update,
                Access,
                Denied,
            ),
            saying("lock user %'%t' password", "lock_user", Update, Access, Success),
            saying(
                "password for %'%t' changed by %'%b'",
                "password_changed",
                Update,
                Access,
                Success,
            ),
            saying(
                "password of %'%t' changed by %'%b'",
                "password_changed",
                Update,
                Access,
                Success,
            ),
            on(
                "group",
                saying(
                    "password of group %t changed by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying(
                    "password of group %t removed by %b",
                    "change_group",
                    Update,
                    Access,
                    Success,
                ),
            ),
            saying("password for %t changed by %b", "password_changed", Update, Access, Success),
            saying("password locked for %'%t'", "password_changed", Update, Access, Denied),
            failing(
                "incorrect password for %u",
                "password_changed",
                Failed,
                By(FailureReport::Attempt),
            ),
            on(
                "group",
                saying(
                    "Invalid password for group %'%t' from %'%b'",
                    "switch_group",
                    Execute,
                    Access,
                    Failed,
                ),
            ),
            on("file", saying("file %t edited", "edit_accounts", Update, Access, Success)),
            saying("failed adding user %'%t'%*", "create_user", Create, Access, Failed),
            on(
                "group",
                saying("failed adding group %'%t'%*", "create_group", Create, Access, Failed),
            ),
            on(
                "group",
                saying(
                    "set administrators of %t to %*",
                    "set_group_administrators",
                    Grant,
                    Access,
                    Success,
                ),
            ),
            on(
                "group",
                saying("set members of %t to %*", "set_group_members", Grant, Access, Success),
            ),
            on(
                "group",
                saying(
                    "%b failed to add user %u to group %t",
                    "add_to_group",
                    Grant,
                    Access,
                    Failed,
                ),
            ),
            on(
                "group",
                saying(
                    "%b failed to remove user %u from group %t",
                    "remove_from_group",
                    Revoke,
                    Access,
                    Failed,
                ),
            ),
            on(
                "group",
                saying(
                    "%b failed to set the %w of group %t to %*",
                    "set_group_members",
                    Grant,
                    Access,
                    Failed,
                ),
            ),
            on(
                "group",
                saying("%b failed to %x of group %t", "change_group", Update, Access, Failed),
            ),
        ]
    },
);
