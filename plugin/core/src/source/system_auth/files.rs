//! Servers of files: OpenSSH's sftp-server, and ftp daemons.

#[cfg(test)]
pub(super) mod message_tests;

use super::forms::Failure::{By, Told};
use super::forms::{Saying, Sayings, failing, of, on, saying};
use crate::event::Category::{Authentication, Data, Network, System};
use crate::event::Class::{Create, Delete, List, Login, Logout, Other, Read, Update};
use crate::event::FailureReport;
use crate::event::Outcome::{Denied, Failure as Failed, Success, Unknown};
use crate::parse::line::split_once;
use crate::text::{behind, number};
use crate::time::{self, Millis};

const fn file(form: &'static str, action: &'static str, class: crate::event::Class) -> Saying {
    on("file", saying(form, action, class, Data, Success))
}

const fn unable(form: &'static str, action: &'static str, class: crate::event::Class) -> Saying {
    on("file", saying(form, action, class, Data, Failed))
}

/// sftp-server, by itself or within sshd. Who it works for is said once, where the session is opened.
pub(super) static SFTP: Sayings = Sayings::new(
    const {
        &[
            saying(
                "session opened for local user %u from %a",
                "session_opened",
                Other,
                Authentication,
                Success,
            ),
            saying(
                "session closed for local user %u from %a",
                "session_closed",
                Logout,
                Authentication,
                Success,
            ),
            file("symlink old \"%T\" new \"%*", "symlink", Create),
            file("set \"%T\" mode %*", "set_mode", Update),
            file("set \"%T\" owner %*", "set_owner", Update),
            file("set \"%T\" size %*", "set_size", Update),
            file("set \"%T\" modtime %*", "set_modtime", Update),
            file("stat name \"%T\"", "stat", Read),
            saying("sent status Permission denied%*", "status", Other, Data, Denied),
            saying("sent status %r", "status", Other, Data, Failed),
            file("open \"%T\" flags READ mode %*", "open", Read),
            file("open \"%T\" flags %*", "open", Update),
            file("opendir \"%T\"", "opendir", List),
            file("close \"%T\" bytes %*", "close", Other),
            file("closedir \"%T\"", "closedir", Other),
            file("forced close \"%T\" bytes %*", "close", Other),
            file("remove name \"%T\"", "remove", Delete),
            file("rmdir name \"%T\"", "rmdir", Delete),
            file("rename old \"%T\" new \"%*", "rename", Update),
            saying("received client version %*", "session_opened", Other, System, Success),
            file("mkdir name \"%T\" mode %*", "mkdir", Create),
            file("posix-rename old \"%T\" new \"%*", "rename", Update),
            file("hardlink old \"%T\" new \"%*", "hardlink", Create),
            file("lstat name \"%T\"", "stat", Read),
            saying("Refusing %r", "refuse", Other, Data, Denied),
        ]
    },
);

/// `Thu Jan 15 11:30:00 2026 [pid `
const LONGEST_STAMP: usize = 30;

/// `Thu Jan 15 11:30:00 2026 [pid 12] [bob] OK LOGIN: ..`, as vsftpd writes its own file: the time, the process, and what it says.
pub(super) fn own_log(text: &[u8]) -> Option<(Millis, &[u8], &[u8])> {
    // Some write the day without a blank before it.
    let len = text.len().min(LONGEST_STAMP);
    let (stamp, _) = split_once(text.get(..len)?, b" [pid ")?;
    let rest = text.get(stamp.len()..)?;
    let (pid, message) = split_once(behind(rest, b" [pid ")?, b"] ")?;
    number(pid)?;
    let mut padded = [b' '; 24];
    let time = match stamp.len() {
        23 => {
            let (day, clock) = stamp.split_at_checked(8)?;
            padded.get_mut(..8)?.copy_from_slice(day);
            padded.get_mut(9..)?.copy_from_slice(clock);
            time::ctime(&padded)?
        }
        _ => time::ctime(stamp)?,
    };
    Some((time, pid, message))
}

/// ftp daemons: those of the BSDs and Kerberos, vsftpd, ProFTPD, Pure-FTPd.
pub(super) static FTP: Sayings = Sayings::new(
    const {
        &[
            // vsftpd
            // Names are what clients say they are: what was refused is read first, since no name that exists looks like it.
            failing(
                "[%u] FAIL LOGIN: Client \"%a\"%*",
                "ftp_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            // What its protocol's log adds is said by the other lines as well; commands are anyone's words.
            failing(
                "[%u] FTP response: Client \"%a\", \"530 Login incorrect.\"",
                "ftp_login",
                Failed,
                Told,
            ),
            saying("[%x] FTP response: %*", "ftp_response", Other, Network, Unknown),
            saying("[%x] FTP command: %*", "ftp_command", Other, Network, Unknown),
            saying("[%u] OK LOGIN: Client \"%a\"%*", "ftp_login", Login, Authentication, Success),
            file("[%u] OK DOWNLOAD: Client \"%a\", \"%T\", %*", "ftp_download", Read),
            file("[%u] OK UPLOAD: Client \"%a\", \"%T\", %*", "ftp_upload", Create),
            file("[%u] OK APPEND: Client \"%a\", \"%T\", %*", "ftp_upload", Update),
            file("[%u] OK DELETE: Client \"%a\", \"%T\"", "ftp_delete", Delete),
            file("[%u] OK MKDIR: Client \"%a\", \"%T\"", "ftp_mkdir", Create),
            file("[%u] OK RMDIR: Client \"%a\", \"%T\"", "ftp_rmdir", Delete),
            file("[%u] OK CHMOD: Client \"%a\", \"%T\"", "ftp_chmod", Update),
            file("[%u] OK RENAME: Client \"%a\", \"%T\"", "ftp_rename", Update),
            unable("[%u] FAIL DOWNLOAD: Client \"%a\", \"%T\"%*", "ftp_download", Read),
            unable("[%u] FAIL UPLOAD: Client \"%a\", \"%T\"%*", "ftp_upload", Create),
            unable("[%u] FAIL APPEND: Client \"%a\", \"%T\"%*", "ftp_upload", Update),
            unable("[%u] FAIL DELETE: Client \"%a\", \"%T\"", "ftp_delete", Delete),
            unable("[%u] FAIL MKDIR: Client \"%a\", \"%T\"", "ftp_mkdir", Create),
            unable("[%u] FAIL RMDIR: Client \"%a\", \"%T\"", "ftp_rmdir", Delete),
            unable("[%u] FAIL CHMOD: Client \"%a\", \"%T\"", "ftp_chmod", Update),
            unable("[%u] FAIL RENAME: Client \"%a\", \"%T\"", "ftp_rename", Update),
            saying(
                "CONNECT: Client \"%a\", \"Connection refused%*",
                "ftp_connect",
                Other,
                Network,
                Denied,
            ),
            saying("CONNECT: Client \"%a\"%*", "ftp_connect", Other, Network, Success),
            // Pure-FTPd
            saying(
                "(%x@%a) [INFO] %u is now logged in",
                "ftp_login",
                Login,
                Authentication,
                Success,
            ),
            failing(
                "(%x@%a) [WARNING] Authentication failed for user [%u]",
                "ftp_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "(%x@%a) [WARNING] Can't login as [%u]: %r",
                "ftp_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            saying("(%x@%a) [INFO] New connection from %w", "ftp_connect", Other, Network, Success),
            failing("(%x@%a) [ERROR] Too many authentication failures", "ftp_login", Failed, Told),
            of(
                b"anonymous",
                saying(
                    "(%x@%a) [INFO] Anonymous user logged in%*",
                    "ftp_login",
                    Login,
                    Authentication,
                    Success,
                ),
            ),
            file("(%u@%a) [NOTICE] Deleted %t", "ftp_delete", Delete),
            file("(%u@%a) [NOTICE] %T uploaded  (%*", "ftp_upload", Create),
            file("(%u@%a) [NOTICE] %T downloaded  (%*", "ftp_download", Read),
            saying("(%u@%a) [INFO] Logout.", "ftp_disconnect", Logout, Authentication, Success),
            // The BSDs' and Kerberos'
            saying("connection from %a (%w) at %*", "ftp_connect", Other, Network, Success),
            saying("connection from %a%*", "ftp_connect", Other, Network, Success),
            of(
                b"anonymous",
                saying(
                    "ANONYMOUS FTP LOGIN FROM %a, %*",
                    "ftp_login",
                    Login,
                    Authentication,
                    Success,
                ),
            ),
            saying("FTP LOGIN FROM %a as %u", "ftp_login", Login, Authentication, Success),
            saying("FTP response: %*", "ftp_response", Other, Network, Unknown),
            saying("FTP command: %*", "ftp_command", Other, Network, Unknown),
            failing(
                "FTP LOGIN FAILED FROM %a, %u",
                "ftp_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "FTP LOGIN FAILED FROM %w [%a], %u",
                "ftp_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "FTP LOGIN REFUSED (%R) FROM %w [%a], %u",
                "ftp_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing(
                "FTP LOGIN REFUSED (%R) FROM %a, %u",
                "ftp_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing(
                "FTP LOGIN REFUSED FROM %a, %u",
                "ftp_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing(
                "FTP LOGIN REFUSED FROM %w [%a], %u",
                "ftp_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            failing("repeated login failures from %a%*", "ftp_login", Failed, Told),
            saying("refused connect from %a%*", "ftp_connect", Other, Network, Denied),
            // That of the University of Washington
            failing("failed login from %x[%a]%*", "ftp_login", Failed, By(FailureReport::Attempt)),
            // ProFTPD, through syslog
            saying(
                "%w (%x[%a]) - USER %u: Login successful.",
                "ftp_login",
                Login,
                Authentication,
                Success,
            ),
            of(
                b"anonymous",
                saying(
                    "%w (%x[%a]) - ANON %w Login successful.",
                    "ftp_login",
                    Login,
                    Authentication,
                    Success,
                ),
            ),
            failing(
                "%w (%x[%a]) - USER %u (Login failed): %r",
                "ftp_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "%w (%x[%a]) - ANONYMOUS %u (Login failed)%*",
                "ftp_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "%w (%x[%a]) - USER %u: no such user found from %*",
                "ftp_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "%w (%x[%a]) - Maximum login attempts (%w exceeded%*",
                "ftp_login",
                Failed,
                Told,
            ),
            failing(
                "%w (%x[%a]) - SECURITY VIOLATION: %r",
                "ftp_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            saying("%w (%x[%a]) - FTP session opened.", "ftp_connect", Other, Network, Success),
            saying(
                "%w (%x[%a]) - FTP session closed.",
                "ftp_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            failing("%w (%x[%a]) - Login timeout exceeded%*", "ftp_login", Failed, Told),
            failing("%w (%x[%a]) - Refused user %u for service %w", "ftp_login", Denied, Told),
            // and in its own file.
            saying(
                "%w (%x[%a]): USER %u: Login successful.",
                "ftp_login",
                Login,
                Authentication,
                Success,
            ),
            of(
                b"anonymous",
                saying(
                    "%w (%x[%a]): ANON %w Login successful.",
                    "ftp_login",
                    Login,
                    Authentication,
                    Success,
                ),
            ),
            failing(
                "%w (%x[%a]): USER %u (Login failed): %r",
                "ftp_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "%w (%x[%a]): ANONYMOUS %u (Login failed)%*",
                "ftp_login",
                Failed,
                By(FailureReport::Attempt),
            ),
            failing(
                "%w (%x[%a]): USER %u: no such user found from %*",
                "ftp_login",
                Failed,
                By(FailureReport::NoSuchUser),
            ),
            failing(
                "%w (%x[%a]): Maximum login attempts (%w exceeded%*",
                "ftp_login",
                Failed,
                Told,
            ),
            failing(
                "%w (%x[%a]): SECURITY VIOLATION: %r",
                "ftp_login",
                Denied,
                By(FailureReport::Attempt),
            ),
            saying("%w (%x[%a]): FTP session opened.", "ftp_connect", Other, Network, Success),
            saying(
                "%w (%x[%a]): FTP session closed.",
                "ftp_disconnect",
                Logout,
                Authentication,
                Success,
            ),
            failing("%w (%x[%a]): Login timeout exceeded%*", "ftp_login", Failed, Told),
            failing("%w (%x[%a]): Refused user %u for service %w", "ftp_login", Denied, Told),
        ]
    },
);
