//! Sign-ins to mail: Dovecot, Postfix and Cyrus' saslauthd.

use super::forms::Failure::{By, Told};
use super::forms::{Sayings, failing, saying};
use crate::event::Category::Authentication;
use crate::event::Class::{Login, Logout, Other};
use crate::event::Outcome::{Failure as Failed, Success};
use crate::event::Voice;

pub(super) static DOVECOT: Sayings = Sayings::new(
    const {
        &[
            saying("%w Login: user=<%u>, method=%x, rip=%a, %*", "mail_login", Login, Authentication, Success),
            failing("%w Disconnected%x(auth failed, %c attempts%x: user=<%u>, %xrip=%a, %*", "mail_login", Failed, By(Voice::Attempt)),
            failing("%w Aborted login%x(auth failed, %c attempts%x: user=<%u>, %xrip=%a, %*", "mail_login", Failed, By(Voice::Attempt)),
            failing("%w Login aborted%x(auth failed, %c attempts%x: user=<%u>, %xrip=%a, %*", "mail_login", Failed, By(Voice::Attempt)),
            saying("%w Disconnected%x: user=<%x>, %xrip=%a, %*", "mail_disconnect", Logout, Authentication, Success),
            saying("%w Aborted login%x: user=<%x>, %xrip=%a, %*", "mail_disconnect", Logout, Authentication, Success),
        ]
    },
);

pub(super) static POSTFIX: Sayings = Sayings::new(
    const {
        &[
            failing("warning: %x[%a]: SASL %m authentication failed: %x, sasl_username=%u", "mail_login", Failed, By(Voice::Attempt)),
            failing("warning: %x[%a]: SASL %m authentication failed%*", "mail_login", Failed, By(Voice::Attempt)),
            saying("connect from %x[%a]", "mail_connect", Other, crate::event::Category::Network, Success),
            saying("%w client=%x[%a], sasl_method=%w sasl_username=%u", "mail_login", Login, Authentication, Success),
        ]
    },
);

pub(super) static SASLAUTHD: Sayings = Sayings::new(const { &[failing("do_auth %x: auth failure: [user=%u] [service=%x] %r", "mail_login", Failed, Told)] });
