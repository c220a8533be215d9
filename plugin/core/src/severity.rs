//! Severity of findings and rules.

/// How bad it is; medium and above are alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const NAMES: &'static [&'static str] = &["info", "low", "medium", "high", "critical"];
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    pub fn name(self) -> &'static str {
        Severity::NAMES.get(self as usize).copied().unwrap_or("info")
    }

    pub fn from_name(name: &str) -> Severity {
        Severity::ALL
            .into_iter()
            .find(|severity| severity.name() == name)
            .unwrap_or(Severity::Medium)
    }

    /// Raises the severity by a number of levels, at most to `Critical`.
    pub fn raised(self, steps: usize) -> Severity {
        Severity::ALL
            .get((self as usize).saturating_add(steps))
            .copied()
            .unwrap_or(Severity::Critical)
    }
}

crate::stored::stored!(enum Severity { 0 Info {}, 1 Low {}, 2 Medium {}, 3 High {}, 4 Critical {} });
