//! The classes of OCSF that are written, with their activities: <https://schema.ocsf.io>.

/// One class. Records of one class may be of several kinds, which differ in the attributes of the target.
pub(super) struct Class {
    pub(super) uid: u32,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    /// Captions by id.
    activities: &'static [(u8, &'static str)],
}

impl Class {
    pub(super) fn category_uid(&self) -> u32 {
        self.uid / 1000
    }

    /// The caption of an activity.
    pub(super) fn activity(&self, id: u8) -> &'static str {
        self.activities
            .iter()
            .find(|(known, _)| *known == id)
            .map_or("Other", |(_, caption)| *caption)
    }
}

/// Defines the kinds of record, each a bit of a field's `kinds` and an entry of `CLASSES`.
macro_rules! kinds {
    ($($name:ident $number:literal $class:ident)+) => {
        $(pub(super) const $name: u8 = $number;)+
        /// The class of each kind.
        static CLASSES: &[&Class] = &[$(&$class),+];
        const _: () = assert!(CLASSES.len() <= 16, "kinds are kept as sixteen bits");
    };
}

kinds! {
    BASE 0 BASE_EVENT
    AUTHENTICATION 1 OF_AUTHENTICATION
    ACCOUNT 2 OF_ACCOUNT
    ACCESS 3 OF_ACCESS
    GROUP 4 OF_GROUP
    ENTITY 5 OF_ENTITY
    HTTP 6 OF_HTTP
    API 7 OF_API
    DATABASE 8 OF_DATASTORE
    TABLE 9 OF_DATASTORE
    BUCKET 10 OF_DATASTORE
    FILE 11 OF_FILE
    FINDING 12 OF_FINDING
    NETWORK 13 OF_NETWORK
}

/// The class of a kind.
pub(super) fn class(kind: u8) -> &'static Class {
    CLASSES.get(usize::from(kind)).copied().unwrap_or(&BASE_EVENT)
}

/// The kinds as bits.
pub(super) const fn bits(kinds: &[u8]) -> u16 {
    let (mut bits, mut rest) = (0, kinds);
    while let [kind, more @ ..] = rest {
        bits |= 1u16.wrapping_shl(*kind as u32);
        rest = more;
    }
    bits
}

pub(super) const UNKNOWN: u8 = 0;
pub(super) const OTHER: u8 = 99;

static BASE_EVENT: Class =
    Class { uid: 0, name: "Base Event", category: "Uncategorized", activities: &[(0, "Unknown")] };

static OF_AUTHENTICATION: Class = Class {
    uid: 3002,
    name: "Authentication",
    category: "Identity & Access Management",
    activities: &[(0, "Unknown"), (1, "Logon"), (2, "Logoff"), (7, "Account Switch")],
};

static OF_ACCOUNT: Class = Class {
    uid: 3001,
    name: "Account Change",
    category: "Identity & Access Management",
    activities: &[
        (0, "Unknown"),
        (1, "Create"),
        (2, "Enable"),
        (3, "Password Change"),
        (4, "Password Reset"),
        (5, "Disable"),
        (6, "Delete"),
        (7, "Attach Policy"),
        (8, "Detach Policy"),
        (9, "Lock"),
        (10, "MFA Factor Enable"),
        (11, "MFA Factor Disable"),
        (12, "Unlock"),
    ],
};

static OF_ACCESS: Class = Class {
    uid: 3005,
    name: "User Access Management",
    category: "Identity & Access Management",
    activities: &[(0, "Unknown"), (1, "Assign Privileges"), (2, "Revoke Privileges")],
};

static OF_GROUP: Class = Class {
    uid: 3006,
    name: "Group Management",
    category: "Identity & Access Management",
    activities: &[
        (0, "Unknown"),
        (1, "Assign Privileges"),
        (2, "Revoke Privileges"),
        (3, "Add User"),
        (4, "Remove User"),
        (5, "Delete"),
        (6, "Create"),
    ],
};

static OF_ENTITY: Class = Class {
    uid: 3004,
    name: "Entity Management",
    category: "Identity & Access Management",
    activities: &[(0, "Unknown"), (1, "Create"), (2, "Read"), (3, "Update"), (4, "Delete")],
};

static OF_HTTP: Class = Class {
    uid: 4002,
    name: "HTTP Activity",
    category: "Network Activity",
    activities: &[
        (0, "Unknown"),
        (1, "Connect"),
        (2, "Delete"),
        (3, "Get"),
        (4, "Head"),
        (5, "Options"),
        (6, "Post"),
        (7, "Put"),
        (8, "Trace"),
        (9, "Patch"),
    ],
};

static OF_NETWORK: Class = Class {
    uid: 4001,
    name: "Network Activity",
    category: "Network Activity",
    activities: &[(0, "Unknown"), (4, "Fail"), (5, "Refuse"), (6, "Traffic")],
};

static OF_API: Class = Class {
    uid: 6003,
    name: "API Activity",
    category: "Application Activity",
    activities: &[(0, "Unknown"), (1, "Create"), (2, "Read"), (3, "Update"), (4, "Delete")],
};

static OF_DATASTORE: Class = Class {
    uid: 6005,
    name: "Datastore Activity",
    category: "Application Activity",
    activities: &[
        (0, "Unknown"),
        (1, "Read"),
        (2, "Update"),
        (3, "Connect"),
        (4, "Query"),
        (5, "Write"),
        (6, "Create"),
        (7, "Delete"),
        (8, "List"),
    ],
};

static OF_FILE: Class = Class {
    uid: 6006,
    name: "File Hosting Activity",
    category: "Application Activity",
    activities: &[
        (0, "Unknown"),
        (1, "Upload"),
        (2, "Download"),
        (3, "Update"),
        (4, "Delete"),
        (12, "Share"),
        (13, "Unshare"),
    ],
};

static OF_FINDING: Class = Class {
    uid: 2004,
    name: "Detection Finding",
    category: "Findings",
    activities: &[(0, "Unknown"), (1, "Create"), (2, "Update"), (3, "Close")],
};
