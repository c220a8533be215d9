//! TLS for what comes in: certificates that are renewed on disk are taken up, and clients may have to show one of their own.

use crate::terminal;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// The files, as PEM.
#[derive(Clone, Debug)]
pub struct Files {
    pub chain: PathBuf,
    pub key: PathBuf,
    /// Certificates that those of clients are signed by; without it clients need none.
    pub client_ca: Option<PathBuf>,
}

type Version = Vec<Option<(u64, SystemTime)>>;

impl Files {
    fn version(&self) -> Version {
        let paths = [Some(&self.chain), Some(&self.key), self.client_ca.as_ref()];
        paths.into_iter().flatten().map(|path| about(path)).collect()
    }
}

fn about(path: &Path) -> Option<(u64, SystemTime)> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.len(), about.modified().unwrap_or(SystemTime::UNIX_EPOCH)))
}

/// TLS configuration of new connections.
pub struct Tls {
    files: Files,
    current: Mutex<Current>,
}

struct Current {
    acceptor: TlsAcceptor,
    /// Of the files when they were last read, whatever came of it.
    seen: Version,
    /// The acceptor is not made of these files: they are read again, changed or not.
    is_behind: bool,
}

impl Tls {
    /// Reads the files.
    pub fn open(files: Files) -> Result<Tls> {
        let seen = files.version();
        let acceptor = acceptor(&files)?;
        Ok(Tls { files, current: Mutex::new(Current { acceptor, seen, is_behind: false }) })
    }

    /// For the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).acceptor.clone()
    }

    /// Reads the files again where they have changed. Where they cannot be used (chain and key are seldom replaced at once), those before stay in use.
    pub fn refresh(&self) {
        let version = self.files.version();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = std::mem::replace(&mut current.seen, version.clone()) != version;
        if !is_new && !current.is_behind {
            return;
        }
        let read = acceptor(&self.files);
        current.is_behind = read.is_err();
        match read {
            Ok(acceptor) => {
                current.acceptor = acceptor;
                terminal::say(format_args!(
                    "{}: the renewed certificate is in use for new connections",
                    self.files.chain.display()
                ));
            }
            Err(why) if is_new => {
                terminal::say(format_args!("the certificate in use stays: {why:#}"))
            }
            Err(_) => {}
        }
    }
}

fn acceptor(files: &Files) -> Result<TlsAcceptor> {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(ca) => builder.with_client_cert_verifier(verifier(ca, provider)?),
    };
    let (chain, key) = (&files.chain, &files.key);
    let key_der = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("{} cannot be read as PEM", key.display()))?;
    let mut config =
        builder.with_single_cert(certificates(chain)?, key_der).with_context(|| {
            format!("{} and {} do not belong together", chain.display(), key.display())
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn verifier(
    ca: &Path,
    provider: Arc<tokio_rustls::rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca)? {
        roots
            .add(certificate)
            .with_context(|| format!("{}: not a certificate to trust", ca.display()))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .with_context(|| format!("{} holds no certificate", ca.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = || format!("{} cannot be read as PEM", path.display());
    CertificateDer::pem_file_iter(path)
        .with_context(read)?
        .collect::<Result<_, _>>()
        .with_context(read)
}
