//! Reads what mappings and packs state of the service whose events they describe: where it runs, who collects its events, who makes it, and what else reports them.

use super::draft::Draft;
use super::lines::strings;
use crate::option;
use crate::sketch::failure_reports::MOST_WITNESSES;
use toml::Spanned;
use toml::de::DeValue;

/// Words of one pack by which its writers, or collectors, are called.
const MOST_WORDS: usize = 16;
/// Shorter words are in names of all kinds.
const SHORTEST_WORD: usize = 3;

/// Reads whether the service runs elsewhere.
pub(super) fn remote(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let remedy = "`remote = true` if the events come from a service that runs elsewhere";
    draft.mapping.is_remote = boolean(draft, "remote", value, remedy).or(draft.mapping.is_remote);
}

/// Reads who makes the product.
pub(super) fn vendor(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let vendor = draft.text("vendor", value, "the maker's name, e.g. `vendor = \"Microsoft\"`");
    draft.mapping.product.vendor = vendor.unwrap_or_default().to_owned();
}

/// Reads of which cloud provider the service is.
pub(super) fn cloud(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let cloud = draft.text("cloud", value, "the cloud provider's name, e.g. `cloud = \"Azure\"`");
    draft.mapping.product.cloud = cloud.unwrap_or_default().to_owned();
}

/// Reads whether the product is a database.
pub(super) fn database(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let is_database = boolean(draft, "database", value, "`database = true` for a database");
    draft.mapping.product.is_database = is_database.unwrap_or_default();
}

fn boolean(
    draft: &mut Draft<'_, '_>,
    at: &str,
    value: &Spanned<DeValue<'_>>,
    remedy: &str,
) -> Option<bool> {
    match value.get_ref() {
        DeValue::Boolean(is_so) => Some(*is_so),
        other => {
            let message = format!("{} is not a boolean", option::with_article(other.type_str()));
            draft.issue(at, value.span(), message, remedy);
            None
        }
    }
}

/// Reads how programs are called that collect its events.
pub(super) fn collectors(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let remedy = "beginnings of words in names of programs, of three or more small letters and digits, e.g. `collectors = [\"azure\", \"eventhub\"]`";
    draft.mapping.collectors = words(draft, "collectors", value, remedy);
}

/// Reads how programs and containers are called that write its events.
pub(super) fn writers(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let remedy = "beginnings of words in names of programs and containers, of three or more small letters and digits, e.g. `writers = [\"postgres\", \"patroni\"]`";
    draft.mapping.writers = words(draft, "writers", value, remedy);
}

/// Beginnings of words in names.
fn words(
    draft: &mut Draft<'_, '_>,
    option: &str,
    value: &Spanned<DeValue<'_>>,
    remedy: &str,
) -> Vec<String> {
    let words = strings(draft, option, value, MOST_WORDS, remedy).unwrap_or_default();
    let is_word = |word: &&String| {
        word.len() >= SHORTEST_WORD
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match words.iter().find(|word| !is_word(word)) {
        Some(word) => {
            let message = format!("`{word}` is no beginning of such a word");
            draft.issue(option, value.span(), message, remedy);
            Vec::new()
        }
        None => words,
    }
}

/// Reads by which actions it reports sign-ins that programs report as well.
pub(super) fn witness(draft: &mut Draft<'_, '_>, value: &Spanned<DeValue<'_>>) {
    let remedy = "names of actions, each of which reports an attempt once, e.g. `witness = [\"user_auth\", \"user_login\"]`";
    draft.mapping.witness =
        strings(draft, "witness", value, MOST_WITNESSES, remedy).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::super::read_pack;

    #[test]
    fn what_a_pack_states_of_its_service() {
        let read = |lines: &str| {
            read_pack(&format!(
                "source = \"acme.app\"\nmatch = {{ app = \"a\" }}\n{lines}\n[fields]\nid = \"i\"\n"
            ))
            .map_err(|issues| {
                issues.iter().map(|issue| format!("{}: {}", issue.path, issue.message)).collect()
            })
        };
        let pack: Result<_, Vec<String>> = read(
            "remote = true\ncollectors = [\"acme\"]\nwriters = [\"crm\"]\nwitness = \"user_auth\"",
        );
        let pack = pack.unwrap();
        assert_eq!(pack.is_remote, Some(true));
        assert_eq!(
            (pack.collectors, pack.writers, pack.witness),
            (vec!["acme".into()], vec!["crm".into()], vec!["user_auth".into()])
        );
        assert_eq!(read("").unwrap().is_remote, None);
        for (lines, wrong) in [
            ("remote = \"yes\"", "remote: a string is not a boolean"),
            ("collectors = [\"ac\"]", "collectors: `ac` is no beginning"),
            ("collectors = [\"Acme-x\"]", "collectors: `Acme-x` is no beginning"),
            ("writers = [\"db\"]", "writers: `db` is no beginning"),
            ("collectors = 1", "collectors: an integer is not such a string"),
            ("witness = [\"a\", \"b\", \"c\", \"d\"]", "witness: 4 values; from one to 3"),
        ] {
            let told = read(lines).unwrap_err();
            assert!(told.iter().any(|told| told.starts_with(wrong)), "{lines}: {told:?}");
        }
    }
}
