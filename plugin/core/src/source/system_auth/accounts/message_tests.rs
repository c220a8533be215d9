//! Lines as programs that change accounts write them, and what is read from them.

use crate::source::system_auth::tests::hold;

#[test]
fn messages() {
    hold(MESSAGES);
}

pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "useradd[7]",
        "add `eve' to group `wheel'",
        "add_to_group grant success on=group name=wheel target=eve",
    ),
    (
        "usermod[7]",
        "change user `eve' UID from `1002' to `0'",
        "change_user update success on=user name=eve",
    ),
    ("userdel[7]", "delete user `eve'", "delete_user delete success on=user name=eve"),
    (
        "passwd[7]",
        "password for `bob' changed by `root'",
        "password_changed update success who=root on=user name=bob",
    ),
    (
        "gpasswd[7]",
        "add member bob to group ops by root",
        "add_to_group grant success who=root on=group name=ops target=bob",
    ),
    (
        "gpasswd[7]",
        "remove member bob from group ops by root",
        "remove_from_group revoke success who=root on=group name=ops target=bob",
    ),
    (
        "gpasswd[7]",
        "set members of ops to alice,bob",
        "set_group_members grant success on=group name=ops",
    ),
    ("groupdel[7]", "remove group `ops'", "delete_group delete success on=group name=ops"),
    (
        "groupmod[7]",
        "change GID for `ops' to 1004",
        "change_group update success on=group name=ops",
    ),
    (
        "passwd[7]",
        "pam_unix(passwd:chauthtok): password for (bob/1000) changed by (root/0)",
        "password_changed update success who=root on=user name=bob",
    ),
    (
        "useradd[4242]",
        "new user: name=eve, UID=1002, GID=1002, home=/home/eve, shell=/bin/bash",
        "create_user create success on=user name=eve",
    ),
    (
        "useradd[4242]",
        "failed adding user 'eve', exit code: 9",
        "create_user create failure on=user name=eve",
    ),
    (
        "useradd[4242]",
        "failed adding user 'eve', data deleted",
        "create_user create failure on=user name=eve",
    ),
    (
        "usermod[4242]",
        "change user name 'eve' to 'eva'",
        "change_user update success on=user name=eve",
    ),
    (
        "usermod[4242]",
        "change user 'eve' UID from '1002' to '0'",
        "change_user update success on=user name=eve",
    ),
    (
        "usermod[4242]",
        "change user 'eve' password",
        "password_changed update success on=user name=eve",
    ),
    (
        "usermod[4242]",
        "change 'eve' to 'eva' in group 'sudo'",
        "change_group update success on=group name=sudo target=eve",
    ),
    ("usermod[4242]", "lock user 'eve' password", "lock_user update success on=user name=eve"),
    ("userdel[4242]", "delete user 'eve'", "delete_user delete success on=user name=eve"),
    (
        "userdel[4242]",
        "delete 'eve' from group 'sudo'",
        "remove_from_group revoke success on=group name=sudo target=eve",
    ),
    (
        "userdel[4242]",
        "removed shadow group 'eve' owned by 'eve'",
        "delete_group delete success on=group name=eve",
    ),
    (
        "groupmod[4242]",
        "group changed in /etc/group (group ops/1003, new gid: 1004)",
        "change_group update success on=group name=ops",
    ),
    (
        "gpasswd[4242]",
        "user bob added by root to group docker",
        "add_to_group grant success who=root on=group name=docker target=bob",
    ),
    (
        "gpasswd[4242]",
        "members of group ops set by root to alice,bob",
        "set_group_members grant success who=root on=group name=ops",
    ),
    (
        "gpasswd[4242]",
        "root failed to add user bob to group docker",
        "add_to_group grant failure who=root on=group name=docker target=bob",
    ),
    (
        "passwd[4242]",
        "password for 'bob' changed by 'root'",
        "password_changed update success who=root on=user name=bob",
    ),
    (
        "passwd[4242]",
        "incorrect password for bob",
        "password_changed login failure who=bob Attempt",
    ),
    (
        "passwd[4242]",
        "pam_unix(passwd:chauthtok): authentication failure; logname=bob uid=1000 euid=0 tty=pts/0 ruser= rhost=  user=bob",
        "authentication login failure who=bob Pam",
    ),
    (
        "chage[4242]",
        "changed password expiry for bob",
        "change_user update success on=user name=bob",
    ),
    ("chfn[4242]", "changed user 'bob' information", "change_user update success on=user name=bob"),
    (
        "chsh[4242]",
        "changed user 'bob' shell to '/bin/zsh'",
        "change_user update success on=user name=bob",
    ),
    ("vipw", "file /etc/passwd edited", "edit_accounts update success on=file name=/etc/passwd"),
    (
        "newgrp[4242]",
        "user 'bob' (login 'bob' on pts/0) switched to group 'docker'",
        "switch_group execute success who=bob on=group name=docker",
    ),
];
