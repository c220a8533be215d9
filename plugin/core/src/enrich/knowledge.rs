//! Knowledge of targets, actors and networks, as the policy states it.

use super::files::File;

/// All that records are enriched by.
#[derive(Clone, Copy, Debug)]
pub struct Knowledge<'p> {
    pub targets: &'p Targets,
    pub actors: &'p Actors,
    pub networks: &'p Networks,
    /// The tag of the environment; empty where there is none.
    pub tag: &'p str,
    pub files: &'p [File],
}

/// Target settings of the policy.
#[derive(Clone, Debug)]
pub struct Targets {
    /// Classes of data, each with its patterns.
    pub data_class: Vec<(String, Vec<String>)>,
    pub restricted: Vec<String>,
}

/// Knowledge of actors.
#[derive(Clone, Debug)]
pub struct Actors {
    /// Values, each with names of actors.
    pub person: Vec<(String, Vec<String>)>,
    pub role: Vec<(String, Vec<String>)>,
    pub importance: Vec<(String, Vec<String>)>,
    pub service: Vec<String>,
    /// Last days, each with names of actors.
    pub left: Vec<(String, Vec<String>)>,
    /// Roles.
    pub sessions: Vec<String>,
}

/// Knowledge of networks.
#[derive(Clone, Debug)]
pub struct Networks {
    /// Names, each with addresses and ranges.
    pub named: Vec<(String, Vec<String>)>,
    /// True if private and other special addresses have names too.
    pub special: bool,
}
