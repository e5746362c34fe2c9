//! The way to the server: a TCP connection or a Unix socket, and TLS over the former where the profile and the server
//! agree on it.
//!
//! tokio-postgres would negotiate TLS itself, but then nothing could read along (see `tap`).

use std::{io, net::SocketAddr, sync::Arc};

use base::System;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::rustls::pki_types::ServerName;

use super::{
    credentials::{Credentials, SslMode},
    tls,
};

/// Whatever bytes go over.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A way to the server on which nothing was said yet.
pub(super) type Opened = Box<dyn Wire>;

/// Whether to encrypt in one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    Never,
    /// If the server can.
    IfOffered,
    Always,
}

/// What is tried, one after the other.
pub(super) fn attempts(credentials: &Credentials) -> &'static [Encryption] {
    if credentials.is_local_socket() {
        return &[Encryption::Never];
    }
    match credentials.ssl_mode {
        SslMode::Disable => &[Encryption::Never],
        SslMode::Allow => &[Encryption::Never, Encryption::Always],
        SslMode::Prefer => &[Encryption::IfOffered, Encryption::Never],
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Encryption::Always],
    }
}

/// Opens the way; an error is for people.
pub(super) async fn open(
    credentials: &Credentials,
    encryption: Encryption,
    system: &Arc<dyn System>,
) -> Result<Opened, String> {
    if credentials.is_local_socket() {
        return local_socket(credentials).await;
    }
    let mut stream = tcp(credentials).await?;
    if encryption == Encryption::Never || !offers_tls(&mut stream).await? {
        if encryption == Encryption::Always {
            return Err(format!(
                "the server at {} does not encrypt connections, which `sslmode` asks for; turn `ssl` on in the server, or choose another `sslmode`",
                place(credentials)
            ));
        }
        // A server that was asked and declined goes on without.
        return Ok(Box::new(stream));
    }
    let connector = tls::connector(credentials, &**system)?;
    let name = ServerName::try_from(credentials.host.clone()).map_err(|_| {
        format!(
            "`{}` is no name that a certificate could be for",
            credentials.host
        )
    })?;
    let encrypted = connector.connect(name, stream).await.map_err(|error| {
        format!(
            "no encrypted connection to the server at {}: {error}; see `sslmode`, `sslrootcert`, `sslcert` and `sslkey` of the profile",
            place(credentials)
        )
    })?;
    Ok(Box::new(encrypted))
}

/// `"localhost", port 5432`
pub(super) fn place(credentials: &Credentials) -> String {
    format!("\"{}\", port {}", credentials.host, credentials.port)
}

fn refused(credentials: &Credentials, address: Option<SocketAddr>, error: &io::Error) -> String {
    let reason = match error.kind() {
        io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
        io::ErrorKind::NotFound => "No such file or directory".to_owned(),
        _ => error.to_string(),
    };
    let address = address.map_or(String::new(), |it| format!(" ({})", it.ip()));
    format!(
        "connection to server at \"{}\"{address}, port {} failed: {reason}\n  Is the server running on that host and accepting TCP/IP connections? Check `host` and `port` of the profile",
        credentials.host, credentials.port
    )
}

async fn tcp(credentials: &Credentials) -> Result<TcpStream, String> {
    let addresses = tokio::net::lookup_host((credentials.host.as_str(), credentials.port)).await;
    let addresses = addresses.map_err(|error| {
        format!(
            "could not translate host name \"{}\" to address: {error}; check `host` of the profile",
            credentials.host
        )
    })?;
    let mut failure = format!("the host name \"{}\" has no address", credentials.host);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                set_options(&stream, credentials)
                    .map_err(|error| refused(credentials, Some(address), &error))?;
                return Ok(stream);
            }
            Err(error) => failure = refused(credentials, Some(address), &error),
        }
    }
    Err(failure)
}

fn set_options(stream: &TcpStream, credentials: &Credentials) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new();
    let keepalive = match credentials.keepalives_idle {
        Some(idle) => keepalive.with_time(idle),
        None => keepalive,
    };
    let socket = SockRef::from(stream);
    socket.set_keepalive(true)?;
    socket.set_tcp_keepalive(&keepalive)
}

#[cfg(unix)]
async fn local_socket(credentials: &Credentials) -> Result<Opened, String> {
    let path = format!("{}/.s.PGSQL.{}", credentials.host, credentials.port);
    let stream = tokio::net::UnixStream::connect(&path).await;
    let stream = stream.map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
            io::ErrorKind::NotFound => "No such file or directory".to_owned(),
            _ => error.to_string(),
        };
        format!(
            "connection to server on socket \"{path}\" failed: {reason}\n  Is the server running locally and accepting connections on that socket? Check `host` and `port` of the profile"
        )
    })?;
    Ok(Box::new(stream))
}

#[cfg(not(unix))]
async fn local_socket(credentials: &Credentials) -> Result<Opened, String> {
    Err(format!(
        "`{}` is a Unix socket, which this system does not have; name a host",
        credentials.host
    ))
}

/// Asks for TLS; the answer is one letter.
async fn offers_tls(stream: &mut TcpStream) -> Result<bool, String> {
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
    let answered = async {
        stream.write_all(&SSL_REQUEST).await?;
        stream.read_u8().await
    };
    match answered.await {
        Ok(answer) => Ok(answer == b'S'),
        Err(error) => Err(format!(
            "the server closed the connection before it said anything: {error}; is it PostgreSQL that listens there?"
        )),
    }
}
