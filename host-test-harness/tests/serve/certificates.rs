//! Certificates: renewed on disk, and asked of clients.

use crate::harness::event;
use auditward::serve::tls::Files;
use auditward::serve::{Options, Serving};
use rcgen::CertifiedKey;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};

type Certificate = CertifiedKey<rcgen::KeyPair>;

fn certificate() -> Certificate {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn files(directory: &Path) -> Files {
    Files { chain: directory.join("cert.pem"), key: directory.join("key.pem"), client_ca: None }
}

fn write(files: &Files, certificate: &Certificate) {
    fs::write(&files.chain, certificate.cert.pem()).unwrap();
    fs::write(&files.key, certificate.signing_key.serialize_pem()).unwrap();
}

fn serving(tls: Files) -> Serving {
    Serving::start(Options {
        listen: ([127, 0, 0, 1], 0).into(),
        tls: Some(tls),
        ..Options::default()
    })
    .unwrap()
}

/// True if a record is taken by a server that is trusted by that certificate, from a client that shows another or none.
fn is_served(address: SocketAddr, server: &Certificate, own: Option<&Certificate>) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(server.cert.der().clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = builder.with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let chain = vec![CertificateDer::from(own.cert.der().to_vec())];
            builder
                .with_client_auth_cert(
                    chain,
                    PrivateKeyDer::from_pem_slice(own.signing_key.serialize_pem().as_bytes())
                        .unwrap(),
                )
                .unwrap()
        }
    };
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let connection =
        ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap())
            .unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    let line = event(1, "dana", false);
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{line}",
        line.len()
    );
    let mut answer = Vec::new();
    stream.write_all(request.as_bytes()).is_ok() && {
        let _ = stream.read_to_end(&mut answer);
        answer.starts_with(b"HTTP/1.1 200")
    }
}

#[test]
fn a_renewed_certificate_is_taken_up_and_a_bad_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (certificate(), certificate());
    let files = files(directory.path());
    write(&files, &first);
    let serving = serving(files.clone());
    assert!(is_served(serving.address, &first, None) && !is_served(serving.address, &second, None));
    // The chain is there before its key.
    fs::write(&files.chain, second.cert.pem()).unwrap();
    serving.reload();
    assert!(is_served(serving.address, &first, None), "what does not belong together is not taken");
    fs::write(&files.chain, "no certificate").unwrap();
    serving.reload();
    assert!(is_served(serving.address, &first, None));
    write(&files, &second);
    // Without a signal: it is looked at every few seconds.
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while !is_served(serving.address, &second, None) {
        assert!(std::time::Instant::now() < until, "the renewed certificate is not in use");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(!is_served(serving.address, &first, None));
}

#[test]
fn clients_show_a_certificate_where_one_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let (server, known, stranger) = (certificate(), certificate(), certificate());
    let files =
        Files { client_ca: Some(directory.path().join("clients.pem")), ..files(directory.path()) };
    write(&files, &server);
    fs::write(files.client_ca.as_ref().unwrap(), known.cert.pem()).unwrap();
    let serving = serving(files.clone());
    let is_served = |own: Option<&Certificate>| is_served(serving.address, &server, own);
    assert_eq!(
        [is_served(Some(&known)), is_served(Some(&stranger)), is_served(None)],
        [true, false, false]
    );
    fs::write(files.client_ca.as_ref().unwrap(), stranger.cert.pem() + "\n").unwrap();
    serving.reload();
    assert_eq!(
        [is_served(Some(&known)), is_served(Some(&stranger))],
        [false, true],
        "those who may come can change too"
    );
    fs::write(files.client_ca.as_ref().unwrap(), "").unwrap();
    assert!(
        Serving::start(Options {
            listen: ([127, 0, 0, 1], 0).into(),
            tls: Some(files),
            ..Options::default()
        })
        .is_err(),
        "nobody could come"
    );
}

#[test]
fn beyond_loopback_certificates_of_clients_stand_for_a_token() {
    let directory = tempfile::tempdir().unwrap();
    let server = certificate();
    let files = files(directory.path());
    write(&files, &server);
    let start = |client_ca: Option<&Path>| {
        let tls = Files { client_ca: client_ca.map(Path::to_owned), ..files.clone() };
        Serving::start(Options {
            listen: ([0, 0, 0, 0], 0).into(),
            tls: Some(tls),
            ..Options::default()
        })
    };
    assert!(start(None).err().unwrap().to_string().contains("--tls-client-ca"));
    assert!(start(Some(&files.chain)).is_ok());
}
