//! Reads along what the server sends: the command tags, the types of columns, and whether a transaction is open.
//!
//! tokio-postgres gives rows, names and counts of a statement that is sent as text, and keeps to itself
//! the tag (`CREATE VIEW`, `SELECT 5`) and the types, which dbt's results have. Statements have to go as text, since they
//! may be several in one. The frames of the protocol are one byte of kind and four of length; rows pass unread.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const COMMAND_COMPLETE: u8 = b'C';
const ROW_DESCRIPTION: u8 = b'T';
const READY_FOR_QUERY: u8 = b'Z';
const HEADER_LEN: usize = 5;

/// What went past.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Of the command that was completed last.
    pub(super) tag: Option<String>,
    /// The type and its modifier for each column of the last rows.
    pub(super) types: Vec<ColumnType>,
    /// The server waits for a statement, outside of any transaction.
    pub(super) is_idle: bool,
}

/// A column's type as the server numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ColumnType {
    pub(super) oid: u32,
}

/// What both sides of a tap share.
pub(super) type SharedSeen = Arc<Mutex<Seen>>;

/// Looks at `seen`.
pub(super) fn with_seen<T>(seen: &SharedSeen, look: impl FnOnce(&mut Seen) -> T) -> T {
    look(&mut seen.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A stream that is listened to.
pub(super) struct Tap<S> {
    stream: S,
    frames: Frames,
}

impl<S> Tap<S> {
    pub(super) fn new(stream: S, seen: SharedSeen) -> Self {
        Self {
            stream,
            frames: Frames {
                seen,
                header: Vec::with_capacity(HEADER_LEN),
                body: Vec::new(),
                left: 0,
            },
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let n_before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        if let Poll::Ready(Ok(())) = polled {
            this.frames
                .take(buf.filled().get(n_before..).unwrap_or_default());
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Cuts bytes into messages, which may be spread over many reads.
struct Frames {
    seen: SharedSeen,
    header: Vec<u8>,
    /// Of a message that is of interest.
    body: Vec<u8>,
    /// Bytes of the message that are still to come.
    left: usize,
}

impl Frames {
    fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.header.len() < HEADER_LEN {
                let (taken, rest) = bytes.split_at(bytes.len().min(HEADER_LEN - self.header.len()));
                self.header.extend_from_slice(taken);
                bytes = rest;
                if let [_, length @ ..] = self.header.as_slice()
                    && let Ok(length) = <[u8; 4]>::try_from(length)
                {
                    // The length counts itself.
                    self.left = (u32::from_be_bytes(length) as usize).saturating_sub(4);
                }
            }
            let (taken, rest) = bytes.split_at(bytes.len().min(self.left));
            if self.is_of_interest() {
                self.body.extend_from_slice(taken);
            }
            self.left -= taken.len();
            bytes = rest;
            if self.left == 0 && self.header.len() == HEADER_LEN {
                self.end_message();
            }
        }
    }

    fn kind(&self) -> Option<u8> {
        self.header.first().copied()
    }

    fn is_of_interest(&self) -> bool {
        matches!(
            self.kind(),
            Some(COMMAND_COMPLETE | ROW_DESCRIPTION | READY_FOR_QUERY)
        )
    }

    fn end_message(&mut self) {
        match self.kind() {
            Some(COMMAND_COMPLETE) => {
                let tag = self.body.strip_suffix(&[0]).unwrap_or(&self.body);
                let tag = String::from_utf8_lossy(tag).into_owned();
                with_seen(&self.seen, |seen| seen.tag = Some(tag));
            }
            Some(ROW_DESCRIPTION) => {
                let types = column_types(&self.body).unwrap_or_default();
                with_seen(&self.seen, |seen| seen.types = types);
            }
            Some(READY_FOR_QUERY) => {
                let is_idle = self.body == b"I";
                with_seen(&self.seen, |seen| seen.is_idle = is_idle);
            }
            _ => {}
        }
        self.header.clear();
        self.body.clear();
    }
}

/// Per column: a name that ends with a zero, then table (4), column (2), type (4), its length (2), modifier (4) and
/// format (2).
fn column_types(body: &[u8]) -> Option<Vec<ColumnType>> {
    const AFTER_NAME: usize = 18;
    let (_count, mut rest) = body.split_at_checked(2)?;
    let mut types = Vec::new();
    while !rest.is_empty() {
        let name_len = rest.iter().position(|byte| *byte == 0)?;
        let (fields, after) = rest.get(name_len + 1..)?.split_at_checked(AFTER_NAME)?;
        let oid = <[u8; 4]>::try_from(fields.get(6..10)?).ok()?;
        types.push(ColumnType {
            oid: u32::from_be_bytes(oid),
        });
        rest = after;
    }
    Some(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind];
        message.extend((body.len() as u32 + 4).to_be_bytes());
        message.extend(body);
        message
    }

    #[test]
    fn finds_tags_and_types_however_the_bytes_arrive() {
        let mut described = vec![0, 1];
        described.extend(b"id\0");
        described.extend([
            0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 4, 255, 255, 255, 255, 0, 0,
        ]);
        let mut bytes = message(ROW_DESCRIPTION, &described);
        bytes.extend(message(b'D', b"any number of bytes"));
        bytes.extend(message(COMMAND_COMPLETE, b"SELECT 5\0"));
        bytes.extend(message(READY_FOR_QUERY, b"I"));
        for chunk_len in 1..bytes.len() {
            let seen = SharedSeen::default();
            let mut frames = Tap::new((), Arc::clone(&seen)).frames;
            for chunk in bytes.chunks(chunk_len) {
                frames.take(chunk);
            }
            with_seen(&seen, |seen| {
                assert_eq!(seen.tag.as_deref(), Some("SELECT 5"));
                assert_eq!(seen.types, [ColumnType { oid: 23 }]);
                assert!(seen.is_idle);
            });
        }
    }
}
