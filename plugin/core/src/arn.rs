//! Names of AWS that tell who acts: sessions of roles.

/// The role in `arn:aws:sts::111122223333:assumed-role/Deploy/session`.
pub(crate) fn role_of_session(arn: &[u8]) -> Option<&[u8]> {
    let mut parts = arn.splitn(3, |&byte| byte == b'/');
    let is_session = parts.next()?.ends_with(b":assumed-role");
    parts.next().filter(|role| is_session && !role.is_empty())
}

/// Whoever assumes a role names the session, and whoever asks for a federated user's token names that. Sessions of Identity Center, whose roles have a
/// reserved prefix, are named by it after the person.
pub(crate) fn is_session_name_chosen(role: &[u8]) -> bool {
    !role.is_empty() && !role.starts_with(b"AWSReservedSSO_")
}

/// The role's own id in `AROAEXAMPLE:session`.
pub(crate) fn id_of_role(principal: &[u8]) -> Option<&[u8]> {
    let end = principal.iter().position(|&byte| byte == b':')?;
    principal.get(..end).filter(|id| id.starts_with(b"AROA"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_of_a_session_is_in_its_name_where_nothing_else_says_it() {
        assert_eq!(
            role_of_session(b"arn:aws:sts::1:assumed-role/Deploy/ci-7"),
            Some(&b"Deploy"[..])
        );
        for other in [
            "arn:aws:iam::1:user/ann",
            "arn:aws:iam::1:role/Deploy/x",
            "",
            "arn:aws:sts::1:assumed-role/",
        ] {
            assert_eq!(role_of_session(other.as_bytes()), None, "{other}");
        }
        assert_eq!(id_of_role(b"AROAEXAMPLE:ci-7"), Some(&b"AROAEXAMPLE"[..]));
        assert_eq!(id_of_role(b"AIDAEXAMPLE:ci-7"), None);
    }
}
