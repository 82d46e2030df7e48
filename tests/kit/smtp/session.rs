//! One connection to the mail server, from the greeting or the end of the handshake on: what is said, in which order.

use super::{Letter, Manners, Shared};
use std::{
    io::{self, ErrorKind},
    sync::{PoisonError, atomic::Ordering},
};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

/// What `AUTH PLAIN` says for the one user and password, in Base64.
const PLAIN: &str = "AGNoYXRAZXhhbXBsZS5vcmcAY2FuYXJ5L3NtdHArcEBzcyV3b3Jk";

pub(super) struct Session<'a, S> {
    pub(super) stream: BufReader<S>,
    encrypted: bool,
    known: bool,
    from: Option<String>,
    to: Vec<String>,
    shared: &'a Shared,
    manners: Manners,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Session<'a, S> {
    pub(super) fn new(stream: S, encrypted: bool, shared: &'a Shared) -> Self {
        Self {
            stream: BufReader::new(stream),
            encrypted,
            known: false,
            from: None,
            to: Vec::new(),
            shared,
            manners: Manners::Good,
        }
    }

    pub(super) async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .await?;
        self.stream.flush().await
    }

    /// Talks until the end, or until the client may begin with TLS: then true.
    pub(super) async fn talk(&mut self) -> io::Result<bool> {
        while let Some(line) = line(&mut self.stream).await? {
            let word = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_uppercase();
            match word.as_str() {
                "STARTTLS" if !self.encrypted => {
                    self.say("220 go ahead").await?;
                    return Ok(true);
                }
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(false);
                }
                "DATA" if !self.to.is_empty() => {
                    if !self.take().await? {
                        return Ok(false);
                    }
                }
                _ => {
                    let answer = self.answer(&word, &line);
                    self.say(&answer).await?;
                }
            }
        }
        Ok(false)
    }

    fn answer(&mut self, word: &str, line: &str) -> String {
        let path = || {
            let inside = line.split_once('<')?.1.split_once('>')?.0;
            Some(inside.to_owned())
        };
        match word {
            "EHLO" if self.encrypted => {
                "250-localhost\r\n250-8BITMIME\r\n250 AUTH PLAIN".to_owned()
            }
            "EHLO" => "250-localhost\r\n250 STARTTLS".to_owned(),
            "NOOP" => "250 yes".to_owned(),
            _ if !self.encrypted => "530 5.7.0 STARTTLS first".to_owned(),
            "AUTH" => {
                self.known = line == format!("AUTH PLAIN {PLAIN}");
                match self.known {
                    true => "235 2.7.0 welcome".to_owned(),
                    false => "535 5.7.8 nobody of that name and password".to_owned(),
                }
            }
            _ if !self.known => "530 5.7.0 who are you".to_owned(),
            "MAIL" => {
                (self.from, self.to) = (path(), Vec::new());
                let mut queue = self
                    .shared
                    .manners
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                self.manners = queue.pop_front().unwrap_or(Manners::Good);
                "250 2.1.0 from there".to_owned()
            }
            "RCPT" if self.from.is_some() => self.recipient(path().unwrap_or_default()),
            _ => "503 5.5.1 not now".to_owned(),
        }
    }

    fn recipient(&mut self, to: String) -> String {
        match self.manners {
            Manners::Refuse => {
                self.meet();
                format!("550 5.1.1 <{to}>: nobody of that name here")
            }
            Manners::Defer => {
                self.meet();
                format!("451 4.7.1 <{to}>: come back later")
            }
            _ => {
                self.to.push(to);
                "250 2.1.5 to there".to_owned()
            }
        }
    }

    fn meet(&self) {
        self.shared.met.fetch_add(1, Ordering::SeqCst);
        self.shared.told.notify_waiters();
    }

    /// Takes a mail in. False at the end of the connection.
    async fn take(&mut self) -> io::Result<bool> {
        self.say("354 go on, and end with a dot").await?;
        let mut text = String::new();
        loop {
            let line = line(&mut self.stream)
                .await?
                .ok_or(ErrorKind::UnexpectedEof)?;
            if self.manners == Manners::Drop {
                self.meet();
                return Ok(false);
            }
            if line == "." {
                break;
            }
            // A dot at the beginning of a line was doubled, so that it is not taken for the end (RFC 5321, 4.5.2).
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push('\n');
        }
        self.meet();
        if self.manners == Manners::Stall {
            std::future::pending::<()>().await;
        }
        let from = self.from.take().unwrap_or_default();
        let to = std::mem::take(&mut self.to);
        // A test that is over wants no more mail.
        let _ = self.shared.taken.send(Letter { from, to, text });
        self.say("250 2.0.0 taken").await?;
        Ok(true)
    }
}

/// A line without its end. What is no text is replaced.
async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if stream.read_until(b'\n', &mut bytes).await? == 0 {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}
