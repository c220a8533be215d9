//! Presets: settings for an intent, one TOML file each in `plugin/packs/presets` and one line here. What the policy sets itself wins.

/// The key at the root of a policy.
pub const KEY: &str = "preset";
pub const DOC: &str = "Presets: named groups of settings, e.g. `[\"balanced\", \"insider\"]`. Of several presets, a later one overrides an earlier one; \
     what the policy sets itself overrides all. A threshold that only a preset sets does not turn off the learned part of a detector (a threshold in the policy does: `volume`, `mass-change`).";

/// Settings for an intent.
#[derive(Debug)]
pub struct Preset {
    pub id: &'static str,
    /// A comment that summarises it, then its settings as a policy has them.
    pub text: &'static str,
}

macro_rules! presets {
    ($($id:literal),+ $(,)?) => {
        /// Every preset.
        pub static ALL: &[Preset] = &[$(Preset { id: $id, text: include_str!(concat!("../../../packs/presets/", $id, ".toml")) }),+];
        /// Their ids.
        pub const IDS: &[&str] = &[$($id),+];
    };
}

presets! {
    "quiet",
    "balanced",
    "strict",
    "insider",
    "health-records",
    "cloud-control-plane",
    "identity-provider",
    "web",
    "fraud",
}

impl Preset {
    pub fn summary(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }

    /// Its settings, as they are written in a policy.
    pub fn settings(&self) -> &'static str {
        self.text.split_once('\n').map_or("", |(_, settings)| settings)
    }
}
