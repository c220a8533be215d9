//! Who works there, on what, and from where. Addresses and domains are those reserved for documentation and tests.

/// Action of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Sales,
    Support,
    Development,
    Operations,
    /// Neither logs in to servers nor to the cloud: finance, people, leadership.
    Office,
}

/// One of the forty.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub login: &'static str,
    pub work: Work,
    /// Tells addresses and ids of people apart.
    pub number: usize,
}

const LOGINS: [(&str, Work); 40] = [
    ("anna", Work::Sales),
    ("bruno", Work::Sales),
    ("clara", Work::Sales),
    ("tom", Work::Sales),
    ("emil", Work::Sales),
    ("frida", Work::Sales),
    ("gustav", Work::Sales),
    ("hanna", Work::Support),
    ("ines", Work::Support),
    ("jonas", Work::Support),
    ("petra", Work::Support),
    ("karin", Work::Support),
    ("lars", Work::Operations),
    ("mara", Work::Operations),
    ("nils", Work::Operations),
    ("olga", Work::Operations),
    ("dana", Work::Development),
    ("kai", Work::Development),
    ("paul", Work::Development),
    ("quentin", Work::Development),
    ("rosa", Work::Development),
    ("sven", Work::Development),
    ("tina", Work::Development),
    ("uwe", Work::Development),
    ("vera", Work::Development),
    ("wanda", Work::Development),
    ("xaver", Work::Development),
    ("yara", Work::Development),
    ("zoe", Work::Development),
    ("adam", Work::Development),
    ("berta", Work::Office),
    ("carl", Work::Office),
    ("doris", Work::Office),
    ("ernst", Work::Office),
    ("fanny", Work::Office),
    ("georg", Work::Office),
    ("heidi", Work::Office),
    ("igor", Work::Office),
    ("julia", Work::Office),
    ("nina", Work::Development),
];

/// Starts on Wednesday.
pub const NEW_HIRE: &str = "nina";
/// Travels on Wednesday and Thursday.
pub const TRAVELLER: &str = "clara";
/// Left the Friday before.
pub const LEAVER: &str = "viktor";
pub const ACCOUNT: &str = "111122223333";
pub const SERVERS: [&str; 6] = ["bastion", "web1", "web2", "db1", "build1", "backup1"];
/// The office's way out.
pub const OFFICE: &str = "203.0.113.10";
pub const HOTEL: &str = "2001:db8:51:7::2f";

/// Everyone.
pub fn people() -> impl Iterator<Item = Person> {
    LOGINS.into_iter().enumerate().map(|(number, (login, work))| Person { login, work, number })
}

/// Those who do this.
pub fn working(work: Work) -> Vec<Person> {
    people().filter(|person| person.work == work).collect()
}

/// Who has that login; the last of all where nobody has.
pub fn person(login: &str) -> Person {
    let found = people().find(|person| person.login == login);
    found.unwrap_or(Person { login: LEAVER, work: Work::Office, number: LOGINS.len() })
}

impl Person {
    pub fn email(&self) -> String {
        format!("{}@acme.example", self.login)
    }

    /// Within the company's VPN.
    pub fn vpn(&self) -> String {
        format!("10.8.0.{}", 20 + self.number)
    }

    /// On the way to the internet: some work at home.
    pub fn public(&self) -> String {
        if self.number.is_multiple_of(3) {
            format!("198.51.100.{}", 40 + self.number)
        } else {
            OFFICE.to_owned()
        }
    }

    pub fn uid(&self) -> usize {
        1001 + self.number
    }
}
