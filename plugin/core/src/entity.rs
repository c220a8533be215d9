//! Entities: whom or what a finding is about, and for which counts and learned values are kept.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    Actor,
    Origin,
    Target,
    Service,
    Host,
    Source,
    /// A name that somebody tried to sign in with.
    Account,
    Network,
}

impl Entity {
    const NAMES: &'static [&'static str] =
        &["actor", "origin", "target", "service", "host", "source", "account", "network"];

    /// Those that rules count by.
    pub const OF_RULES: [Entity; 4] =
        [Entity::Actor, Entity::Origin, Entity::Target, Entity::Service];

    /// Those that metrics belong to.
    pub const OF_METRICS: [Entity; 6] = [
        Entity::Actor,
        Entity::Origin,
        Entity::Target,
        Entity::Service,
        Entity::Host,
        Entity::Source,
    ];
    pub const NAMES_OF_METRICS: &'static [&'static str] =
        Entity::NAMES.split_at(Entity::OF_METRICS.len()).0;

    /// As a finding names it.
    pub fn name(self) -> &'static str {
        Entity::NAMES.get(self as usize).copied().unwrap_or("actor")
    }

    /// One that rules count by.
    pub fn of_rule(name: &str) -> Option<Entity> {
        Entity::OF_RULES.into_iter().find(|entity| entity.name() == name)
    }

    /// One that metrics belong to.
    pub fn of_metric(name: &str) -> Option<Entity> {
        Entity::OF_METRICS.into_iter().find(|entity| entity.name() == name)
    }

    /// True if it is the event's actor.
    pub fn is_actor(self) -> bool {
        matches!(self, Entity::Actor | Entity::Account)
    }
}

crate::stored::stored!(enum Entity { 0 Actor {}, 1 Origin {}, 2 Target {}, 3 Service {}, 4 Host {}, 5 Source {}, 6 Account {}, 7 Network {} });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_order_of_entities() {
        let named = [
            (Entity::Actor, "actor"),
            (Entity::Service, "service"),
            (Entity::Source, "source"),
            (Entity::Account, "account"),
            (Entity::Network, "network"),
        ];
        assert!(named.into_iter().all(|(entity, name)| entity.name() == name));
        for name in Entity::NAMES_OF_METRICS {
            assert_eq!(Entity::of_metric(name).map(Entity::name), Some(*name));
        }
        assert_eq!((Entity::of_rule("host"), Entity::of_metric("account")), (None, None));
    }
}
