//! The simulators' own certificate authority and the one certificate that
//! stands for all simulated hosts. Trusted by nobody who does not ask for it.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The hosts that the certificate is good for.
const HOSTS: [&str; 9] = [
    "api.dropboxapi.com",
    "content.dropboxapi.com",
    "notify.dropboxapi.com",
    "www.dropbox.com",
    "api.dropbox.com",
    "platform.ringcentral.com",
    "media.ringcentral.com",
    "localhost",
    "127.0.0.1",
];

/// The certificate to serve with. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Authority {
    ca_path: PathBuf,
    server: Arc<ServerConfig>,
}

impl Authority {
    /// The authority's own certificate (`SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`
    /// and their like).
    pub fn ca_path(&self) -> &Path {
        &self.ca_path
    }

    /// TLS 1.2 and 1.3, offering `h2` and `http/1.1`.
    pub(super) fn server(&self) -> &Arc<ServerConfig> {
        &self.server
    }
}

/// Takes the authority that lies in `directory` (`ca.pem`, `server.pem` and
/// their keys), or makes a new one there. Keys are readable by their owner
/// only. Fails when the directory cannot be written or its files are broken.
pub fn certificate_authority(directory: &Path) -> io::Result<Authority> {
    let ca_path = directory.join("ca.pem");
    let (leaf_path, key_path) = (directory.join("server.pem"), directory.join("server.key"));
    if ![&ca_path, &leaf_path, &key_path].iter().all(|p| p.exists()) {
        make(directory).map_err(|error| match error {
            Trouble::Disk(error) => error,
            Trouble::Certificate(error) => io::Error::other(error),
        })?;
    }
    let broken = |what: &Path| {
        let what = what.display();
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{what} cannot be read; remove the directory to get a new authority"),
        )
    };
    let leaf = CertificateDer::from_pem_file(&leaf_path).map_err(|_| broken(&leaf_path))?;
    let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|_| broken(&key_path))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .map_err(|_| broken(&leaf_path))?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Authority {
        ca_path,
        server: Arc::new(server),
    })
}

enum Trouble {
    Disk(io::Error),
    Certificate(rcgen::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<rcgen::Error> for Trouble {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error)
    }
}

/// Makes a new authority and its one certificate.
fn make(directory: &Path) -> Result<(), Trouble> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let ca_key = KeyPair::generate()?;
    let mut ca = CertificateParams::new(Vec::<String>::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.distinguished_name
        .push(DnType::CommonName, "Simulated world: not for real hosts");
    let ca_certificate = ca.self_signed(&ca_key)?;

    let leaf_key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(HOSTS.map(str::to_owned).to_vec())?;
    leaf.use_authority_key_identifier_extension = true;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.distinguished_name
        .push(DnType::CommonName, "Simulated hosts");
    let leaf_certificate = leaf.signed_by(&leaf_key, &Issuer::from_params(&ca, &ca_key))?;

    write(&directory.join("ca.key"), &ca_key.serialize_pem(), 0o600)?;
    write(&directory.join("ca.pem"), &ca_certificate.pem(), 0o644)?;
    write(
        &directory.join("server.key"),
        &leaf_key.serialize_pem(),
        0o600,
    )?;
    write(
        &directory.join("server.pem"),
        &leaf_certificate.pem(),
        0o644,
    )?;
    Ok(())
}

/// Writes a new file with its permissions from the first byte on.
fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    if path.exists() {
        fs::remove_file(path)?;
    }
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?
        .write_all(text.as_bytes())
}
