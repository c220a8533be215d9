use super::mmdb::testing::{city, file};
use super::*;
use crate::policy::Policy;
use crate::time;

const POLICY: &str = "[environment]\ntag = \"prod\"\n[targets.data_class]\nphi = [\"patients*\", \"*/charts/*\"]\npii = [\"Customers*\", \"AWS::Personal*\"]\n";

const PEOPLE: &str = "[actors]\nservice = [\"svc-*\"]\nleft = { 2026-03-31 = [\"bob\"] }\nsessions = \"Sso-*\"\n\
    [actors.person]\n\"ann.lee\" = [\"ann@example.com\", \"alee\", \"*:ann.lee\"]\n\
    [actors.role]\nadmin = [\"alee\"]\n[actors.importance]\nhigh = [\"ann@example.com\", \"svc-*\"]\n\
    [networks]\nspecial = true\n[networks.named]\noffice = [\"198.51.100.0/24\", \"10.9.0.0/16\"]\nvpn = \"198.51.100.128/25\"\n";

fn enriched(policy: &Policy, known: &[(Field, &str)]) -> Event {
    let mut event = Event::new();
    event.source = Some(0);
    for (field, text) in known {
        let span = event.quote(text.as_bytes()).unwrap();
        event.set(*field, Val::Json(span));
    }
    Enrich::new(policy.knowledge()).apply(&mut event, b"");
    event
}

fn named(name: &str) -> Event {
    let mut event = Event::new();
    event.source = Some(0);
    let span = event.quote(name.as_bytes()).unwrap();
    event.set(Field::ActorName, Val::Json(span));
    event
}

fn text(event: &Event, field: Field) -> String {
    String::from_utf8(event.text(b"", field).to_vec()).unwrap()
}

fn class_and_tag(policy: &str, known: &[(Field, &str)]) -> (String, String) {
    let event = enriched(&Policy::parse(policy).unwrap(), known);
    (text(&event, Field::TargetDataClass), text(&event, Field::EnvTag))
}

#[test]
fn classes_follow_from_ids_names_types_and_paths() {
    for (field, name, class) in [
        (Field::TargetId, "patients-2026", "phi"),
        (Field::TargetName, "CUSTOMERS", "pii"),
        (Field::TargetType, "AWS::Personalize", "pii"),
        (Field::RequestPath, "/v1/charts/7", "phi"),
        (Field::TargetId, "logs", ""),
    ] {
        let found = class_and_tag(POLICY, &[(field, name)]);
        assert_eq!(found, (class.to_owned(), "prod".to_owned()), "{name}");
    }
}

#[test]
fn fields_of_the_source_win() {
    let known = [
        (Field::TargetId, "patients"),
        (Field::TargetDataClass, "public"),
        (Field::EnvTag, "staging"),
    ];
    assert_eq!(class_and_tag(POLICY, &known), ("public".to_owned(), "staging".to_owned()));
}

#[test]
fn nothing_is_filled_where_nothing_is_known() {
    assert_eq!(class_and_tag("", &[(Field::TargetId, "patients")]), (String::new(), String::new()));
    let mut event = Event::new();
    Enrich::new(Policy::parse(POLICY).unwrap().knowledge()).apply(&mut event, b"");
    assert_eq!(event.filled(), 0, "a record of no source has no fields of ours");
}

#[test]
fn names_of_one_person_lead_to_one_person() {
    let policy = Policy::parse(PEOPLE).unwrap();
    for (field, name, person, role, importance) in [
        (Field::ActorEmail, "Ann@Example.com", "ann.lee", "", "high"),
        (Field::ActorName, "alee", "ann.lee", "admin", ""),
        (Field::ActorId, "AROAEXAMPLE:ann.lee", "ann.lee", "", ""),
        (Field::ActorName, "eve", "", "", ""),
    ] {
        let event = enriched(&policy, &[(field, name)]);
        let found = [Field::ActorPerson, Field::ActorRole, Field::ActorImportance]
            .map(|field| text(&event, field));
        assert_eq!(found, [person, role, importance], "{name}");
    }
    let service = enriched(&policy, &[(Field::ActorName, "svc-backup")]);
    assert!(service.is(Field::ActorType, "service"));
}

#[test]
fn networks_have_the_name_of_the_smallest_range() {
    let policy = Policy::parse(PEOPLE).unwrap();
    for (address, name) in [
        ("198.51.100.7", "office"),
        ("198.51.100.200", "vpn"),
        ("10.9.1.1", "office"),
        ("10.8.1.1", "private"),
        ("100.64.0.1", "cgnat"),
        ("::ffff:127.0.0.1", "loopback"),
        ("fe80::1", "link-local"),
        ("203.0.113.9", ""),
    ] {
        let event = enriched(&policy, &[(Field::OriginIp, address)]);
        assert_eq!(text(&event, Field::OriginNetwork), name, "{address}");
    }
    let stated = [(Field::OriginIp, "198.51.100.7"), (Field::OriginNetwork, "lan")];
    assert_eq!(text(&enriched(&policy, &stated), Field::OriginNetwork), "lan");
}

#[test]
fn leavers_have_left_from_the_day_after_their_last() {
    let policy = Policy::parse(PEOPLE).unwrap();
    for (time, status) in [("2026-03-31T23:59:59Z", ""), ("2026-04-01T00:00:00Z", "left")] {
        let mut event = named("bob");
        event.time_ms = time::parse(time.as_bytes());
        Enrich::new(policy.knowledge()).apply(&mut event, b"");
        assert_eq!(text(&event, Field::ActorStatus), status, "{time}");
    }
}

#[test]
fn session_names_count_if_single_sign_on_sets_them() {
    let policy = Policy::parse(PEOPLE).unwrap();
    for (role, is_chosen, person) in
        [("Sso-Admin", true, "ann.lee"), ("Admin", true, ""), ("Admin", false, "ann.lee")]
    {
        let mut event = named("alee");
        let span = event.quote(role.as_bytes()).unwrap();
        event.set(Field::ActorRole, Val::Json(span));
        event.is_role_session = is_chosen;
        Enrich::new(policy.knowledge()).apply(&mut event, b"");
        assert_eq!(text(&event, Field::ActorPerson), person, "{role}");
    }
}

#[test]
fn files_complete_what_the_lists_leave_empty() {
    let text_of = "[enrich]\nfiles = [\"people.csv\", \"city.mmdb\"]\n[networks.named]\noffice = \"192.0.2.0/24\"\n";
    assert_eq!(crate::policy_text::file_names(text_of), ["people.csv", "city.mmdb"]);
    let places = file(24, 4, &[("192.0.2.0/24", city("DE", "Bavaria", "Munich", 48.1, 11.5))]);
    let people = b"actor,actor.person\nann,ann.lee\n".as_slice();
    let join = |people, places| {
        crate::policy_text::bundle::join(text_of, [("people.csv", people), ("city.mmdb", places)])
    };
    let whole = join(people, &places);
    assert!(crate::policy_text::file_names(&whole).is_empty());
    let policy = Policy::parse(&whole).unwrap();
    let event = enriched(&policy, &[(Field::ActorName, "ann"), (Field::OriginIp, "192.0.2.1")]);
    let fields = [Field::ActorPerson, Field::OriginCity, Field::OriginNetwork, Field::OriginLat];
    assert_eq!(fields.map(|field| text(&event, field)), ["ann.lee", "Munich", "office", "48.1"]);

    let mut attached = Policy::parse(text_of).unwrap();
    assert_ne!(attached.digest, policy.digest, "files are part of the policy");
    attached.attach("people.csv", people.to_vec()).unwrap();
    attached.attach("city.mmdb", places.clone()).unwrap();
    assert_eq!(attached.digest, policy.digest, "by either way");
    assert!(attached.attach("city.mmdb", b"text".to_vec()).is_err() && attached.files.len() == 2);

    let issues = Policy::parse(&join(b"nothing", &places)).unwrap_err();
    assert!(issues[0].path == "people.csv" && issues[0].message.contains("no column"));
}
