//! Profiles of actors, found by their names.

use super::Detect;
use crate::detect::baseline::profile::Profile;
use crate::detect::subject::PERSON;
use crate::detect::{account_key, joined};

impl Detect {
    /// The profile of an account of an environment, or of the person of that name; none if nothing is kept.
    pub fn profile(&mut self, environment: &str, name: &str) -> Option<Profile> {
        let person = joined(PERSON, self.digest.of(name.as_bytes()));
        let account = account_key(&self.digest, environment.as_bytes(), name.as_bytes());
        [person, account].into_iter().find_map(|key| self.baselines.profile(key))
    }
}
