//! Sessions of AWS roles in records of any source: an access log of S3, an audit log of EKS, OCSF, ECS. Whoever assumes a role names the session, so that
//! name tells nobody apart.

use crate::address::Proxies;
use crate::arn::{id_of_role, is_session_name_chosen, role_of_session};
use crate::event::{Event, Field};
use crate::source::{Fields, Quoted};
use crate::text::begins;

/// Names of roles have 64 characters at most.
const LONGEST: usize = 128;

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
    if let Some(role) = Some(role).filter(|role| role.len() <= LONGEST).and_then(Quoted::of) {
        if !event.has(Field::ActorRole) {
            Fields { input, proxies, event }.fill_text(Field::ActorRole, &role);
        }
        event.is_role_session = is_chosen;
    }
}

#[cfg(test)]
mod tests {
    use crate::source::testing;

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
