//! Gets what lies at an address: the only user of the HTTP library.
//!
//! Proxies are those of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), certificates those of
//! the machine. What may be better in a second is tried again, as often as dbt does; what the server refuses is not.

use std::{
    io::Read as _,
    time::{Duration, Instant},
};

use ureq::tls::{RootCerts, TlsConfig};

use crate::{error::DepsError, fetch::Listener};

/// How patient a client is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HttpConfig {
    /// How often it tries.
    pub(crate) attempts: u32,
    /// Between two attempts.
    pub(crate) pause: Duration,
    /// For connecting, and for the head of an answer.
    pub(crate) timeout: Duration,
    /// Bytes of an answer.
    pub(crate) max_len: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            attempts: 6,
            pause: Duration::from_secs(1),
            timeout: Duration::from_secs(30),
            max_len: 256 * 1024 * 1024,
        }
    }
}

pub(crate) struct Http {
    agent: ureq::Agent,
    config: HttpConfig,
}

/// An attempt that failed.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) reason: String,
    /// Whether another one may do better.
    pub(crate) is_passing: bool,
}

impl Attempt {
    pub(crate) fn passing(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_passing: true,
        }
    }

    pub(crate) fn lasting(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_passing: false,
        }
    }
}

impl Http {
    pub(crate) fn new(config: HttpConfig) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .user_agent(concat!("dagsmith/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(config.timeout))
            .timeout_recv_response(Some(config.timeout))
            .build();
        Self {
            agent: agent.into(),
            config,
        }
    }

    /// What is made of the answer; an answer of which nothing can be made may be asked for again.
    pub(crate) fn get<T>(
        &self,
        url: &str,
        listener: &dyn Listener,
        mut read: impl FnMut(Vec<u8>) -> Result<T, Attempt>,
    ) -> Result<T, DepsError> {
        let mut attempt = 1;
        loop {
            if listener.is_cancelled() {
                return Err(DepsError::Cancelled);
            }
            listener.debug(&format!("GET {url}"));
            let failed = match self.once(url, listener).and_then(&mut read) {
                Ok(found) => return Ok(found),
                Err(failed) => failed,
            };
            if !failed.is_passing || attempt >= self.config.attempts {
                let attempts = match attempt {
                    1 => String::new(),
                    n => format!(" ({n} attempts)"),
                };
                return Err(DepsError::Network {
                    url: url.to_owned(),
                    reason: format!("{}{attempts}", failed.reason),
                });
            }
            listener.debug(&format!("{url}: {}; trying again", failed.reason));
            attempt += 1;
            self.pause(listener);
        }
    }

    /// Ctrl-C is not kept waiting.
    fn pause(&self, listener: &dyn Listener) {
        let end = Instant::now() + self.config.pause;
        while Instant::now() < end && !listener.is_cancelled() {
            std::thread::sleep(self.config.pause.min(Duration::from_millis(50)));
        }
    }

    fn once(&self, url: &str, listener: &dyn Listener) -> Result<Vec<u8>, Attempt> {
        let mut response = self.agent.get(url).call().map_err(|error| failed(&error))?;
        let announced = response.body().content_length();
        if announced.is_some_and(|len| len > self.config.max_len) {
            return Err(self.too_long());
        }
        let mut body = response.body_mut().as_reader();
        let mut bytes = Vec::new();
        let mut piece = vec![0; 64 * 1024];
        loop {
            if listener.is_cancelled() {
                return Err(Attempt::lasting("stopped"));
            }
            let len = body
                .read(&mut piece)
                .map_err(|error| Attempt::passing(error.to_string()))?;
            if len == 0 {
                break;
            }
            bytes.extend_from_slice(piece.get(..len).unwrap_or_default());
            if bytes.len() as u64 > self.config.max_len {
                return Err(self.too_long());
            }
        }
        if announced.is_some_and(|len| len != bytes.len() as u64) {
            return Err(Attempt::passing("the answer was cut short"));
        }
        Ok(bytes)
    }

    fn too_long(&self) -> Attempt {
        Attempt::lasting(format!(
            "the answer has more than {} bytes",
            self.config.max_len
        ))
    }
}

fn failed(error: &ureq::Error) -> Attempt {
    let reason = match error {
        ureq::Error::StatusCode(status) => format!("the server answered with status {status}"),
        ureq::Error::HostNotFound => {
            "the host was not found; behind a proxy, set HTTPS_PROXY".to_owned()
        }
        other => other.to_string(),
    };
    let is_passing = match error {
        ureq::Error::StatusCode(status) => matches!(status, 408 | 425 | 429 | 500..=599),
        ureq::Error::BadUri(_)
        | ureq::Error::Http(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::TooManyRedirects
        | ureq::Error::Tls(_)
        | ureq::Error::Rustls(_) => false,
        _ => true,
    };
    Attempt { reason, is_passing }
}
