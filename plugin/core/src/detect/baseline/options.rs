//! Settings of the policy that baselines follow.

use super::{
    DORMANT, ERROR_RATE, IDS, LEARNERS, MASS_CHANGE, METRIC, OFF_HOURS, QUANTITIES, RISK, SILENCE,
    TRAVEL, VOLUME, scope, steps,
};
use crate::calendar::Zone;
use crate::detect::Facts;
use crate::event::Class;
use crate::policy::{Policy, Settings};
use crate::time::{DAY, HOUR, MINUTE, Millis};

/// Classes of acts that matter.
const SENSITIVE: [Class; 7] = [
    Class::Grant,
    Class::Configure,
    Class::Export,
    Class::Share,
    Class::Delete,
    Class::Approve,
    Class::Revoke,
];

/// Learning settings of the policy.
pub(super) struct Options {
    pub(super) alerts_per_day: f64,
    pub(super) half_life_days: u32,
    pub(super) zone: Zone,
    /// Which detectors use a baseline, and how many minutes each is quiet after a finding.
    pub(super) learns: [bool; LEARNERS],
    pub(super) cooldowns: [u32; LEARNERS],
    /// Quantities whose threshold the policy does not set.
    pub(super) quantities: [bool; QUANTITIES],
    /// Actions that are stated at unusual hours.
    pub(super) actions: Facts,
    /// Acts that matter, and those that reach for a target.
    pub(super) sensitive: Facts,
    pub(super) reaches: Facts,
    pub(super) changes: Facts,
    pub(super) dormant_days: u32,
    /// Kilometres an hour.
    pub(super) speed: f64,
    /// From how many bits on a sum is a finding, and within how many hours half of it is forgotten.
    pub(super) risk: (f64, u32),
    /// The place of the detector of sums in the list of all.
    pub(super) risk_detector: usize,
    pub(super) silence_after: Millis,
    pub(super) metric_memory: usize,
    /// Services and actors whose failures are learned, for the policy sets no threshold.
    pub(super) failures: [bool; 2],
}

/// Finds the place of a detector in the list of all by its id.
pub type PlaceOf = fn(&str) -> Option<usize>;

impl Options {
    pub(super) fn new(policy: &Policy, place_of: PlaceOf) -> Options {
        let settings = |id: &str| place_of(id).and_then(|at| policy.detectors.get(at));
        let number = |learner: usize, key: &str| {
            let settings = IDS.get(learner).copied().and_then(settings);
            settings.map_or(0, |settings| settings.number(key))
        };
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let all = IDS.map(settings);
        let is_given = |learner: usize, key: &str| {
            all.get(learner).copied().flatten().is_some_and(|settings| settings.is_given(key))
        };
        let cooldown = |settings: &Settings| {
            u32::try_from(settings.number("cooldown") / MINUTE).unwrap_or(u32::MAX)
        };
        let mut learns =
            all.map(|settings| settings.is_some_and(|settings| settings.bool("enabled")));
        learns[OFF_HOURS] &= policy.environment.calendar.is_none();
        let off_hours = all[OFF_HOURS];
        let classes = Class::ALL.iter().filter(|class| {
            off_hours.is_some_and(|settings| settings.has("actions", class.word()))
        });
        Options {
            alerts_per_day: policy.baseline.alerts_per_day as f64,
            half_life_days: u32::try_from(policy.baseline.half_life / DAY).unwrap_or(30).max(1),
            zone: Zone::read(policy.environment.settings.text("timezone")).unwrap_or(Zone::UTC),
            learns,
            cooldowns: all.map(|settings| settings.map_or(0, cooldown)),
            quantities: [
                !is_given(VOLUME, "records"),
                !is_given(MASS_CHANGE, "deletes"),
                !is_given(MASS_CHANGE, "updates"),
            ],
            actions: classes.fold(Facts::NONE, |all, class| all | Facts::class(*class)),
            sensitive: SENSITIVE
                .iter()
                .fold(Facts::RESTRICTED, |all, class| all | Facts::class(*class)),
            reaches: scope::reaches(),
            changes: steps::changes(),
            silence_after: number(SILENCE, "after"),
            metric_memory: usize::try_from(number(METRIC, "memory")).unwrap_or_default(),
            failures: ["service_errors", "denied"].map(|key| !is_given(ERROR_RATE, key)),
            dormant_days: small(number(DORMANT, "after") / DAY).max(1),
            speed: number(TRAVEL, "speed") as f64,
            risk: (number(RISK, "bits") as f64, small(number(RISK, "half_life") / HOUR).max(1)),
            risk_detector: IDS.get(RISK).and_then(|id| place_of(id)).unwrap_or(usize::MAX),
        }
    }
}
