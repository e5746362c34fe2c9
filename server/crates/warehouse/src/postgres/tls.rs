//! TLS as libpq does it: how much of the server's certificate is checked depends on `sslmode`.
//!
//! Below `verify-ca` the traffic is encrypted and nobody is asked who the server is, unless there is a root certificate: then
//! every mode checks it as `verify-ca` does, and `prefer` goes on without encryption where that fails. Only `verify-full` checks
//! the name.

use std::{path::PathBuf, sync::Arc};

use base::System;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
        SignatureScheme,
        client::{
            WebPkiServerVerifier,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
            verify_server_name,
        },
        crypto::{self, CryptoProvider},
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _},
        server::ParsedCertificate,
    },
};

use super::credentials::{Credentials, SslMode};

/// What makes a connection of the profile secret, or why that is not possible.
pub(super) fn connector(
    credentials: &Credentials,
    system: &dyn System,
) -> Result<TlsConnector, String> {
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier = Verifier {
        roots: verifier(credentials, system, &provider)?,
        checks_name: credentials.ssl_mode == SslMode::VerifyFull,
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let config = match client_certificate(credentials, system)? {
        Some((chain, key)) => config
            .with_client_auth_cert(chain, key)
            .map_err(|error| format!("the client certificate `sslcert` cannot be used: {error}"))?,
        None => config.with_no_client_auth(),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The user's own file where the profile names none: `~/.postgresql/root.crt` and its like.
fn home_file(system: &dyn System, name: &str) -> Option<PathBuf> {
    let home = system.env_var("HOME")?;
    let path = PathBuf::from(home).join(".postgresql").join(name);
    system.is_file(&path).then_some(path)
}

/// The certificates that the server's has to come from, where anybody asks.
fn verifier(
    credentials: &Credentials,
    system: &dyn System,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Roots>, String> {
    let must_verify = matches!(
        credentials.ssl_mode,
        SslMode::VerifyCa | SslMode::VerifyFull
    );
    let named = credentials.ssl_root_cert.clone();
    let path = named.or_else(|| home_file(system, "root.crt"));
    let Some(path) = path.filter(|path| must_verify || system.is_file(path)) else {
        return if must_verify {
            Err("`sslmode` asks to verify the server, and there is no root certificate: name its file with `sslrootcert`, or put it at ~/.postgresql/root.crt".to_owned())
        } else {
            Ok(None)
        };
    };
    let certificates = certificates(system, &path, "sslrootcert")?;
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| {
            format!(
                "the root certificate `{}` cannot be used: {error}",
                path.display()
            )
        })?;
    }
    let chain = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider))
        .build()
        .map_err(|error| error.to_string())?;
    Ok(Some(Roots {
        chain,
        certificates,
    }))
}

fn certificates(
    system: &dyn System,
    path: &std::path::Path,
    key: &str,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = system
        .read(path)
        .map_err(|error| format!("`{key}` cannot be read: {error}"))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(format!(
            "`{key}`: {} holds no certificate in PEM form",
            path.display()
        )),
        Err(error) => Err(format!("`{key}`: {}: {error}", path.display())),
    }
}

type ClientCertificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_certificate(
    credentials: &Credentials,
    system: &dyn System,
) -> Result<Option<ClientCertificate>, String> {
    let file = |named: &Option<PathBuf>, name| named.clone().or_else(|| home_file(system, name));
    let Some(certificate) = file(&credentials.ssl_cert, "postgresql.crt") else {
        return Ok(None);
    };
    let chain = certificates(system, &certificate, "sslcert")?;
    let Some(key) = file(&credentials.ssl_key, "postgresql.key") else {
        return Err(
            "`sslcert` is of no use without its key: name the file with `sslkey`".to_owned(),
        );
    };
    let bytes = system
        .read(&key)
        .map_err(|error| format!("`sslkey` cannot be read: {error}"))?;
    let key = PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| {
        format!(
            "`sslkey`: {}: {error}; it has to be a key in PEM form without a passphrase",
            key.display()
        )
    })?;
    Ok(Some((chain, key)))
}

#[derive(Debug)]
struct Roots {
    chain: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

/// Checks as much as the mode says.
#[derive(Debug)]
struct Verifier {
    roots: Option<Roots>,
    checks_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(roots) = &self.roots else {
            return Ok(ServerCertVerified::assertion());
        };
        // A server that signed its own certificate, and that very certificate as the root.
        let is_root = roots
            .certificates
            .iter()
            .any(|root| root.as_ref() == end_entity.as_ref());
        if is_root {
            if self.checks_name {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        let verified = roots.chain.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
