//! Lines as sshd writes them, and what is read from them.

use crate::source::system_auth::tests::{hold, said};
use crate::source::testing;

#[test]
fn messages() {
    hold(MESSAGES);
}

#[test]
fn messages_however_they_came() {
    for (message, row) in OWN {
        assert_eq!(said("sshd[4242]", message), *row, "{message}");
        // Who and where do not depend on how the line came.
        assert_eq!(said("sshd-session[4242]", message), *row, "{message}");
    }
}

/// Where only keys are taken, the end of a connection is all that is said of a try; where more is said, it is no further one.
#[test]
fn connections_that_end_before_a_proof() {
    let (closed, failed) = (
        "Connection closed by authenticating user root 192.0.2.1 port 22 [preauth]",
        "Failed password for root from 192.0.2.1 port 22 ssh2",
    );
    let (pam, many) = (
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
        "Disconnecting authenticating user root 192.0.2.1 port 22: Too many authentication failures [preauth]",
    );
    for (lines, times) in [
        (&[closed][..], &[1][..]),
        (&[many], &[1]),
        (
            &[
                "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 22 ssh2 [preauth]",
                many,
            ],
            &[0, 1],
        ),
        (
            &[
                "Received disconnect from 192.0.2.1 port 22:11: Bye [preauth]",
                "Disconnected from authenticating user root 192.0.2.1 port 22 [preauth]",
            ],
            &[1, 1],
        ),
        (&[pam, failed, failed, closed], &[1, 0, 1, 0]),
        (
            &[
                "Invalid user x from 192.0.2.1 port 22",
                "Connection closed by invalid user x 192.0.2.1 port 22 [preauth]",
            ],
            &[1, 0],
        ),
    ] {
        let lines: Vec<String> = lines
            .iter()
            .zip(10..)
            .map(|(line, second)| format!("Jan 15 11:30:{second} web1 sshd[7]: {line}"))
            .collect();
        assert_eq!(testing::times(&lines), times, "{lines:?}");
    }
}

pub(in crate::source::system_auth) const OWN: &[(&str, &str)] = &[
    (
        "error: PAM: Have exhausted maximum number of retries for service. for bob from 192.0.2.1",
        "ssh_login login failure who=bob ip=192.0.2.1 PamAnswer",
    ),
    (
        "Postponed publickey for bob from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_key other unknown who=bob ip=192.0.2.1 port=22 by=publickey x0",
    ),
    (
        "srclimit_penalise: ipv4: new 192.0.2.1/32 deferred penalty of 5 seconds for penalty: failed authentication",
        "ssh_penalty other unknown ip=192.0.2.1",
    ),
    (
        "srclimit_penalise: ipv6: new 2001:db8::/64 deferred penalty of 5 seconds for penalty: failed authentication",
        "ssh_penalty other unknown",
    ),
    (
        "Magic value check failed (1) on obfuscated handshake from 192.0.2.1 port 22",
        "ssh_probe other failure ip=192.0.2.1 port=22",
    ),
    (
        "Failed password for root from 192.0.2.1",
        "ssh_login login failure who=root ip=192.0.2.1 by=password Attempt",
    ),
    (
        "Failed password for invalid user a b from 2001:db8::1",
        "ssh_login login failure who=a b ip=2001:db8::1 by=password Attempt",
    ),
    (
        "Failed password for x from 10.9.9.9 from h.example.com",
        "ssh_login login failure who=x from 10.9.9.9 from=h.example.com by=password Attempt",
    ),
    ("Failed none for root from 192.0.2.1", "ssh_login login failure who=root ip=192.0.2.1 x0"),
    (
        "Failed password for alice from fe80::1%eth0 port 22 ssh2",
        "ssh_login login failure who=alice ip=fe80::1 port=22 by=password Attempt",
    ),
    (
        "Accepted password for alice from 192.0.2.1",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 by=password",
    ),
    (
        "Accepted password for alice from 192.0.2.1 port 22",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 port=22 by=password",
    ),
    (
        "Connection closed by UNKNOWN port 65535 [preauth]",
        "ssh_disconnect other failure port=65535",
    ),
    (
        "Connection reset by 2001:db8::1 port 22 [preauth]",
        "ssh_disconnect other failure ip=2001:db8::1 port=22",
    ),
    (
        "Disconnected from 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22",
    ),
    (
        "Closing connection to 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22",
    ),
    (
        "error: Received disconnect from 192.0.2.1 port 22:13: Unable to authenticate [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=13: Unable to authenticate",
    ),
    (
        "Read error from remote host 192.0.2.1 port 22: Connection reset by peer [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=Connection reset by peer",
    ),
    // Versions that do not say where the connection stood.
    (
        "Received disconnect from 192.0.2.1: 3: com.jcraft.jsch.JSchException: Auth fail",
        "ssh_disconnect other failure ip=192.0.2.1 why=3: com.jcraft.jsch.JSchException: Auth fail",
    ),
    (
        "Received disconnect from 192.0.2.1: 14: No supported authentication methods available",
        "ssh_disconnect other failure ip=192.0.2.1 why=14: No supported authentication methods available",
    ),
    (
        "Received disconnect from 192.0.2.1: 13: The user canceled authentication.",
        "ssh_disconnect other failure ip=192.0.2.1 why=13: The user canceled authentication.",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:2: Authentication failed.",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=2: Authentication failed.",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=2: Too many authentication failures",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:11: PECL/ssh2 (http://pecl.php.net/packages/ssh2)",
        "ssh_disconnect logout success ip=192.0.2.1 port=22 why=11: PECL/ssh2 (http://pecl.php.net/packages/ssh2)",
    ),
    (
        "Accepted keyboard-interactive/pam for alice from 192.0.2.1 port 22 ssh2",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 port=22 by=keyboard-interactive/pam",
    ),
    (
        "Accepted publickey for alice from fe80::1%eth0 port 40000 ssh2: RSA-CERT SHA256:abc ID key for alice from 10.0.0.9 (serial 42) CA ED25519 SHA256:xyz",
        "ssh_login login success who=alice on=host name=web1 ip=fe80::1 port=40000 by=publickey",
    ),
    (
        "Accepted publickey for alice from 192.0.2.1 port 40000 ssh2: RSA-CERT SHA256:abc ID alice from 10.9.9.9 port 22 ssh2 (serial 42) CA ED25519 SHA256:xyz",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 port=40000 by=publickey",
    ),
    (
        r#"Accepted hostbased for alice from client.example.com port 40000 ssh2: ED25519 SHA256:abc, client user "bob from 10.1.1.1", client host "c.example""#,
        "ssh_login login success who=alice on=host name=web1 from=client.example.com port=40000 by=hostbased",
    ),
    (
        "Accepted gssapi-with-mic for alice@EXAMPLE.COM from 192.0.2.1 port 40000 ssh2",
        "ssh_login login success who=alice@EXAMPLE.COM on=host name=web1 ip=192.0.2.1 port=40000 by=gssapi-with-mic",
    ),
    (
        r#"Accepted certificate ID "user_bob (v1)" (serial 99) signed by RSA CA SHA256:abc via /etc/ssh/ca.pub"#,
        "ssh_key other success on=certificate name=user_bob (v1)",
    ),
    (
        r#"Accepted certificate ID "user_bob" signed by RSA CA SHA256:abc from bob@client.example.com"#,
        "ssh_key other success on=certificate name=user_bob",
    ),
    ("Accepted ED25519 public key SHA256:abc from bob@client.example.com", "ssh_key other success"),
    (
        "Accepted key ED25519 SHA256:abc found at /home/alice/.ssh/authorized_keys:1",
        "ssh_key other success",
    ),
    (
        r#"Accepted certificate ID "x" (serial 3) signed by CA RSA SHA256:1 found at /x:1"#,
        "ssh_key other success on=certificate name=x",
    ),
    (
        "Accepted password for alice from UNKNOWN port 65535 ssh2",
        "ssh_login login success who=alice on=host name=web1 port=65535 by=password",
    ),
    (
        "Partial publickey for alice from 192.0.2.1 port 22 ssh2: RSA SHA256:abc",
        "ssh_key other success who=alice ip=192.0.2.1 port=22 by=publickey",
    ),
    (
        "Postponed keyboard-interactive for invalid user alice from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_key other unknown who=alice ip=192.0.2.1 port=22 by=keyboard-interactive",
    ),
    (
        "Failed password for invalid user  from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure ip=192.0.2.1 port=22 by=password Attempt",
    ),
    (
        "Failed password for  from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure ip=192.0.2.1 port=22 by=password Attempt",
    ),
    (
        "Failed publickey for alice from 192.0.2.1 port 22 ssh2: RSA SHA256:abc",
        "ssh_login login failure who=alice ip=192.0.2.1 port=22 by=publickey Attempt x0",
    ),
    (
        "Failed password for invalid user x from 10.9.9.9 port 22 ssh2 from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure who=x from 10.9.9.9 port 22 ssh2 ip=192.0.2.1 port=22 by=password Attempt",
    ),
    (
        "Failed none for invalid user admin from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure who=admin ip=192.0.2.1 port=22 x0",
    ),
    (
        "Failed password for illegal user test from 192.0.2.1 port 22",
        "ssh_login login failure who=test ip=192.0.2.1 port=22 by=password Attempt",
    ),
    (
        "Failed keyboard-interactive for <invalid username> from 192.0.2.1 port 22 ssh2",
        "ssh_login login failure ip=192.0.2.1 port=22 by=keyboard-interactive Attempt",
    ),
    (
        r#"Failed keyboard-interactive/pam for invalid user alice\n from 2001:db8::1 port 22 ssh2"#,
        r#"ssh_login login failure who=alice\\n ip=2001:db8::1 port=22 by=keyboard-interactive/pam Attempt"#,
    ),
    (
        "Invalid user  from 192.0.2.1 port 22",
        "ssh_login login failure ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Invalid user x y from 192.0.2.1 port 22",
        "ssh_login login failure who=x y ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Invalid user x from 10.9.9.9 port 22 from 192.0.2.1 port 22",
        "ssh_login login failure who=x from 10.9.9.9 port 22 ip=192.0.2.1 port=22 NoSuchUser",
    ),
    ("Invalid user x from 192.0.2.1", "ssh_login login failure who=x ip=192.0.2.1 NoSuchUser"),
    (
        "Invalid user x from host.example.com",
        "ssh_login login failure who=x from=host.example.com NoSuchUser",
    ),
    (
        "Connection closed by authenticating user root 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Connection closed by invalid user  192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure ip=192.0.2.1 port=22 x0",
    ),
    (
        "Connection closed by invalid user a 10.9.9.9 port 1 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure who=a 10.9.9.9 port 1 ip=192.0.2.1 port=22 x0",
    ),
    (
        "Connection closed by user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "Connection reset by user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "Connection closed by 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22",
    ),
    (
        "Connection closed by 192.0.2.1 port 22",
        "ssh_disconnect logout success ip=192.0.2.1 port=22",
    ),
    ("Connection closed by 192.0.2.1", "ssh_disconnect logout success ip=192.0.2.1"),
    (
        "Connection reset by 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22",
    ),
    ("Connection reset by peer", "ssh_disconnect logout success from=peer"),
    (
        "Connection from 192.0.2.1 port 22 timed out",
        "ssh_disconnect logout success ip=192.0.2.1 port=22",
    ),
    (
        "Connection from user alice 192.0.2.1 port 22 timed out",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "Connection from authenticating user root 192.0.2.1 port 22 timed out [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Connection from invalid user x 192.0.2.1 port 22 timed out [preauth]",
        "ssh_disconnect login failure who=x ip=192.0.2.1 port=22 x0",
    ),
    (
        r#"Connection from 192.0.2.1 port 4000 on 198.51.100.1 port 22 rdomain "a""#,
        "ssh_connect other success ip=192.0.2.1 port=4000",
    ),
    (
        "Connection from 192.0.2.1 port 4000 on 198.51.100.1 port 22",
        "ssh_connect other success ip=192.0.2.1 port=4000",
    ),
    (
        "Connection from UNKNOWN port 65535 with IP opts: 01 02",
        "ssh_connect other denied port=65535",
    ),
    (
        "Connection from 192.0.2.1: refusing non-sftp session",
        "ssh_connect other denied ip=192.0.2.1 why=non-sftp session",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:11: Bye Bye [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=11: Bye Bye",
    ),
    (
        "Received disconnect from 192.0.2.1: 11: disconnected by user",
        "ssh_disconnect logout success ip=192.0.2.1 why=11: disconnected by user",
    ),
    (
        "Received disconnect from 2001:db8::1 port 22:11: disconnected by user",
        "ssh_disconnect logout success ip=2001:db8::1 port=22 why=11: disconnected by user",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:3: com.jcraft.jsch.JSchException: Auth fail [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=3: com.jcraft.jsch.JSchException: Auth fail",
    ),
    (
        "Received disconnect from 192.0.2.1 port 22:14: No supported authentication methods available [preauth]",
        "ssh_disconnect other failure ip=192.0.2.1 port=22 why=14: No supported authentication methods available",
    ),
    ("Disconnected from 192.0.2.1 port 22", "ssh_disconnect logout success ip=192.0.2.1 port=22"),
    (
        "Disconnected from user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "Disconnected from authenticating user root 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 NoSuchUser",
    ),
    (
        "Disconnected from invalid user x y 192.0.2.1 port 22 [preauth]",
        "ssh_disconnect login failure who=x y ip=192.0.2.1 port=22 x0",
    ),
    (
        "Disconnecting authenticating user root 192.0.2.1 port 22: Too many authentication failures [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 why=Too many authentication failures NoSuchUser",
    ),
    (
        "Disconnecting invalid user x 192.0.2.1 port 22: Change of username or service not allowed: (x,ssh-connection) -> (y,ssh-connection) [preauth]",
        "ssh_disconnect login failure who=x ip=192.0.2.1 port=22 why=(x,ssh-connection) -> (y,ssh-connection) x0",
    ),
    (
        "Disconnecting user alice 192.0.2.1 port 22: Timeout",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22 why=Timeout",
    ),
    (
        "Disconnecting 192.0.2.1 port 22: Packet corrupt",
        "ssh_disconnect login failure ip=192.0.2.1 port=22 why=Packet corrupt x0",
    ),
    (
        "Disconnecting: Too many authentication failures for invalid user root from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_disconnect login failure who=root ip=192.0.2.1 port=22 x0",
    ),
    (
        "Disconnecting: Too many authentication failures for root [preauth]",
        "ssh_disconnect login failure who=root x0",
    ),
    (
        "Disconnecting: Packet corrupt [preauth]",
        "ssh_disconnect login failure why=Packet corrupt x0",
    ),
    (
        "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_login login failure who=root ip=192.0.2.1 port=22 x0",
    ),
    (
        "error: maximum authentication attempts exceeded for invalid user x from 192.0.2.1 port 22 ssh2 [preauth]",
        "ssh_login login failure who=x ip=192.0.2.1 port=22 x0",
    ),
    (
        "User alice not allowed because account is locked",
        "ssh_login login denied who=alice why=account is locked NoSuchUser",
    ),
    (
        "User alice not allowed because shell /bin/none does not exist",
        "ssh_login login denied who=alice why=shell /bin/none does not exist NoSuchUser",
    ),
    (
        "User alice from 192.0.2.1 not allowed because not listed in AllowUsers",
        "ssh_login login denied who=alice ip=192.0.2.1 why=not listed in AllowUsers NoSuchUser",
    ),
    (
        "User alice from host.example.com not allowed because a group is listed in DenyGroups",
        "ssh_login login denied who=alice from=host.example.com why=a group is listed in DenyGroups NoSuchUser",
    ),
    (
        "User alice from 192.0.2.1 not allowed because none of user's groups are listed in AllowGroups",
        "ssh_login login denied who=alice ip=192.0.2.1 why=none of user's groups are listed in AllowGroups NoSuchUser",
    ),
    (
        "User x from 10.9.9.9 not allowed because not listed in AllowUsers from 192.0.2.1 not allowed because not listed in AllowUsers",
        "ssh_login login denied who=x from 10.9.9.9 not allowed because not listed in AllowUsers ip=192.0.2.1 why=not listed in AllowUsers NoSuchUser",
    ),
    (
        "User alice password has expired (root forced)",
        "ssh_login login denied who=alice why=root forced x0",
    ),
    (
        "User alice password has expired (password aged)",
        "ssh_login login denied who=alice why=password aged x0",
    ),
    ("Account alice has expired", "ssh_login login denied who=alice NoSuchUser"),
    (
        "User root not allowed because /etc/nologin exists",
        "ssh_login login denied who=root why=/etc/nologin exists NoSuchUser",
    ),
    ("Login restricted for alice: bla", "ssh_login login denied who=alice why=bla x0"),
    (
        "ROOT LOGIN REFUSED FROM 192.0.2.1 port 22 [preauth]",
        "ssh_login login denied who=root ip=192.0.2.1 port=22 Attempt",
    ),
    ("ROOT LOGIN REFUSED FROM 192.0.2.1", "ssh_login login denied who=root ip=192.0.2.1 Attempt"),
    (
        "Authentication refused: bad ownership or modes for directory /home/alice",
        "ssh_login login denied why=bad ownership or modes for directory /home/alice x0",
    ),
    (
        "Authentication refused for alice: bad owner or modes for /home/alice",
        "ssh_login login denied who=alice why=bad owner or modes for /home/alice x0",
    ),
    (
        "Authentication tried for alice with correct key but not from a permitted host (host=h.example.com, ip=192.0.2.1, required=10.0.0.0/8).",
        "ssh_login login denied who=alice ip=192.0.2.1 Attempt",
    ),
    (
        "/home/alice/.ssh/authorized_keys:3: Authentication tried for alice with correct key but not from a permitted host (host=h.example.com, ip=192.0.2.1, required=10.0.0.0/8).",
        "ssh_login login denied who=alice ip=192.0.2.1 Attempt",
    ),
    (
        "/home/alice/.ssh/authorized_keys:3: Authentication tried for alice with valid certificate but not from a permitted source address (192.0.2.1).",
        "ssh_login login denied who=alice ip=192.0.2.1 Attempt",
    ),
    (
        "Authentication key RSA SHA256:abc revoked by file /etc/ssh/revoked",
        "ssh_login login denied why=RSA SHA256:abc x0",
    ),
    (
        "WARNING: revoked key for alice attempted authentication",
        "ssh_login login denied who=alice x0",
    ),
    (
        r#"error: Refusing certificate ID "x" serial=1 signed by RSA CA SHA256:1: Certificate invalid: expired"#,
        r#"ssh_login login denied why=\"x\" serial=1 signed by RSA CA SHA256:1: Certificate invalid: expired x0"#,
    ),
    (
        r#"error: Refusing certificate ID "x" serial=1 signed by RSA CA SHA256:1 via /x: Certificate invalid: expired"#,
        r#"ssh_login login denied why=\"x\" serial=1 signed by RSA CA SHA256:1 via /x: Certificate invalid: expired x0"#,
    ),
    ("Certificate invalid: expired", "ssh_login login denied why=expired x0"),
    (
        "error: Certificate invalid: name is not a listed principal",
        "ssh_login login denied why=name is not a listed principal x0",
    ),
    (
        "error: PAM: Authentication failure for alice from 192.0.2.1",
        "ssh_login login failure who=alice ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: Authentication failure for illegal user x y from host.example.com",
        "ssh_login login failure who=x y from=host.example.com PamAnswer",
    ),
    (
        "error: PAM: User account has expired for alice from 192.0.2.1",
        "ssh_login login denied who=alice ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: Permission denied for root from 192.0.2.1",
        "ssh_login login denied who=root ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: Maximum number of tries exceeded for alice from 192.0.2.1",
        "ssh_login login failure who=alice ip=192.0.2.1 why=Maximum number of tries exceeded PamAnswer",
    ),
    (
        "error: PAM: Module is unknown for alice from 192.0.2.1",
        "ssh_login login failure who=alice ip=192.0.2.1 why=Module is unknown PamAnswer",
    ),
    (
        "error: PAM: Cannot make/remove an entry for the specified session for alice from 192.0.2.1",
        "ssh_login login failure who=alice ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: Have exhausted maximum number of retries for service for root from 192.0.2.1",
        "ssh_login login failure who=root ip=192.0.2.1 PamAnswer",
    ),
    (
        "error: PAM: authentication error for illegal user x from y from 192.0.2.1 via 198.51.100.2",
        "ssh_login login failure who=x from y ip=192.0.2.1 PamAnswer",
    ),
    (
        "fatal: Access denied for user alice by PAM account configuration [preauth]",
        "ssh_login login denied who=alice x0",
    ),
    (
        "fatal: Username too long from 192.0.2.1 port 22",
        "ssh_login login failure ip=192.0.2.1 port=22 Attempt",
    ),
    (
        "administratively prohibited connection for invalid user x from 192.0.2.1 port 22",
        "ssh_login login denied who=x ip=192.0.2.1 port=22 x0",
    ),
    ("Could not get shadow information for NOUSER", "ssh_login login failure x0"),
    (
        "Did not receive identification string from 192.0.2.1 port 22",
        "ssh_probe other failure ip=192.0.2.1 port=22",
    ),
    (
        "Did not receive identification string from 192.0.2.1",
        "ssh_probe other failure ip=192.0.2.1",
    ),
    (
        r#"Bad protocol version identification '\x16\x03\x01 from 10.9.9.9 port 3' from 192.0.2.1 port 22"#,
        r#"ssh_probe other failure ip=192.0.2.1 port=22 why=\\x16\\x03\\x01 from 10.9.9.9 port 3"#,
    ),
    (
        "Bad protocol version identification 'GET / HTTP/1.1' from 192.0.2.1 port 22",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=GET / HTTP/1.1",
    ),
    (
        "Bad protocol version identification '' from UNKNOWN port 65535",
        "ssh_probe other failure port=65535",
    ),
    (
        "error: kex_exchange_identification: Connection closed by remote host",
        "ssh_probe other failure why=Connection closed by remote host",
    ),
    (
        "error: kex_exchange_identification: read: Connection reset by peer",
        "ssh_probe other failure why=read: Connection reset by peer",
    ),
    (
        r#"error: kex_exchange_identification: client sent invalid protocol identifier "GET / HTTP/1.1""#,
        r#"ssh_probe other failure why=client sent invalid protocol identifier \"GET / HTTP/1.1\""#,
    ),
    (
        "error: kex_exchange_identification: banner line contains invalid characters",
        "ssh_probe other failure why=banner line contains invalid characters",
    ),
    (
        "error: kex_protocol_error: type 20 seq 2 [preauth]",
        "ssh_probe other failure why=type 20 seq 2",
    ),
    ("error: Protocol major versions differ: 2 vs. 1", "ssh_probe other failure why=2 vs. 1"),
    (
        "banner exchange: Connection from 192.0.2.1 port 22: invalid format",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=invalid format",
    ),
    (
        "banner exchange: Connection from 192.0.2.1 port 22: Connection refused by remote host",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=Connection refused by remote host",
    ),
    ("error: Bad remote protocol version identification: 'x'", "ssh_probe other failure why='x'"),
    (
        "drop connection #10 from [192.0.2.1]:22 on [198.51.100.1]:22 past MaxStartups",
        "ssh_connect other denied ip=192.0.2.1 port=22 why=past MaxStartups",
    ),
    (
        "drop connection #0 from [192.0.2.1]:22 on [198.51.100.1]:22 penalty: failed authentication",
        "ssh_connect other denied ip=192.0.2.1 port=22 why=penalty: failed authentication",
    ),
    (
        "drop connection #0 from [2001:db8::1]:22 on [2001:db8::2]:22 penalty: connections without attempting authentication",
        "ssh_connect other denied ip=2001:db8::1 port=22 why=penalty: connections without attempting authentication",
    ),
    (
        "Unable to negotiate with 192.0.2.1 port 22: no matching key exchange method found. Their offer: x [preauth]",
        "ssh_connect other failure ip=192.0.2.1 port=22 why=no matching key exchange method found. Their offer: x",
    ),
    (
        "Unable to negotiate with authenticating user root 192.0.2.1 port 22: no matching host key type found. Their offer: x [preauth]",
        "ssh_connect other failure who=root ip=192.0.2.1 port=22 why=no matching host key type found. Their offer: x",
    ),
    (
        "Unable to negotiate with invalid user x 192.0.2.1 port 22: no matching x",
        "ssh_connect other failure who=x ip=192.0.2.1 port=22 why=x",
    ),
    ("fatal: Unable to negotiate a key exchange method", "ssh_connect other failure"),
    (
        "fatal: Timeout before authentication for 192.0.2.1 port 22",
        "ssh_connect login failure ip=192.0.2.1 port=22 x0",
    ),
    (
        "Timeout before authentication for connection from 192.0.2.1 to 198.51.100.1, pid = 123",
        "ssh_connect login failure ip=192.0.2.1 x0",
    ),
    (
        "Timeout, client not responding from user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    ("Timeout, client not responding.", "ssh_disconnect logout success"),
    (
        "terminating inactive connection from user alice 192.0.2.1 port 22",
        "ssh_disconnect logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "ssh_dispatch_run_fatal: Connection from 192.0.2.1 port 22: message authentication code incorrect [preauth]",
        "ssh_connect other failure ip=192.0.2.1 port=22 why=message authentication code incorrect",
    ),
    (
        "ssh_dispatch_run_fatal: Connection from authenticating user root 192.0.2.1 port 22: bignum is negative [preauth]",
        "ssh_connect login failure who=root ip=192.0.2.1 port=22 why=bignum is negative NoSuchUser",
    ),
    (
        "ssh_dispatch_run_fatal: Connection from invalid user x 192.0.2.1 port 22: bignum is negative [preauth]",
        "ssh_connect login failure who=x ip=192.0.2.1 port=22 why=bignum is negative x0",
    ),
    (
        "fatal: Read from socket failed: Connection reset by peer [preauth]",
        "ssh_connect other failure why=Connection reset by peer",
    ),
    ("fatal: Write failed: Broken pipe", "ssh_connect other failure why=Broken pipe"),
    (
        "packet_write_wait: Connection from 192.0.2.1 port 22: Broken pipe",
        "ssh_connect other failure ip=192.0.2.1 port=22 why=Broken pipe",
    ),
    (
        "fatal: Write failed: Connection reset by peer",
        "ssh_connect other failure why=Connection reset by peer",
    ),
    (
        "Read error from remote host 192.0.2.1 port 22: Connection reset by peer",
        "ssh_disconnect logout success ip=192.0.2.1 port=22 why=Connection reset by peer",
    ),
    (
        "Read error from remote host 192.0.2.1: Connection timed out",
        "ssh_disconnect logout success ip=192.0.2.1 why=Connection timed out",
    ),
    (
        "Closing connection to 192.0.2.1 port 22",
        "ssh_disconnect logout success ip=192.0.2.1 port=22",
    ),
    ("Closing connection to 192.0.2.1", "ssh_disconnect logout success ip=192.0.2.1"),
    (
        "reverse mapping checking getaddrinfo for evil.example.com [192.0.2.1] failed - POSSIBLE BREAK-IN ATTEMPT!",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        "reverse mapping checking getaddrinfo for evil.example.com [192.0.2.1] failed.",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        "Address 192.0.2.1 maps to evil.example.com, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        "Address 192.0.2.1 maps to evil.example.com, but this does not map back to the address.",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        r#"Nasty PTR record "192.0.2.9" is set up for 192.0.2.1, ignoring"#,
        "ssh_reverse_mapping other failure on=host name=192.0.2.9 ip=192.0.2.1",
    ),
    (
        "Starting session: shell on pts/0 for alice from 192.0.2.1 port 22 id 0",
        "ssh_session execute success who=alice on=session name=shell on pts/0 ip=192.0.2.1 port=22",
    ),
    (
        "Starting session: command for alice from 192.0.2.1 port 22 id 0",
        "ssh_session execute success who=alice on=session name=command ip=192.0.2.1 port=22",
    ),
    (
        "Starting session: forced-command (config) 'x for bob from 10.1.1.1 port 1 id 0' for alice from 192.0.2.1 port 22 id 0",
        "ssh_session execute success who=alice on=session name=forced-command (config) 'x for bob from 10.1.1.1 port 1 id 0' ip=192.0.2.1 port=22",
    ),
    (
        "Starting session: subsystem 'sftp' for alice from 192.0.2.1 port 22",
        "ssh_session execute success who=alice on=session name=subsystem 'sftp' ip=192.0.2.1 port=22",
    ),
    (
        "Close session: user alice from 192.0.2.1 port 22 id 0",
        "ssh_session logout success who=alice ip=192.0.2.1 port=22",
    ),
    (
        "subsystem request for sftp by user alice",
        "ssh_subsystem execute success who=alice on=service name=sftp",
    ),
    ("subsystem request for sftp", "ssh_subsystem execute success on=service name=sftp"),
    (
        "subsystem request for x by user alice failed, subsystem not found",
        "ssh_subsystem execute failure who=alice on=service name=x why=subsystem not found",
    ),
    ("Transferred: sent 3140, received 2624 bytes", "ssh_session other success"),
    ("User child is on pid 1234", "ssh_session other success"),
    ("Server listening on 0.0.0.0 port 22.", "ssh_server other success"),
    ("Server listening on :: port 22.", "ssh_server other success"),
    ("Received signal 15; terminating.", "ssh_server other success why=15; terminating."),
    ("Exiting on signal 15", "ssh_server other success why=15"),
    (
        "error: connect_to 10.0.0.9 port 80: failed.",
        "ssh_forward other failure on=host name=10.0.0.9",
    ),
    (
        "error: connect_to 10.0.0.9: unknown host (Name or service not known)",
        "ssh_forward other failure on=host name=10.0.0.9 why=unknown host (Name or service not known)",
    ),
    (
        "refused local port forward: originator 192.0.2.1 port 22, target 10.0.0.9 port 80",
        "ssh_forward other denied on=host name=10.0.0.9 ip=192.0.2.1 port=22",
    ),
    (
        "Received request from 192.0.2.1 port 22 to remote forward to host 10.0.0.9 port 80, but the request was denied.",
        "ssh_forward other denied on=host name=10.0.0.9 ip=192.0.2.1 port=22",
    ),
    ("Bad packet length 1231. [preauth]", "ssh_probe other failure"),
    ("Corrupted MAC on input. [preauth]", "ssh_probe other failure"),
    (
        "padding error: need 123 block 8 mod 4 [preauth]",
        "ssh_probe other failure why=need 123 block 8 mod 4",
    ),
    (
        "probed from 192.0.2.1 port 22 with SSH-1.0-x.  Don't panic.",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=SSH-1.0-x.  Don't panic.",
    ),
    (
        "scanned from 192.0.2.1 port 22 with SSH-1.0-SSH_Version_Mapper.  Don't panic.",
        "ssh_probe other failure ip=192.0.2.1 port=22 why=SSH-1.0-SSH_Version_Mapper.  Don't panic.",
    ),
    ("refused connect from 192.0.2.1", "ssh_connect other denied ip=192.0.2.1"),
    ("refused connect from host.example.com (192.0.2.1)", "ssh_connect other denied ip=192.0.2.1"),
    (
        "refused connect from ::ffff:192.0.2.1 (::ffff:192.0.2.1)",
        "ssh_connect other denied ip=192.0.2.1",
    ),
    (
        "public key RSA SHA256:x signature for invalid user y from 192.0.2.1 port 22 rejected: user presence (authenticator touch) requirement not met ",
        "ssh_login login denied who=y ip=192.0.2.1 port=22 why=user presence (authenticator touch) requirement not met x0",
    ),
    (
        "Rhosts authentication refused for alice: no home directory /x",
        "ssh_login login denied who=alice why=no home directory /x x0",
    ),
    ("input_userauth_request: invalid user x y [preauth]", "ssh_login login failure who=x y x0"),
    (
        "Authorized to alice, krb5 principal alice@EXAMPLE.COM (krb5_kuserok)",
        "ssh_key other success who=alice",
    ),
    (
        "Accepted gssapi-keyex for alice from 192.0.2.1 port 22 ssh2: alice@EXAMPLE.COM",
        "ssh_login login success who=alice on=host name=web1 ip=192.0.2.1 port=22 by=gssapi-keyex",
    ),
    (
        "pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=alice",
        "authentication login failure who=alice ip=192.0.2.1 OtherPam",
    ),
    (
        "PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
        "ssh_login login failure who=root ip=192.0.2.1 Pam x2",
    ),
    (
        "PAM 1 more authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1",
        "ssh_login login failure ip=192.0.2.1 Pam",
    ),
    ("PAM service(sshd) ignoring max retries; 6 > 3", "ssh_login login failure why=6 > 3 x0"),
    (
        "(pam_unix) authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.1  user=root",
        "authentication login failure who=root ip=192.0.2.1 Pam",
    ),
];

/// Those that come under other process ids, each with its tag.
pub(in crate::source::system_auth) const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "sshd[7]",
        "pam_unix(sshd:auth): check pass; user (bob) unknown",
        "authentication login failure who=bob x0",
    ),
    (
        "sshd[7]",
        "SSHD_LOGIN_FAILED: Login failed for user 'bob' from host '192.0.2.1'",
        "ssh_login login failure who=bob ip=192.0.2.1 NoSuchUser",
    ),
    (
        "sshd",
        "Login failed for user 'x' from host '198.51.100.9' from host '192.0.2.1'",
        "ssh_login login failure who=x' from host '198.51.100.9 ip=192.0.2.1 NoSuchUser",
    ),
    ("sshd[7]", "Access denied for user bob.", "ssh_login login denied who=bob x0"),
    (
        "sshd[7]",
        "Connection to 192.0.2.1 timed out while waiting to write",
        "ssh_disconnect logout success ip=192.0.2.1",
    ),
    (
        "sshd[7]",
        "Connection from 192.0.2.1 with IP options: 01",
        "ssh_connect other denied ip=192.0.2.1",
    ),
    (
        "sshd[7]",
        "Could not write ident string to 192.0.2.1",
        "ssh_probe other failure ip=192.0.2.1",
    ),
    (
        "sshd[7]",
        "Could not reverse map address 192.0.2.1.",
        "ssh_reverse_mapping other failure ip=192.0.2.1",
    ),
    (
        "sshd[7]",
        "fatal: no matching cipher found: client a server b",
        "ssh_connect other failure why=cipher found: client a server b",
    ),
    (
        "sshd[1]",
        "pam_sss(sshd:auth): received for user bob: 17 (Failure setting user credentials)",
        "authentication login failure who=bob why=17 (Failure setting user credentials) x0",
    ),
    (
        "sshd[1]",
        "pam_sss(sshd:account): Access denied for user bob: 6 (Permission denied)",
        "authentication login denied who=bob why=6 (Permission denied) x0",
    ),
    (
        "sshd[1]",
        "pam_sss(sshd:auth): authentication success; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=bob",
        "authentication other success who=bob ip=192.0.2.1",
    ),
    (
        "sshd[1]",
        "pam_access(sshd:account): access denied for user `bob' from `192.0.2.1'",
        "authentication login denied who=bob ip=192.0.2.1 x0",
    ),
    (
        "sshd[1]",
        "pam_access(sshd:account): access denied for user `bob' from `cron'",
        "authentication login denied who=bob from=cron x0",
    ),
    (
        "sshd[1]",
        r#"pam_succeed_if(sshd:auth): requirement "uid >= 1000" not met by user "root""#,
        "authentication login failure who=root why=uid >= 1000 x0",
    ),
    (
        "sshd[1]",
        "pam_tally2(sshd:auth): user bob (1001) tally 5, deny 4",
        "authentication login denied who=bob why=5, deny 4 x0",
    ),
    (
        "sshd[1]",
        "pam_faillock(sshd:auth): Consecutive login failures for user bob account temporarily locked",
        "authentication login denied who=bob x0",
    ),
    (
        "sshd[1]",
        "pam_listfile(vsftpd:auth): Refused user root for service vsftpd",
        "authentication login denied who=root x0",
    ),
    (
        "sshd[1]",
        "pam_limits(sshd:session): Too many logins (max 3) for bob",
        "authentication login denied who=bob x0",
    ),
    (
        "sshd[1]",
        "pam_krb5(sshd:auth): user bob authenticated as bob@EXAMPLE.COM",
        "authentication other success who=bob on=user name=bob@EXAMPLE.COM",
    ),
    (
        "sshd[1]",
        "pam_krb5(sshd:auth): authentication failure; logname=bob uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1",
        "authentication login failure who=bob ip=192.0.2.1 OtherPam",
    ),
    (
        "sshd[1]",
        "pam_winbind(sshd:auth): user 'bob' granted access",
        "authentication other success who=bob",
    ),
    (
        "sshd[1]",
        "pam_winbind(sshd:auth): user 'bob' denied access (incorrect password or invalid membership)",
        "authentication login denied who=bob why=incorrect password or invalid membership x0",
    ),
    (
        "sshd[1]",
        "pam_winbind(sshd:auth): user `bob' denied access (incorrect password or invalid membership)",
        "authentication login denied who=bob why=incorrect password or invalid membership x0",
    ),
    (
        "sshd[1]",
        "pam_unix(sshd:account): account bob has expired (account expired)",
        "authentication login denied who=bob x0",
    ),
    (
        "sshd[1]",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=x rhost=10.9.9.9 user=y",
        "authentication login failure who=x rhost=10.9.9.9 user=y ip=192.0.2.1 Pam",
    ),
];
