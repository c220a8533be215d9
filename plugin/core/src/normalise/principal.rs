//! Sessions of AWS roles in records of any source: an access log of S3, an audit log of EKS, OCSF, ECS. Whoever assumes a role names the session, so that
//! name tells nobody apart.

use crate::address::Proxies;
use crate::event::{Event, Field};
use crate::parse::text::begins;
use crate::source::Fields;

/// Names of roles have 64 characters at most.
const LONGEST: usize = 128;

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
fn id_of_role(principal: &[u8]) -> Option<&[u8]> {
    let end = principal.iter().position(|&byte| byte == b':')?;
    principal.get(..end).filter(|id| id.starts_with(b"AROA"))
}

/// Names the role of an actor that is a session, where the source did not.
#[inline]
pub(super) fn settle(input: &[u8], proxies: &Proxies, event: &mut Event) {
    let may_be_session = [Field::ActorName, Field::ActorId].into_iter().any(|field| {
        let name = event.text(input, field);
        begins(name, b"arn:aws") || begins(name, b"AROA")
    });
    if may_be_session {
        name_role(input, proxies, event);
    }
}

#[cold]
#[inline(never)]
fn name_role(input: &[u8], proxies: &Proxies, event: &mut Event) {
    let names = [Field::ActorName, Field::ActorId].map(|field| event.text(input, field));
    let by_arn = names.iter().find_map(|name| role_of_session(name));
    let by_id = || names.iter().find_map(|name| id_of_role(name));
    let Some(role) = by_arn.or_else(by_id) else { return };
    let issuer = event.text(input, Field::AuthzRole);
    let issued = issuer.rsplit(|&byte| byte == b'/').next().filter(|_| begins(issuer, b"arn:aws"));
    let role = by_arn.or(issued).unwrap_or(role);
    let is_chosen = is_session_name_chosen(role);
    let mut token = [b'"'; LONGEST + 2];
    let len = role.len().wrapping_add(2);
    if let Some(place) = token.get_mut(1..len.wrapping_sub(1)).filter(|_| role.len() <= LONGEST) {
        place.copy_from_slice(role);
        if !event.has(Field::ActorRole) {
            let token = token.get(..len).unwrap_or_default();
            Fields { input, proxies, event }.fill_token(Field::ActorRole, token);
        }
        event.is_role_session = is_chosen;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing;

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

    #[test]
    fn sessions_under_changing_names_are_one_role() {
        let by_kubernetes = |session: &str| {
            format!(
                r#"{{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a-{session}","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/shop/pods/p","verb":"delete","user":{{"username":"arn:aws:sts::111122223333:assumed-role/Deploy/{session}"}},"objectRef":{{"resource":"pods","namespace":"shop","name":"p"}},"responseStatus":{{"code":200}},"stageTimestamp":"2026-01-15T11:00:00.000000Z"}}"#
            )
        };
        let by_ecs = |session: &str| {
            format!(
                r#"{{"@timestamp":"2026-01-15T11:00:00Z","ecs":{{"version":"8.11.0"}},"event":{{"action":"DeleteObject","outcome":"success","dataset":"aws.cloudtrail"}},"user":{{"id":"AROAEXAMPLE:{session}"}},"source":{{"ip":"203.0.113.7"}}}}"#
            )
        };
        for (role, record) in
            [("Deploy", &by_kubernetes as &dyn Fn(&str) -> String), ("AROAEXAMPLE", &by_ecs)]
        {
            for session in ["s-1", "backup"] {
                let record = record(session);
                let (is_session, found) = testing::role(&record);
                assert!(is_session, "{record}");
                assert_eq!(found, role, "{record}");
            }
        }
        let (is_session, _) = testing::role(&by_kubernetes("x").replace("assumed-role", "user"));
        assert!(!is_session);
    }
}
